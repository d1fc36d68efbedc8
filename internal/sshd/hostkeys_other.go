//go:build !unix

package sshd

import "io/fs"

// tooOpen reports nothing where files have no modes: access lists are not seen
// in them.
func tooOpen(fs.FileInfo) bool { return false }

func howToClose(string, fs.FileInfo) string { return "let only the server's user read it" }

func howToHandOver(string, fs.FileInfo) string { return "let the server's user read it" }
