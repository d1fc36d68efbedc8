package push

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// syncFolder does nothing: Windows has no such call.
func syncFolder(string) error { return nil }

// tryLock locks a file until it is closed, or reports that another process has it.
func tryLock(f *os.File) (held bool, err error) {
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
