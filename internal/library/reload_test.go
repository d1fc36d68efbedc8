package library_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

func TestReloadReports(t *testing.T) {
	m := folder{
		"a.md": md("title: A", "date: 2026-01-01"),
		"b.md": md("title: B", "date: 2026-01-02"),
		"c.md": md("title: C", "date: 2026-01-03", "categories: [x]"),
	}.fs()
	lib := open(t, m, library.Options{})
	first := lib.Current()

	write(m, "a.md", md("title: A, revised", "date: 2026-01-01"), noon)
	delete(m, "b.md")
	write(m, "d.md", md("title: D", "date: 2026-01-04"), noon)
	write(m, "e.md", md("title: E", "date: 2026-01-05"), noon)
	r := reload(t, lib)
	equal(t, "report", r.String(), "2 new posts, 1 changed, 1 removed")
	equal(t, "slugs", strings.Join(r.Added, " ")+"|"+strings.Join(r.Changed, " ")+"|"+strings.Join(r.Removed, " "), "d e|a|b")
	equal(t, "counts", [3]int{r.Posts, r.Files, r.Read}, [3]int{4, 4, 3})

	second := lib.Current()
	equal(t, "posts", all(second), "e d c a")
	equal(t, "the old index", all(first), "c b a")
	if first.All().At(0) != second.All().At(2) {
		t.Error("a post that did not change is another one")
	}
	equal(t, "since the first", second.Since(first).String(), r.Changes.String())

	write(m, "x/_index.md", about("title: The X"), noon)
	r = reload(t, lib)
	equal(t, "a category's name", r.String(), "no post changed")
	equal(t, "category", lib.Current().Categories()[0].Name, "The X")
	equal(t, "since the first, two steps on", lib.Current().Since(first).String(), "2 new posts, 1 changed, 1 removed")
	equal(t, "since itself", lib.Current().Since(lib.Current()).Empty(), true)
	isClosed(t, first, true)
	isClosed(t, second, true)
	isClosed(t, lib.Current(), false)
}

func isClosed(t *testing.T, x *library.Index, want bool) {
	t.Helper()
	select {
	case <-x.Superseded():
		equal(t, "superseded", true, want)
	default:
		equal(t, "superseded", false, want)
	}
}

func TestUnchangedFilesAreNotRead(t *testing.T) {
	m := folder{
		"_index.md":        about("title: Blog"),
		"a.md":             md("title: A"),
		"b/index.md":       md("title: B"),
		"_drafts/c.md":     md("title: C"),
		"2026/broken.md":   broken,
		"notes/README.md":  "not read at all",
		"notes/picture.md": md("title: Picture"),
	}.fs()
	s := &spy{FS: m}
	lib := open(t, s, library.Options{})
	equal(t, "opening reads", s.reads(), "2026/broken.md _drafts/c.md _index.md a.md b/index.md notes/README.md notes/picture.md")

	before := lib.Current()
	r := reload(t, lib)
	equal(t, "reads", s.reads(), "")
	equal(t, "report", r.String(), "nothing changed; 1 problem")
	equal(t, "unchanged", r.Unchanged, true)

	// Touched, and written again with the same content.
	write(m, "a.md", md("title: A"), noon.Add(-time.Minute))
	write(m, "_index.md", about("title: Blog"), noon.Add(-time.Minute))
	write(m, "2026/broken.md", broken, noon.Add(-time.Minute))
	r = reload(t, lib)
	equal(t, "reads", s.reads(), "2026/broken.md _index.md a.md")
	equal(t, "unchanged", r.Unchanged, true)
	if lib.Current() != before {
		t.Error("a new index without a change")
	}

	write(m, "b/index.md", md("title: B2"), noon.Add(-time.Minute))
	r = reload(t, lib)
	equal(t, "reads", s.reads(), "b/index.md")
	equal(t, "report", r.String(), "1 post changed; 1 problem")
}

