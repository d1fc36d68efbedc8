package library_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

func TestOrder(t *testing.T) {
	x := open(t, folder{
		"b.md":       md("title: B", "date: 2026-01-02"),
		"a.md":       md("title: A", "date: 2026-01-02"),
		"new.md":     md("title: New", "date: 2026-03-12"),
		"old.md":     md("title: Old", "date: 2019-07-01T10:00:00Z"),
		"zone.md":    md("title: Zone", "date: 2026-01-02T23:00:00-05:00"), // the 3rd, in UTC
		"undated.md": md("title: Undated"),
		"also.md":    md("title: Also undated"),
	}.fs(), library.Options{}).Current()
	equal(t, "posts", all(x), "new zone a b old also undated")
}

func TestPages(t *testing.T) {
	f := folder{}
	for i := range 19 {
		f[fmt.Sprintf("p%02d.md", i)] = md("title: P", fmt.Sprintf("date: 2026-01-%02d", 31-i))
	}
	tests := []struct {
		size, pages int
		page        map[int]string
	}{
		{0, 3, map[int]string{1: "p00 p01 p02 p03 p04 p05 p06 p07", 3: "p16 p17 p18", 0: "", 4: "", -1: ""}},
		{-5, 3, map[int]string{3: "p16 p17 p18"}},
		{1, 19, map[int]string{19: "p18", 20: ""}},
		{19, 1, map[int]string{2: ""}},
		{math.MaxInt, 1, map[int]string{2: "", math.MaxInt: ""}},
	}
	for _, test := range tests {
		l := open(t, f.fs(), library.Options{PageSize: test.size}).Current().All()
		equal(t, "pages", l.Pages(), test.pages)
		for n, want := range test.page {
			equal(t, fmt.Sprintf("page %d of size %d", n, test.size), slugs(l.Page(n)), want)
			if want == "" && l.Page(n) != nil {
				t.Errorf("page %d is not nil", n)
			}
		}
		for n := 1; n <= l.Pages(); n++ {
			for _, p := range l.Page(n) {
				equal(t, "page of "+p.Address, l.PageOf(l.Index(p.Address)), n)
			}
		}
	}
}

func TestFind(t *testing.T) {
	x := open(t, folder{
		"one.md":   md("title: One", "date: 2026-01-03", "aliases: [first, /2019/uno/, two]"),
		"two.md":   md("title: Two", "date: 2026-01-02", "aliases: [/old/two.html, two, first]"),
		"three.md": md("title: Three", "date: 2026-01-01"),
	}.fs(), library.Options{}).Current()
	for name, want := range map[string]string{
		"one": "one", "two": "two", "three": "three",
		"first": "one", "/first/": "one", // the newer has it
		"2019/uno": "one", "/2019/uno/index.html": "one",
		"old/two": "two", "/old/two.html": "two",
		"four": "", "": "", "/": "", "uno": "", "\x00": "",
	} {
		got := ""
		if p, ok := x.Find(name); ok {
			got = p.Address
		}
		equal(t, fmt.Sprintf("Find(%q)", name), got, want)
	}
	equal(t, "problems", len(x.Problems()), 2)
	wantProblem(t, x.Problems(), "one.md", post.Warning, "alias", "two.md")
	wantProblem(t, x.Problems(), "two.md", post.Warning, "alias", "first", "one.md")
}

// A path is found as it stands in URLs, beside an address that has such an escape of its own.
func TestFindEscapedPaths(t *testing.T) {
	x := open(t, folder{
		"2024/café.md": md("date: 2026-01-02"), "2023/café.md": md("date: 2026-01-03"), "in/a b.md": md("slug: x"), "a%20b.md": md(), "a b.md": md(),
	}.fs(), library.Options{}).Current()
	for name, want := range map[string]string{
		"/2024/caf%C3%A9/": "2024/café.md", "caf%C3%A9": "2023/café.md", "https://x.example/2024/caf%c3%a9.html": "2024/café.md", "/in/a%20b": "in/a b.md",
		"a%20b": "a b.md", "a%2520b": "a%20b.md", "100%": "", "%2525": "",
	} {
		p, ok := x.Find(name)
		if ok != (want != "") || ok && p.Path != want {
			t.Errorf("%s is %v, want %q", name, p, want)
		}
	}
}

