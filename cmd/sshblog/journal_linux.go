package main

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// isJournal reports whether what is written is read by systemd's journal: it says so by
// the device and inode of its stream, as systemd.exec(5) has it.
func isJournal(w io.Writer, getenv func(string) string) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}
