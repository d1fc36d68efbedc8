//go:build linux || dragonfly || openbsd || solaris

package library

import (
	"io/fs"
	"syscall"
)

// inodeOf returns the time of the inode's last change and its number.
func inodeOf(info fs.FileInfo) (ctime int64, inode uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctim.Nano(), st.Ino
	}
	return 0, 0
}
