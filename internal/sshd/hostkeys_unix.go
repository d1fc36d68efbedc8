//go:build unix

package sshd

import (
	"fmt"
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

// howToClose says how a key gets a mode in which only this process can read it. On mounts that
// cannot be written, as those of secrets, chmod fails.
func howToClose(path string, info fs.FileInfo) string {
	if mountedReadOnly(path) {
		return "it is mounted read-only, so set its mode where that is done (Kubernetes: defaultMode: 0400; Docker: mode: 0400 of the secret, or chmod 400 of the file on the host)"
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() != 0 && int64(stat.Uid) != int64(os.Geteuid()) {
		return howToHandOver(path, info) + " && chmod 600 " + path
	}
	return "close it with: chmod 600 " + path
}

// howToHandOver says how a key comes to belong to this process's user. On mounts that cannot be
// written chown fails, too.
func howToHandOver(path string, info fs.FileInfo) string {
	owner := "another user"
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = fmt.Sprintf("user %d", stat.Uid)
	}
	if mountedReadOnly(path) {
		return fmt.Sprintf("it belongs to %s and the server runs as user %d, and it is mounted read-only, so set its owner where that is done (Kubernetes: the pod's fsGroup, or runAsUser; Docker: uid: %[2]d of the secret, or chown %[2]d of the file on the host)", owner, os.Geteuid())
	}
	return fmt.Sprintf("it belongs to %s and the server runs as user %d: as root, hand it over with: chown %[2]d %[3]s", owner, os.Geteuid(), path)
}
