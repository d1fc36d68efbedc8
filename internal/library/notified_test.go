//go:build linux

package library

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// looked counts looks.
type looked struct {
	fstest.MapFS
	looks int
}

func (l *looked) Open(name string) (fs.File, error) {
	if name == "." {
		l.looks++
	}
	return l.MapFS.Open(name)
}

// What is told on and on of a file that is no post does not have all files looked at on and on.
func TestWatchPausesWithoutNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := &looked{MapFS: fstest.MapFS{}}
		lib, err := Open(files, Options{})
		if err != nil {
			t.Fatal(err)
		}
		files.looks = 0
		told := newNotifier(files, nil)
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second-1)
		defer stop()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = lib.watch(ctx, Watching{Interval: time.Hour, Quiet: time.Second}, told)
		}()
		for ctx.Err() == nil {
			select {
			case told.pending <- struct{}{}:
			default:
			}
			time.Sleep(time.Millisecond)
		}
		<-ended
		if files.looks != 10 {
			t.Errorf("there were %d looks in 10 s", files.looks)
		}
	})
}

// Where the system has failed to tell, it tells again after a later look, when that may succeed.
func TestToldAgain(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	many := filepath.Join(dir, "many")
	for i := range mostWatches {
		must(os.MkdirAll(filepath.Join(many, fmt.Sprint(i)), 0o755))
	}
	lib, err := Open(Dir(dir), Options{})
	must(err)
	failed := 0
	told := newNotifier(Dir(dir), func(error) { failed++ })
	defer told.close()
	look := func(tells bool, failures int) {
		t.Helper()
		_, err := lib.stamps(told)
		must(err)
		if (told.system != nil) != tells || failed != failures {
			t.Fatalf("the system tells: %v, and has failed %d times", told.system != nil, failed)
		}
	}
	look(false, 1)
	look(false, 1)
	must(os.RemoveAll(many))
	look(false, 1) // which counts the folders
	look(true, 1)
	must(os.WriteFile(filepath.Join(dir, "a.md"), nil, 0o644))
	<-told.pending

	// A folder that became a file since it was met is gone.
	told.enter("a.md/sub")
	look(true, 1)
	told.fail(fs.ErrInvalid)
	look(true, 2)
}

// A file that is open for writing is waited for as long as its last change is less than a minute ago.
func TestEdgeOfPatienceForOpenFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file, err := os.Create(filepath.Join(dir, "a.md"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		lib, err := Open(Dir(dir), Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		for age, want := range map[time.Duration]bool{time.Minute - 1: true, time.Minute: false} {
			if got := lib.dropOpen(newNotifier(nil, nil), map[string]stamp{"a.md": {ctime: time.Now().Add(-age).UnixNano()}}); got != want {
				t.Errorf("changed %s ago, it is waited for: %t", age, got)
			}
		}
	})
}
