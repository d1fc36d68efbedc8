package library_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// A file that somebody has open for writing is not published, however long nothing is written to
// it; a post that is rewritten stays as it was. When the file is closed it is published, and
// others have not waited for it.
func TestFilesOpenForWritingAreNotPublished(t *testing.T) {
	dir := tree(t, map[string]string{"a.md": md("title: A", "date: 1999-01-01")})
	lib := open(t, library.Dir(dir), library.Options{Now: time.Now})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = lib.Watch(ctx, library.Watching{Interval: time.Hour, Quiet: 20 * time.Millisecond, Reload: func(s *library.Still) error {
			_, err := lib.ReloadStill(s)
			return err
		}})
	}()
	defer func() { stop(); <-ended }()
	await := func(want string) {
		t.Helper()
		for range 1000 {
			if all(lib.Current()) == want {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("posts are %q, want %q", all(lib.Current()), want)
	}
	begin := func(name, text string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		must(t, err)
		_, err = f.WriteString(text)
		must(t, err)
		return f
	}
	half := "---\ntitle: Half\ndate: 1999-01-02\n---\n\nFirst half"
	written := begin("half.md", half)
	again := begin("a.md", "---\ntitle: B\ndate: 1999-01-01\n---\n\nA half")
	time.Sleep(200 * time.Millisecond)
	must(t, os.WriteFile(filepath.Join(dir, "calm.md"), []byte(md("title: Calm", "date: 1999-01-03")), 0o644))
	await("calm a")
	still := make(chan error, 1)
	go func() { still <- library.AwaitStill(t.Context(), library.Dir(dir), time.Second) }()
	time.Sleep(200 * time.Millisecond)
	equal(t, "posts while two are written", all(lib.Current()), "calm a")
	equal(t, "the post that is rewritten", lib.Current().All().At(1).Title(), "A")
	select {
	case <-still:
		t.Error("a folder is still in which two files are open for writing")
	default:
	}
	must(t, written.Close()) // which changes nothing else
	must(t, again.Close())
	await("calm half a")
	must(t, <-still)
	for range 1000 {
		if lib.Current().All().At(2).Title() == "B" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the post that was rewritten is not there")
}
