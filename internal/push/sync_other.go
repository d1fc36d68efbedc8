//go:build !linux

package push

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// syncAll flushes the files and folders beside a folder and in it.
func syncAll(dir string) error {
	return filepath.WalkDir(filepath.Dir(dir), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return errors.Join(err, syncFolder(name))
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
