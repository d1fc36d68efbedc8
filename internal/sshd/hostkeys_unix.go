//go:build unix

package sshd

import (
	"io/fs"
	"os"
	"syscall"
)

// tooOpen reports whether others than this process can read a private key.
//
// One case is let through: a file of another owner that only its group can
// read, when we are not root. It is how an orchestrator hands a secret to a
// process that owns nothing (Kubernetes with fsGroup), and no chmod of ours
// could change it.
func tooOpen(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	if mode&0o007 != 0 {
		return true
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	lent := ok && os.Geteuid() != 0 && stat.Uid != uint32(os.Geteuid()) //nolint:gosec // user ids are 32 bits
	return mode&0o070 != 0 && (!lent || mode&0o030 != 0)
}
