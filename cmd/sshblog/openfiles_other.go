//go:build !unix

package main

import "log/slog"

// warnOfFiles does nothing: the system sets no such limit.
func warnOfFiles(*slog.Logger, int) {}
