package library

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// isOpenForWriting reports whether a program has a file open for writing that is open for reading here: the
// kernel then refuses a lease. It grants leases only to the file's owner and to processes with CAP_LEASE, and
// on network file systems depending on the server; in other cases the result is false. The signal for a broken
// lease does nothing in a Go program.
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
