//go:build unix

package library

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A folder that is held open knows whether its path still leads to it.
func TestReplaced(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(path, base string) error
		want bool
	}{
		"nothing":      {func(string, string) error { return nil }, false},
		"a file in it": {func(path, _ string) error { return os.WriteFile(filepath.Join(path, "a.md"), nil, 0o600) }, false},
		"deleted":      {func(path, _ string) error { return os.Remove(path) }, true},
		"moved away":   {func(path, base string) error { return os.Rename(path, filepath.Join(base, "old")) }, true},
		"another": {func(path, base string) error {
			return errors.Join(os.Remove(path), os.Rename(filepath.Join(base, "next"), path))
		}, true},
		"its parent":    {func(_, base string) error { return os.Rename(base, base+".old") }, true},
		"a link to it":  {func(path, base string) error { return relink(path, filepath.Join(base, "old")) }, false},
		"a link beside": {func(_, base string) error { return os.Symlink("posts", filepath.Join(base, "link")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			base := filepath.Join(t.TempDir(), "base")
			path := filepath.Join(base, "posts")
			for _, dir := range []string{path, filepath.Join(base, "next")} {
				if err := os.MkdirAll(dir, 0o750); err != nil {
					t.Fatal(err)
				}
			}
			f, err := openFolder(Dir(path))
			if err != nil {
				t.Fatal(err)
			}
			defer f.close()
			if err := test.do(path, base); err != nil {
				t.Fatal(err)
			}
			if got := f.replaced(); got != test.want {
				t.Errorf("replaced: %v", got)
			}
		})
	}
}

// relink moves a folder and leaves a link to it.
func relink(path, to string) error {
	if err := os.Rename(path, to); err != nil {
		return err
	}
	return os.Symlink(to, path)
}