// The URL of a page finds what its path finds, if it is one of the site's.
func TestFindURLs(t *testing.T) {
	files := folder{"blog/hello.md": md("date: 2026-01-02"), "notes/hello.md": md("date: 2026-01-03"), "o.md": md("permalink: /go/")}
	for site, want := range map[string]map[string]string{
		"": {"https://any.example/blog/hello/": "blog/hello", "http://any.example/go?a=b#c": "o", "https://any.example/": ""},
		"https://x.example/in": {
			"https://x.example/in/blog/hello/": "blog/hello", "https://X.example/blog/hello.html": "blog/hello", "https://x.example/in/go/": "o",
			"https://y.example/in/go/": "", "https://y.example/hello/": "", "https://x.example/in": "",
		},
	} {
		x := open(t, files.fs(), library.Options{Site: library.Site{URL: site}}).Current()
		for url, want := range want {
			p, ok := x.Find(url)
			if ok != (want != "") || ok && p.Address != want {
				t.Errorf("%s on %q is %v, want %q", url, site, p, want)
			}
		}
	}
}

// Posts of one name are all there, each under an address that no other post changes, and the
// name alone is the newest's.
func TestPostsOfOneName(t *testing.T) {
	files := folder{
		"2022/kubecon.md":            md("title: Of 2022", "date: 2022-01-01"),
		"2023/kubecon/index.md":      md("title: Of 2023", "date: 2023-01-01"),
		"2015-01-02-this-week.md":    md("title: A week"),
		"2015-01-09-this-week.md":    md("title: The next"),
		"old.md":                     md("title: Old", "date: 2026-01-01", "slug: same", "categories: [A]"),
		"new.md":                     md("title: New", "date: 2026-01-03", "slug: same", "categories: [A]"),
		"same.md":                    md("title: Newest", "date: 2026-01-04"),
		"twice.md":                   md("title: A page"),
		"twice/index.md":             md("title: A bundle"),
		"twice.markdown":             md("title: A third"),
		"imprint/index.md":           md("title: An imprint", "date: 2020-01-01", "slug: legal"),
		"2024/imprint.md":            md("title: A newer one", "date: 2024-01-01"),
		"drafts/kubecon.md":          md("title: A draft does not clash", "draft: true"),
		"2024/future/kubecon.md":     md("title: Nor what is to come", "date: 2027-01-01"),
		"moved.md":                   md("title: At its own address", "permalink: /2019/Here-1.5.html"),
		"Notes On Go/Hello World.md": md("title: With spaces"),
	}
	m := files.fs()
	lib := open(t, m, library.Options{})
	x := lib.Current()
	for name, want := range map[string]string{ // path
		"2022/kubecon": "2022/kubecon.md", "2023/kubecon": "2023/kubecon/index.md", "kubecon": "2023/kubecon/index.md",
		"/2022/kubecon/": "2022/kubecon.md", "2022/kubecon.md": "2022/kubecon.md", "/blog/2022/01/01/kubecon/": "2022/kubecon.md",
		"2015-01-02-this-week": "2015-01-02-this-week.md", "2015/01/02/this-week.html": "2015-01-02-this-week.md",
		"2015-01-09-this-week": "2015-01-09-this-week.md", "this-week": "2015-01-09-this-week.md",
		"same": "same.md", "new": "new.md", "old": "old.md",
		"twice": "twice.md", "twice.markdown": "twice.markdown", "twice/": "twice/index.md", "twice.md": "twice.md", "twice/index.md": "twice/index.md",
		"imprint": "imprint/index.md", "/imprint/": "2024/imprint.md", "legal": "imprint/index.md",
		"2019/Here-1.5": "moved.md", "moved": "moved.md",
		"notes-on-go/hello-world": "Notes On Go/Hello World.md", "Notes On Go/Hello World.md": "Notes On Go/Hello World.md", "hello-world": "Notes On Go/Hello World.md",
	} {
		got := ""
		if p, ok := x.Find(name); ok {
			got = p.Path
		}
		equal(t, fmt.Sprintf("Find(%q)", name), got, want)
	}
	equal(t, "posts", x.All().Len(), len(files)-2)
	equal(t, "problems", len(x.Problems()), 0)
	seen := make(map[string]string)
	for i := range x.All().Len() {
		p := x.All().At(i)
		if other := seen[p.Address]; other != "" {
			t.Errorf("%s and %s are both at %s", other, p.Path, p.Address)
		}
		seen[p.Address] = p.Path
		if found, ok := x.Find(p.Address); !ok || found != p || x.All().Index(p.Address) != i {
			t.Errorf("%s is not found at %s", p.Path, p.Address)
		}
	}

	equal(t, "report", reload(t, lib).String(), "nothing changed")
	write(m, "2024/kubecon.md", md("title: Of 2024", "date: 2024-01-01"), noon)
	write(m, "more.md", md("title: More", "date: 2026-01-05", "slug: same"), noon)
	equal(t, "report", reload(t, lib).String(), "2 new posts")
	for address, path := range seen {
		if p, ok := lib.Current().Find(address); !ok || p.Path != path {
			t.Errorf("%s is %v now, and was %s", address, p, path)
		}
	}
}

