//go:build unix

package library

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe that has taken the place of a post or of a folder since its name was read
// is refused; nothing waits for its writer, who may never come.
func TestAPipeInPlaceOfAFileIsNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "year"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"post.md", "year/post.md", "folder"} {
		if err := syscall.Mkfifo(filepath.Join(dir, filepath.FromSlash(name)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := openFolder(Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	o := opener{folder: f}
	defer o.close()
	for name, want := range map[string]error{"post.md": errIrregular, "year/post.md": errIrregular, "folder/post.md": syscall.ENOTDIR, "folder": errIrregular} {
		if _, err := o.open(name); !errors.Is(err, want) {
			t.Errorf("opening %s: %v, want %v", name, err, want)
		}
	}
	if _, err := walkFolder(f, &Site{}, func(found) {}); err != nil {
		t.Error(err)
	}
	if _, err := openFolder(Dir(filepath.Join(dir, "post.md"))); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a pipe as the posts folder: %v, want %v", err, syscall.ENOTDIR)
	}
}
