//go:build linux

package attack

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A push that touches every file: all posts are read, and all their words indexed, anew,
// while the old ones are there. Without end, while the sessions of eight sources search,
// for which the sessions' share of the memory is given out.
//
// Here a search that is made for posts that others have superseded is given up, and the
// program stays within its memory.
func TestReloadStorm(t *testing.T) {
	p := startBox(t, 8, nil)
	posts, err := manyPosts()
	if err != nil {
		t.Fatal(err)
	}
	p.withstands(func(s *siege) {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				now := time.Now()
				if err := filepath.WalkDir(posts, func(path string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() {
						return err
					}
					return os.Chtimes(path, now, now)
				}); err != nil {
					t.Error(err)
					return
				}
				p.signal(syscall.SIGHUP)
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
				}
			}
		}()
		s.storm(func() []*screen { return s.readers(networks(8)) }, "a\x7f", 8_000_000, "/")
		close(stop)
		<-stopped
		t.Logf("%d reloads", len(p.logged(1, "reloaded", "read=10000")))
	})
}