// A reload of a large blog costs what has changed in it, and not the whole.
func TestOnlyChangedFilesAreRead(t *testing.T) {
	m := fstest.MapFS{}
	name := func(i int) string { return fmt.Sprintf("%02d.md", i) }
	for i := range 100 {
		write(m, name(i), md("title: First"), noon.Add(-time.Hour))
	}
	s := &spy{FS: m}
	lib := open(t, s, library.Options{})
	s.reads()
	for edition, changed := range [][]int{{40}, {0, 50, 99}} {
		var names []string
		for _, i := range changed {
			names = append(names, name(i))
			write(m, name(i), md(fmt.Sprintf("title: Edition %d", edition)), noon.Add(-time.Minute))
		}
		r := reload(t, lib)
		equal(t, "files read", r.Read, len(changed))
		equal(t, "reads", s.reads(), strings.Join(names, " "))
		equal(t, "posts changed", len(r.Changed), len(changed))
	}
}

// A file that was written just before it was read can be written again
// without its size or times telling.
func TestRacilyCleanFilesAreReadAgain(t *testing.T) {
	m := folder{"calm.md": md("title: Calm")}.fs()
	c := &clock{now: noon}
	write(m, "racy.md", md("title: One"), noon.Add(-time.Second))
	s := &spy{FS: m}
	lib := open(t, s, library.Options{Now: c.Now})
	s.reads()

	write(m, "racy.md", md("title: Two"), noon.Add(-time.Second))
	equal(t, "report", reload(t, lib).String(), "1 post changed")
	equal(t, "reads", s.reads(), "racy.md")
	p, _ := lib.Current().Find("racy")
	equal(t, "title", p.Title(), "Two")

	c.advance(time.Minute)
	equal(t, "unchanged", reload(t, lib).Unchanged, true)
	equal(t, "reads once more, since it was racy the last time", s.reads(), "racy.md")
	reload(t, lib)
	equal(t, "reads now that it is calm", s.reads(), "")

	write(m, "racy.md", md("title: Six"), noon.Add(time.Hour)) // another machine's clock
	reload(t, lib)
	equal(t, "reads", s.reads(), "racy.md")
	reload(t, lib)
	equal(t, "reads a file of the future every time", s.reads(), "racy.md")
}

func TestBrokenPostKeepsItsLastGoodVersion(t *testing.T) {
	m := folder{
		"_index.md": about("title: Blog"),
		"a.md":      md("title: A", "date: 2026-01-01"),
		"b.md":      md("title: B", "date: 2026-01-02"),
	}.fs()
	s := &spy{FS: m, fail: map[string]func() error{}}
	lib := open(t, s, library.Options{})

	write(m, "a.md", broken, noon.Add(-time.Minute))
	write(m, "_index.md", broken, noon.Add(-time.Minute))
	s.fail["b.md"] = denied
	m["b.md"].ModTime = noon.Add(-time.Minute)
	for range 2 { // it stays so
		r := reload(t, lib)
		equal(t, "kept", strings.Join(r.Kept, " "), "a b")
		x := lib.Current()
		equal(t, "posts", all(x), "b a")
		equal(t, "blog", x.Blog().Title, "Blog")
		wantProblem(t, x.Problems(), "a.md", post.Error)
		wantProblem(t, x.Problems(), "b.md", post.Error, "permission denied")
		wantProblem(t, x.Problems(), "_index.md", post.Error)
		equal(t, "report", len(r.Problems), 3)
	}

	write(m, "a.md", md("title: A again", "date: 2026-01-01"), noon.Add(-time.Second*30))
	delete(s.fail, "b.md")
	r := reload(t, lib)
	equal(t, "mended", r.String(), "1 post changed; 1 problem")
	equal(t, "kept", len(r.Kept), 0)

	write(m, "a.md", broken, noon.Add(-time.Second*20))
	reload(t, lib)
	delete(m, "a.md")
	equal(t, "a broken post is deleted", reload(t, lib).String(), "1 post removed; 1 problem")
	equal(t, "posts", all(lib.Current()), "b")
}

