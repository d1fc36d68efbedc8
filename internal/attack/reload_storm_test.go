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

// A push that changes every other file: half of the posts are read, and all words of them are
// indexed, anew, while the old ones are there. Then 200 posts change, again and again, while the sessions of eight sources search,
// for which the sessions' share of the memory is given out.
//
// Here what is read takes its memory from what sessions may have, a search that is made for
// posts that others have superseded is given up, and the program stays within its memory.
func TestReloadStorm(t *testing.T) {
	p := startBox(t, 8, nil)
	posts, err := manyPosts()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := filepath.WalkDir(posts, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}); err != nil || len(names) != boxPosts {
		t.Fatalf("%d posts, %v", len(names), err)
	}
	p.withstands(func(s *siege) {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			// The last byte is a line's end, which a space may stand for.
			for last, step := byte(' '), 2; ; last, step = last^' '^'\n', 50 {
				for i := 0; i < len(names); i += step {
					name := names[i]
					if err := overwriteLast(name, last); err != nil {
						t.Error(err)
						return
					}
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
		p.logged(1, `result="5000 posts changed"`)
		t.Logf("%d reloads, %d for which there was no memory", len(p.logged(1, "msg=reloaded")), len(p.logged(0, "do not fit beside those that readers have")))
	})
}

// overwriteLast changes the last byte of a file.
func overwriteLast(name string, last byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{last}, info.Size()-1)
	return err
}
