package library_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/library/corpus"
)

// Budgets are what was measured when they were written, in the comment, and about
// a tenth more, as in cmd/sshblog. Time is no part of them.
func TestBudgets(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes allocations of its own")
	}
	const posts = 400
	c := corpus.New()
	dir := t.TempDir()
	if _, err := c.Write(dir, posts); err != nil {
		t.Fatal(err)
	}
	open := func() *library.Library {
		lib, err := library.Open(library.Dir(dir), library.Options{Now: later})
		if err != nil {
			t.Fatal(err)
		}
		return lib
	}
	within := func(what string, got, budget float64) {
		t.Helper()
		if got > budget {
			t.Errorf("%s: %.1f, at most %.1f are in the budget", what, got, budget)
		}
	}
	within("allocations to open, a post", testing.AllocsPerRun(3, func() { open() })/posts, 81) // 73.6

	lib := open()
	done := make(chan library.SearchReport, 1)
	text := 0
	for i := range posts {
		text += len(lib.Current().All().At(i).Body())
	}
	report, allocs := searchOf(t, dir, done)
	within("allocations to make the search, a post", allocs/posts, 2170)                         // 1973: the parser's
	within("bytes of the search, in % of the text", 100*float64(report.Bytes)/float64(text), 36) // 32.5; less of more posts

	x, end := searchable(t, dir)
	defer end()
	for _, q := range []struct {
		name, query string
		allocs      float64
	}{
		{"a letter", c.Word(300)[:1], 7340},                                            // 6669: six posts are parsed
		{"a word", c.Word(1000) + " ", 3900},                                           // 3536
		{"three words", c.Word(40) + " " + c.Word(300) + " " + c.Word(1000)[:2], 7900}, // 7165
		{"a misspelt word", "xq" + c.Word(1000) + "xq", 25},                            // 22
	} {
		within("allocations to answer "+q.name, testing.AllocsPerRun(20, func() {
			found := x.Search(q.query, 100)
			for i := range found.Hits[:min(6, len(found.Hits))] {
				found.ExcerptOf(&found.Hits[i], nil)
			}
		}), q.allocs)
	}
	within("allocations of a reload that changes nothing, a post", testing.AllocsPerRun(5, func() {
		if _, err := lib.Reload(); err != nil {
			t.Error(err)
		}
	})/posts, 22) // 17 to 20

	path, body := c.Post(posts / 2)
	path = filepath.Join(dir, path)
	editions := [][]byte{append(slices.Clip(body), "Once.\n"...), append(slices.Clip(body), "Once more.\n"...)}
	n := 0
	within("allocations of a reload after a change, a post", testing.AllocsPerRun(5, func() {
		n++
		must(t, os.WriteFile(path, editions[n%2], 0o600))
		if r := reload(t, lib); len(r.Changed) != 1 {
			t.Error(r)
		}
	})/posts, 26) // 24

	now := lib.Current()
	category := now.Categories()[0].Slug
	shown := func(l *library.List) (n int) {
		for _, p := range l.Page(l.Pages() / 2) {
			n += len(p.Title()) + len(p.Summary())
		}
		return n
	}
	within("allocations to show a page of the list", testing.AllocsPerRun(20, func() {
		if shown(now.All()) == 0 {
			t.Error("an empty page")
		}
	}), 1180) // 1068: its posts have not been read yet
	within("allocations to show a page of a category", testing.AllocsPerRun(20, func() {
		if l, ok := now.Category(category); !ok || shown(l) == 0 {
			t.Error("an empty page")
		}
	}), 1620) // 1473
	read := x.All()
	within("allocations to show a page of the list whose posts have been read", testing.AllocsPerRun(20, func() {
		if shown(read) == 0 {
			t.Error("an empty page")
		}
	}), 0)
}

// searchOf opens a blog, makes its search, and returns the allocations of that.
func searchOf(t *testing.T, dir string, done chan library.SearchReport) (library.SearchReport, float64) {
	t.Helper()
	lib, err := library.Open(library.Dir(dir), library.Options{Now: later, OnSearch: func(r library.SearchReport) { done <- r }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	go func() { _ = lib.Run(ctx); close(ended) }()
	report := <-done
	runtime.ReadMemStats(&after)
	cancel()
	<-ended
	return report, float64(after.Mallocs - before.Mallocs)
}