func TestNeighbours(t *testing.T) {
	m := folder{
		"a.md": md("title: A", "date: 2026-01-04"),
		"b.md": md("title: B", "date: 2026-01-03"),
		"c.md": md("title: C", "date: 2026-01-02"),
		"d.md": md("title: D", "date: 2026-01-01"),
	}.fs()
	lib := open(t, m, library.Options{})
	x := lib.Current()
	check := func(x *library.Index, p *post.Post, newer, older string) {
		t.Helper()
		got := [2]string{}
		if n, ok := x.All().Newer(p); ok {
			got[0] = n.Address
		}
		if o, ok := x.All().Older(p); ok {
			got[1] = o.Address
		}
		equal(t, "neighbours of "+p.Address, got, [2]string{newer, older})
	}
	a, b, c, d := x.All().At(0), x.All().At(1), x.All().At(2), x.All().At(3)
	check(x, a, "", "b")
	check(x, b, "a", "c")
	check(x, d, "c", "")

	// A reader still holds b, which is deleted, and d, which moves to the top.
	delete(m, "b.md")
	write(m, "d.md", md("title: D", "date: 2026-01-05"), noon)
	reload(t, lib)
	x = lib.Current()
	check(x, b, "a", "c")
	check(x, d, "", "a")
	check(x, c, "a", "")
}

func TestEmpty(t *testing.T) {
	x := open(t, folder{}.fs(), library.Options{}).Current()
	equal(t, "posts", x.All().Len(), 0)
	equal(t, "pages", x.All().Pages(), 0)
	equal(t, "index", x.All().Index("any"), -1)
	equal(t, "title", x.Blog(), library.Blog{Title: library.DefaultTitle})
	equal(t, "lists", len(x.Categories())+len(x.Tags())+len(x.Problems())+len(x.Excluded()), 0)
	if _, ok := x.Category(""); ok {
		t.Error("an empty blog has a category")
	}
	if p, ok := x.All().Newer(&post.Post{Address: "gone"}); ok {
		t.Errorf("an empty blog has %v", p)
	}
	if p, ok := x.All().Older(&post.Post{Address: "gone"}); ok {
		t.Errorf("an empty blog has %v", p)
	}
}

// However many names posts have in common, what is told of it has a bound.
func TestProblemsBetweenPostsAreBounded(t *testing.T) {
	m := folder{}
	var aliases strings.Builder
	for i := range 50 {
		fmt.Fprintf(&aliases, "  - old-%d\n", i)
	}
	for i := range 60 {
		m[fmt.Sprintf("p%d.md", i)] = fmt.Sprintf("---\ntitle: P\naliases:\n%s---\nText.\n", aliases.String())
	}
	x := open(t, m.fs(), library.Options{}).Current()
	equal(t, "problems", len(x.Problems()), 1001)
	wantProblem(t, x.Problems(), ".", post.Warning, "and 1950 more problems") // of 59 times 50
}
