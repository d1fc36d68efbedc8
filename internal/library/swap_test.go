//go:build unix

package library_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// A deployment that replaces the folder while it is read, and deletes the old
// one, takes no post away for a moment: neither where the path is a link, nor
// where it is away for a moment itself.
func TestAFolderThatIsSwappedLosesNothing(t *testing.T) {
	const posts, swaps = 40, 60
	swap := map[string]func(t *testing.T, path, next, old string){
		"a link": func(t *testing.T, path, next, _ string) {
			must(t, os.Symlink(filepath.Base(next), path+".new"))
			before, err := os.Readlink(path)
			must(t, err)
			must(t, os.Rename(path+".new", path))
			must(t, os.RemoveAll(filepath.Join(filepath.Dir(path), before)))
		},
		"a folder": func(t *testing.T, path, next, old string) {
			must(t, os.Rename(path, old))
			must(t, os.Rename(next, path))
			must(t, os.RemoveAll(old))
		},
	}
	for name, swap := range swap {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			fill := func(version int) string {
				dir := filepath.Join(base, fmt.Sprintf("v%d", version))
				for i := range posts {
					sub := filepath.Join(dir, fmt.Sprintf("%d", i%8))
					must(t, os.MkdirAll(sub, 0o755))
					must(t, os.WriteFile(filepath.Join(sub, fmt.Sprintf("post-%02d.md", i)), []byte(md("title: Of "+dir)), 0o644))
				}
				return dir
			}
			path := filepath.Join(base, "posts")
			first := fill(0)
			if name == "a link" {
				must(t, os.Symlink(filepath.Base(first), path))
			} else {
				must(t, os.Rename(first, path))
			}
			lib := open(t, library.Dir(path), library.Options{Now: time.Now})
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for {
					select {
					case <-stop:
						return
					default:
						_, _ = lib.Reload() // it may come when there is no folder
					}
				}
			}()
			for i := range swaps {
				swap(t, path, fill(i+1), filepath.Join(base, "old"))
				if n := lib.Current().All().Len(); n != posts {
					t.Errorf("after swap %d there are %d of %d posts", i, n, posts)
				}
			}
			close(stop)
			<-stopped
			reload(t, lib)
			equal(t, "posts", lib.Current().All().Len(), posts)
			equal(t, "the newest", lib.Current().All().At(0).Title(), "Of "+filepath.Join(base, fmt.Sprintf("v%d", swaps)))
		})
	}
}
