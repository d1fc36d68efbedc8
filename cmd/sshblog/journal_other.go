//go:build !linux

package main

import "io"

// isJournal reports whether what is written is read by systemd's journal, which only Linux has.
func isJournal(io.Writer, func(string) string) bool { return false }
