package library

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// isOpenForWriting reports whether a program has a file open for writing that is open for reading
// here: the kernel then gives no lease. It gives them only to the file's owner and to who has
// CAP_LEASE, and those of network file systems depend on the server: it is not known there. The
// signal that a lease is broken does nothing in a Go program.
func isOpenForWriting(f *os.File) (writing bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	_ = conn.Control(func(fd uintptr) {
		var fs unix.Statfs_t
		if unix.Fstatfs(int(fd), &fs) != nil {
			return
		}
		switch uint32(fs.Type) { //nolint:gosec // a magic number of 32 bits, whose sign depends on the system
		case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
			return
		}
		_, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_RDLCK)
		if err == nil {
			_, _ = unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_UNLCK) // closing does the same
		}
		writing = errors.Is(err, unix.EAGAIN)
	})
	return writing
}
