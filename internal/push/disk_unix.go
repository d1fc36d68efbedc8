//go:build unix

package push

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncFolder flushes the names in a folder.
func syncFolder(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // of the program's own folders
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// tryLock locks a file until it is closed, or reports that another process has it.
func tryLock(f *os.File) (held bool, err error) {
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
