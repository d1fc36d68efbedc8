package lines

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// Who sits at a question does not keep the posts of before; the numbers that were told mean the
// same posts, as they are now, and the next answer tells what has changed.
func TestWaitingKeepsNoOldIndex(t *testing.T) {
	file := func(date, text string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("---\ntitle: " + text + "\ndate: " + date + "\ncategories: [c]\n---\n\nText of " + text + ".\n")}
	}
	m := fstest.MapFS{"a.md": file("2026-01-01", "A"), "b.md": file("2026-01-02", "B")}
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	lib, err := library.Open(m, library.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { _ = lib.Run(ctx) }()
	in, typed := io.Pipe()
	said, out := io.Pipe()
	l := Blog{Library: lib, Pages: render.NewCache(1<<20, 0), Themes: theme.NewSet()}.Talk(in, out, Options{})
	go func() {
		_ = out.CloseWithError(l.Run(ctx))
	}()
	answer := func(text, next string) (heard string) {
		t.Helper()
		if text != "" {
			if _, err := io.WriteString(typed, text+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		var got strings.Builder
		for b := make([]byte, 1); !strings.HasSuffix(got.String(), next); got.Write(b) {
			if _, err := said.Read(b); err != nil {
				t.Fatalf("%v, after %q", err, got.String())
			}
		}
		return got.String()
	}
	// reload brings a newer post, and waits until the index before is gone.
	dates := 2
	reload := func(question string) {
		t.Helper()
		gone := make(chan struct{})
		runtime.AddCleanup(lib.Current(), func(c chan struct{}) { close(c) }, gone)
		dates++
		m[fmt.Sprintf("%d.md", dates)] = file(fmt.Sprintf("2026-01-%02d", dates), fmt.Sprintf("New %d", dates))
		if _, err := lib.Reload(); err != nil {
			t.Fatal(err)
		}
		<-lib.Current().Searchable()
		for range 1000 {
			if _, ok := l.Adopt(); ok {
				runtime.GC()
			}
			select {
			case <-gone:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
		t.Fatalf("at the question %q it keeps the old index", question)
	}
	const list, post, categories = "q leaves: ", "q leaves: ", "for all posts: "
	answer("", list)
	reload("list")
	m["b.md"] = file("2026-01-02", "B, revised")
	reload("list again")
	heard := answer("1", post)
	for _, want := range []string{"Text of B, revised.", "The blog has changed: 1 new post.", "The blog has changed: 1 new post, 1 changed."} {
		if !strings.Contains(heard, want) {
			t.Errorf("it does not say %q: %s", want, heard)
		}
	}
	reload("post")
	answer("c", categories)
	reload("categories")
	if heard = answer("1", post); !strings.Contains(heard, "Type categories to choose again.") {
		t.Errorf("numbers of categories that have changed count: %s", heard)
	}
	answer("/text", "q leaves: ")
	reload("results")
	answer("r", "to go back: ")
	reload("recently read")
	if heard = answer("1", "q leaves: "); !strings.Contains(heard, "Text of B, revised.") {
		t.Errorf("it does not read what was chosen: %s", heard)
	}
}
