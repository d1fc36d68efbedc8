package library_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// Whatever happens to the files of a folder, in whatever order and with
// reloads wherever they fall: a reload shows what opening the folder anew
// would show, in an index without contradictions. Only where no post is left while
// there were some, what there was stays.
func FuzzReloadIsAsGoodAsOpen(f *testing.F) {
	f.Add([]byte("\x00\x00\x11\x01\x22\x02\xff\x00\x00\x03\x11\xf0\xff\x00"))
	f.Add([]byte{0, 1, 1, 1, 0xff, 0, 2, 1, 0xff, 0, 0, 0xf0, 0xff, 0, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7})
	f.Add([]byte{6, 0, 3, 2, 0xff, 0, 6, 1, 0xff, 0, 6, 2, 0xff, 0, 6, 0xf0, 4, 5, 5, 5})
	f.Fuzz(func(t *testing.T, ops []byte) {
		m := fstest.MapFS{}
		lib := open(t, m, library.Options{PageSize: 2})
		mtime := noon.Add(-time.Hour)
		for ; len(ops) >= 2; ops = ops[2:] {
			mtime = mtime.Add(time.Second)
			switch name := fuzzPaths[int(ops[0])%len(fuzzPaths)]; {
			case ops[0] == 0xff:
				reloadUnlessEmptied(t, lib)
			case ops[1] >= 0xf0:
				delete(m, name)
			default:
				write(m, name, fuzzTexts[int(ops[1])%len(fuzzTexts)], mtime)
			}
		}
		emptied := reloadUnlessEmptied(t, lib)
		x := lib.Current()
		consistent(t, x)
		if emptied {
			equal(t, "posts in a folder that is emptied", open(t, m, library.Options{}).Current().All().Len(), 0)
			return
		}
		equal(t, "the index", dump(x), dump(open(t, m, library.Options{PageSize: 2}).Current()))
		equal(t, "a reload on top changes nothing", reload(t, lib).Unchanged, true)
	})
}

// reloadUnlessEmptied reloads, and reports whether that failed for want of posts.
func reloadUnlessEmptied(t *testing.T, lib *library.Library) bool {
	t.Helper()
	before := lib.Current()
	_, err := lib.Reload()
	if err != nil && !errors.Is(err, library.ErrEmpty) {
		t.Fatal(err)
	}
	if err != nil && lib.Current() != before {
		t.Error("the index has changed")
	}
	return err != nil
}

var fuzzPaths = []string{
	"a.md", "b.md", "a/index.md", "2026/c.md", "a-b.md", "_drafts/d.md", "go/_index.md", "_index.md",
}

var fuzzTexts = []string{
	md("title: One", "date: 2026-01-01", "categories: [Go]", "tags: [x, X]"),
	md("title: Two", "date: 2026-01-02", "categories: [go, CI/CD]", "aliases: [old, c]"),
	md("title: Three", "slug: same", "tags: [x]", "aliases: [old]"),
	md("title: Four", "slug: same", "date: 2026-01-01", "draft: true"),
	md("title: Five", "date: 2027-01-01", "description: Of five."),
	md("title: Six", "date: 2020-01-01", "expiryDate: 2021-01-01", "category: CI/CD"),
}

// consistent checks that the ways into an index agree.
func consistent(t *testing.T, x *library.Index) {
	t.Helper()
	for _, l := range append([]*library.List{x.All()}, append(x.Categories(), x.Tags()...)...) {
		seen := 0
		for n := 1; n <= l.Pages(); n++ {
			for _, p := range l.Page(n) {
				if l.At(seen) != p || l.Index(p.Address) != seen || l.PageOf(seen) != n {
					t.Errorf("%s stands at %d of %q, on page %d", p.Address, l.Index(p.Address), l.Slug, n)
				}
				seen++
			}
		}
		equal(t, "posts on the pages of "+l.Slug, seen, l.Len())
	}
	for i := range x.All().Len() {
		p := x.All().At(i)
		if found, ok := x.Find(p.Address); !ok || found != p {
			t.Errorf("%s is not found", p.Address)
		}
		if older, ok := x.All().Older(p); ok {
			if back, ok := x.All().Newer(older); !ok || back != p {
				t.Errorf("%s is not newer than %s", p.Address, older.Address)
			}
		} else if i != x.All().Len()-1 {
			t.Errorf("nothing is older than %s", p.Address)
		}
	}
}

// dump writes down everything that an index says.
func dump(x *library.Index) string {
	var b strings.Builder
	fmt.Fprintln(&b, x.Blog(), x.Problems(), x.Excluded())
	for _, l := range append([]*library.List{x.All()}, append(x.Categories(), x.Tags()...)...) {
		fmt.Fprintf(&b, "%q %q %q:", l.Slug, l.Name, l.Description)
		for i := range l.Len() {
			fmt.Fprintf(&b, " %s %q", l.At(i).Path, l.At(i).Title())
		}
		fmt.Fprintln(&b)
	}
	for _, name := range []string{"old", "c", "same", "a", "d"} {
		if p, ok := x.Find(name); ok {
			fmt.Fprintln(&b, name, p.Path)
		}
	}
	return b.String()
}