func TestPostBrokenFromTheStart(t *testing.T) {
	m := folder{"a.md": broken, "b.md": md("title: B")}.fs()
	lib := open(t, m, library.Options{})
	equal(t, "posts", all(lib.Current()), "b")
	wantProblem(t, lib.Current().Problems(), "a.md", post.Error)
	equal(t, "kept", len(reload(t, lib).Kept), 0)
	write(m, "a.md", md("title: A"), noon)
	equal(t, "report", reload(t, lib).String(), "1 new post")
}

func TestFolderVanishes(t *testing.T) {
	m := folder{"a.md": md("title: A"), "sub/b.md": md("title: B"), "sub/deep/c.md": md("title: C")}.fs()
	s := &spy{FS: m, fail: map[string]func() error{}}
	lib := open(t, s, library.Options{})
	before := lib.Current()

	s.fail["."] = func() error { return fs.ErrNotExist }
	if _, err := lib.Reload(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reload without a folder: %v", err)
	}
	if _, err := library.Open(s, library.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open without a folder: %v", err)
	}
	if lib.Current() != before {
		t.Error("the index went with the folder")
	}
	delete(s.fail, ".")

	// A folder inside that cannot be read keeps its posts, too.
	s.fail["sub"] = denied
	r := reload(t, lib)
	equal(t, "posts", all(lib.Current()), "a b c")
	wantProblem(t, r.Problems, "sub", post.Error, "permission denied")
	delete(s.fail, "sub")
	s.fail["sub/deep"] = denied
	write(m, "sub/b.md", md("title: B2"), noon)
	equal(t, "report", reload(t, lib).String(), "1 post changed; 1 problem")
	equal(t, "posts", all(lib.Current()), "a b c")
	delete(s.fail, "sub/deep")
	equal(t, "report", reload(t, lib).String(), "no post changed")

	// One that goes while the walk is on its way there takes them along.
	s.fail["sub/deep"] = func() error { return fs.ErrNotExist }
	equal(t, "report", reload(t, lib).String(), "1 post removed")
	delete(s.fail, "sub/deep")
	equal(t, "report", reload(t, lib).String(), "1 new post")
}

// A file may go between the moment its folder is listed and the moment it is
// read.
func TestFileVanishesWhileReading(t *testing.T) {
	m := folder{"a.md": md("title: A"), "b.md": md("title: B")}.fs()
	s := &spy{FS: m, fail: map[string]func() error{}}
	lib := open(t, s, library.Options{})
	write(m, "a.md", md("title: A2"), noon)
	s.fail["a.md"] = func() error { return fs.ErrNotExist }
	equal(t, "report", reload(t, lib).String(), "1 post removed")
	equal(t, "posts", all(lib.Current()), "b")
}

func TestOnReload(t *testing.T) {
	m := folder{"a.md": md("title: A")}.fs()
	var told []string
	lib := open(t, m, library.Options{OnReload: func(r library.Report) { told = append(told, r.String()) }})
	reload(t, lib)
	write(m, "b.md", md("title: B"), noon)
	reload(t, lib)
	equal(t, "told", strings.Join(told, ", "), "nothing changed, 1 new post")
}

func TestReportString(t *testing.T) {
	one, two := []string{"a"}, []string{"a", "b"}
	p := []post.Problem{{}, {}}
	for _, test := range []struct {
		report library.Report
		want   string
	}{
		{library.Report{Unchanged: true}, "nothing changed"},
		{library.Report{}, "no post changed"},
		{library.Report{Changes: library.Changes{Added: one}}, "1 new post"},
		{library.Report{Changes: library.Changes{Added: two, Changed: one}}, "2 new posts, 1 changed"},
		{library.Report{Changes: library.Changes{Changed: two, Removed: one}}, "2 posts changed, 1 removed"},
		{library.Report{Changes: library.Changes{Removed: two}, Kept: one, Problems: p[:1]}, "2 posts removed; 1 broken post kept as before; 1 problem"},
		{library.Report{Unchanged: true, Kept: two, Problems: p}, "nothing changed; 2 broken posts kept as before; 2 problems"},
	} {
		equal(t, "report", test.report.String(), test.want)
	}
}
