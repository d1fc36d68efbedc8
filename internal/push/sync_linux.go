package push

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncAll flushes all of the disk that a folder is on.
func syncAll(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // of the program's own folders
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
}
