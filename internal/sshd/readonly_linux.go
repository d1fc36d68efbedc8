package sshd

import "golang.org/x/sys/unix"

// mountedReadOnly reports whether a file is on a mount that cannot be written.
func mountedReadOnly(path string) bool {
	var stat unix.Statfs_t
	return unix.Statfs(path, &stat) == nil && stat.Flags&unix.ST_RDONLY != 0
}
