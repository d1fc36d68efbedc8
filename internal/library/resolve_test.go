package library

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

// parsed returns a post of a file with some front matter.
func parsed(t testing.TB, path, front string) *post.Post {
	t.Helper()
	p, problems := post.Parse(path, []byte("---\n"+front+"\n---\nText.\n"))
	if p == nil {
		t.Fatal(problems)
	}
	return p
}

func TestResolve(t *testing.T) {
	posts := []*post.Post{
		parsed(t, "2024/queues.md", "slug: queues-again\ndate: 2024-05-06\ncategories: [News]"),
		parsed(t, "queues.md", ""),
		parsed(t, "2024/caches/index.md", "slug: stores\naliases: [/2019/old-caches/]"),
		parsed(t, "_posts/2013-05-06-jekyll-1-0-0-released.markdown", ""),
		parsed(t, "2024/first.md", ""),
		parsed(t, "node.js.md", ""),
		parsed(t, "2022/kubecon/index.md", ""),
		parsed(t, "2023/kubecon/index.md", ""),
		parsed(t, "release.md", "permalink: /blog/2026/03/26/1.94.1-release/"),
		parsed(t, "queues.es.md", ""),
	}
	posts[9].Language = "es"
	from := posts[4]
	tests := []struct{ target, page, reference string }{
		{"queues.md", "2024/queues.md", "2024/queues.md"}, // the file beside
		{"./queues.md#why", "2024/queues.md", "2024/queues.md"},
		{"../queues.md", "queues.md", "queues.md"},
		{"../queues/", "2024/queues.md", "queues.md"}, // the page beside; a file above
		{"../queues-again/", "2024/queues.md", "2024/queues.md"},
		{"../../queues/", "queues.md", "queues.md"},
		{"/queues", "queues.md", "queues.md"},
		{"/blog/queues", "queues.md", "queues.md"}, // the folder's name before it
		{"/content/blog/queues", "queues.md", "queues.md"},
		{"@/blog/queues.md", "queues.md", "queues.md"}, // Zola's
		{"/docs/queues", "", "2024/queues.md"},         // another part of the site
		{"/docs/blog/queues", "", "2024/queues.md"},
		{"../docs/queues.md", "", "2024/queues.md"},
		{"/queues/?a=b#c", "queues.md", "queues.md"},
		{"/2024/queues.html", "2024/queues.md", "2024/queues.md"},
		{"/news/2024/05/queues-again/", "2024/queues.md", "2024/queues.md"},
		{"/news/2024/05/06/queues-again/", "2024/queues.md", "2024/queues.md"},
		{"/news/2024/06/queues-again/", "", "2024/queues.md"}, // of another month
		{"queues-again", "2024/queues.md", "2024/queues.md"},
		{"caches/index.md", "2024/caches/index.md", "2024/caches/index.md"},
		{"caches", "2024/caches/index.md", "2024/caches/index.md"},
		{"../stores/", "2024/caches/index.md", "2024/caches/index.md"},
		{"/2019/old-caches", "2024/caches/index.md", "2024/caches/index.md"},
		{"/2019/old-caches.html", "2024/caches/index.md", "2024/caches/index.md"},
		{"2013-05-06-jekyll-1-0-0-released", "", "_posts/2013-05-06-jekyll-1-0-0-released.markdown"},
		{"_posts/2013-05-06-jekyll-1-0-0-released.markdown", "", "_posts/2013-05-06-jekyll-1-0-0-released.markdown"},
		{"/blog/2013/05/06/jekyll-1-0-0-released/", "_posts/2013-05-06-jekyll-1-0-0-released.markdown", "_posts/2013-05-06-jekyll-1-0-0-released.markdown"},
		{"/2013/05/06/jekyll-1-0-0-released.html", "_posts/2013-05-06-jekyll-1-0-0-released.markdown", "_posts/2013-05-06-jekyll-1-0-0-released.markdown"},
		{"/es/queues/", "queues.es.md", "queues.es.md"},
		{"/es/blog/queues/", "queues.es.md", "queues.es.md"},
		{"/en/queues/", "queues.md", "queues.md"}, // the blog's own language
		{"/fr/queues/", "", "2024/queues.md"},
		{"/my/queues/", "", "2024/queues.md"},
		{"/podcast/2024/05/queues-again/", "", "2024/queues.md"},
		{"/kubecon/", "", "2022/kubecon/index.md"},
		{"kubecon", "", "2022/kubecon/index.md"},
		{"../queues.es.md", "queues.es.md", "queues.es.md"},
		{"/node%2Ejs/", "node.js.md", "node.js.md"},
		{"/2023/kubecon/", "2023/kubecon/index.md", "2023/kubecon/index.md"},
		{"/blog/2026/03/26/1.94.1-release/", "release.md", "release.md"},
		{"../../../../queues", "", "queues.md"}, // there is nothing above the root
		{"nosuch", "", ""},
		{"ues", "", ""},
		{"/", "", ""},
		{"", "", ""},
		{"#why", "", ""},
		{"https://example.com/queues", "", ""},
		{"mailto:queues", "", ""},
	}
	r := newResolver(posts, "/srv/site/content/blog", "en", &Site{})
	for _, tt := range tests {
		for _, reference := range []bool{false, true} {
			want := tt.page
			if reference {
				want = tt.reference
			}
			path := ""
			if got, ok := r.Resolve(from, tt.target, reference); ok {
				path = got.Path
			}
			if path != want {
				t.Errorf("%q (a reference: %v) leads to %q, want %q", tt.target, reference, path, want)
			}
		}
	}
}

// Few words make many posts of one name: of these it must be the first, as one finds who looks
// at all.
func TestResolverFindsWhatLookingAtAllPostsDoes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	route := func() string {
		s := ""
		for range rnd.IntN(4) {
			s += one("a", "b", "c", "2024", "post", "index", "x.y", "Ä b") + "/"
		}
		return s + one("a", "b", "c", "post")
	}
	found := make(map[kind]int)
	for range 60 {
		var posts []*post.Post
		for range rnd.IntN(120) {
			front := "slug: " + one("a", "b", "c", "d")
			if rnd.IntN(3) == 0 {
				front += fmt.Sprintf("\naliases: [%q, %q]", one("/", "")+route()+one("/", ".html", "/index.html"), route())
			}
			if rnd.IntN(4) == 0 {
				front += "\nseries: " + one("A", "b", "c", "Post")
			}
			p := parsed(t, route()+one(".md", ".markdown", "/index.md"), front)
			if rnd.IntN(3) == 0 {
				p = p.At("elsewhere", "es")
			}
			posts = append(posts, p)
		}
		r := newResolver(posts, "", "", &Site{permalinks: map[string]string{"": "/:slug/:filename"}})
		for range 400 {
			name := route()
			for k := range kinds {
				got, ok := r.find(k, name, anyPost)
				var want *post.Post
				for _, p := range posts {
					if want == nil && r.isNamed(p, k, name) {
						want = p
					}
				}
				if got != want || ok != (want != nil) {
					t.Fatalf("%q of kind %d is %v, want %v", name, k, got, want)
				}
				if ok {
					found[k]++
				}
			}
		}
	}
	for k := range kinds {
		if found[k] < 20 {
			t.Errorf("%d names of kind %d are too few to tell", found[k], k)
		}
	}
}

// BenchmarkResolver makes one of 10,000 posts, and follows a link that leads
// nowhere.
func BenchmarkResolver(b *testing.B) {
	posts := make([]*post.Post, 10_000)
	for i := range posts {
		posts[i] = parsed(b, fmt.Sprintf("%d/%02d/post-%d/index.md", 2000+i%20, i%12, i), "")
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newResolver(posts, "", "", &Site{})
		}
	})
	r := newResolver(posts, "/srv/content/blog", "", &Site{})
	b.Run("link", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Resolve(posts[5000], "../no/such-post.md", false)
		}
	})
}

// A link leads to the page that the engine has at its address, before a file of that path; and an alias
// that is relative counts from its own page.
func TestResolveByAddresses(t *testing.T) {
	posts := []*post.Post{
		parsed(t, "2024/queues.md", "slug: queues-again\ndate: 2024-05-06"),
		parsed(t, "2024/stacks.md", "slug: queues\ndate: 2024-05-05"),
		parsed(t, "2024/about.md", "date: 2024-05-04"),
		parsed(t, "2024/history.md", "aliases: [about, past]\ndate: 2024-05-03"),
		parsed(t, "lists.md", "permalink: /2024/heaps/"),
		parsed(t, "2024/heaps.md", "slug: piles"),
		parsed(t, "imprint/index.md", ""),
		parsed(t, "2025/imprint.md", "date: 2025-01-01"),
		parsed(t, "_posts/2024-01-02-first.md", "permalink: /notes/first/"),
		parsed(t, "notes/second.md", ""),
	}
	r := newResolver(posts, "/srv/site/content", "en", &Site{engine: hugo})
	for _, tt := range []struct{ from, target, want string }{
		{"2024/about.md", "../queues/", "2024/stacks.md"},
		{"2024/about.md", "/2024/queues/", "2024/stacks.md"},
		{"2024/about.md", "queues.md", "2024/queues.md"}, // a file
		{"2024/about.md", "../heaps/", "lists.md"},
		{"2024/about.md", "/2024/heaps/", "lists.md"},
		{"2024/about.md", "/2024/past/", "2024/history.md"},
		{"2024/about.md", "/past/", ""},
		{"2024/about.md", "/about/", ""},
		{"_posts/2024-01-02-first.md", "../second/", "notes/second.md"},
	} {
		from, _ := r.find(file, post.PagePath(tt.from), anyPost)
		path := ""
		if got, ok := r.Resolve(from, tt.target, false); ok {
			path = got.Path
		}
		if path != tt.want {
			t.Errorf("%q in %s leads to %q, want %q", tt.target, tt.from, path, tt.want)
		}
	}
	for name, want := range map[string]string{"imprint": "imprint/index.md", "/imprint/": "imprint/index.md", "past": "2024/history.md", "queues": "2024/queues.md"} {
		if got, ok := r.named(name); !ok || got.Path != want {
			t.Errorf("%q is %v, want %s", name, got, want)
		}
	}
}

// Where a folder of posts is in its site, what is beside it may have a page of the same name. Links
// do not lead to posts from there, though somebody who asks for the name finds them.
func TestLinksOfKnownSites(t *testing.T) {
	for _, tt := range []struct {
		site          Site
		folder, file  string
		leads, others []string
	}{
		{
			Site{engine: hugo, placed: true, below: "posts"},
			"/srv/content/posts", "about.md",
			[]string{"/posts/about/", "/en/posts/about/", "../about/", "about.md", "/former/", "/posts/old/"},
			[]string{"/about", "/about/", "/about.html", "/en/about/", "/fr/about/", "/2024/01/about/", "/posts/2024/01/about/"},
		},
		{
			Site{engine: hugo, placed: true, below: "in/posts"},
			"/srv/content/in/posts", "about.md",
			[]string{"/in/posts/about/", "/content/in/posts/about/"},
			[]string{"/about/", "/posts/about/"},
		},
		{
			Site{engine: hugo, placed: true, below: "posts", permalinks: map[string]string{"posts": "/:slug/"}},
			"/srv/content/posts", "about.md",
			[]string{"/about/"},
			[]string{"/docs/about/"},
		},
		{
			Site{engine: jekyll, permalinks: map[string]string{"": jekyllPattern("")}},
			"/srv/_posts", "2024-01-05-about.md",
			[]string{"/2024/01/05/about.html", "/2024/01/04/about.html", "../05/about.html", "2024-01-05-about.md"},
			[]string{"/about", "/about/", "/about.html", "about.html", "../about", "/2024/01/about.html", "/2024/01/03/about.html"},
		},
		{
			Site{engine: jekyll, permalinks: map[string]string{"": jekyllPattern("")}},
			"/srv", "about.md",
			[]string{"/about", "/about.html"},
			[]string{"/posts/about/"},
		},
	} {
		posts := []*post.Post{
			parsed(t, tt.file, "title: About\ndate: 2024-01-05T01:00:00+02:00\naliases: [/former/, old]"), parsed(t, "2024-01-06-from.md", "date: 2024-01-06"),
		}
		r := newResolver(posts, tt.folder, "en", &tt.site)
		for _, link := range tt.leads {
			if _, ok := r.Resolve(posts[1], link, false); !ok {
				t.Errorf("%s in %s leads nowhere", link, tt.folder)
			}
		}
		for _, link := range tt.others {
			if p, ok := r.Resolve(posts[1], link, false); ok {
				t.Errorf("%s in %s leads to %s", link, tt.folder, p.Path)
			}
		}
		if _, ok := r.named("/about/"); !ok {
			t.Errorf("nobody finds about in %s", tt.folder)
		}
	}
}

// What names a file leads to it, whatever posts have its name as their slug: Hugo's ref, from the folder
// of the post, from the root or by a name alone, and what ends in .md.
func TestReferencesNameFiles(t *testing.T) {
	posts := []*post.Post{
		parsed(t, "2024/queues.md", "slug: stacks\ndate: 2024-05-06"),
		parsed(t, "2024/stacks.md", "slug: queues\ndate: 2024-05-05"),
		parsed(t, "stacks.md", "slug: other"),
		parsed(t, "trees/index.md", "slug: graphs"),
		parsed(t, "deep/in/graphs.md", "slug: trees"),
		parsed(t, "es/blog/lists.md", "slug: listas"),
		parsed(t, "es/blog/otros.md", "slug: lists"),
		parsed(t, "Upper Case.md", ""),
	}
	posts[5].Language, posts[6].Language = "es", "es"
	known := &Site{engine: hugo, placed: true, below: "blog"}
	for _, tt := range []struct {
		from      int
		target    string
		reference bool
		want, at  string // in no site, and in one of Hugo's
	}{
		{0, "stacks.md", true, "2024/stacks.md", "2024/stacks.md"},
		{0, "stacks", true, "2024/stacks.md", "2024/stacks.md"},
		{0, "./stacks", true, "2024/stacks.md", "2024/stacks.md"},
		{0, "../stacks.md", true, "stacks.md", "stacks.md"},
		{0, "/blog/stacks.md", true, "stacks.md", "stacks.md"},
		{0, "/blog/2024/stacks", true, "2024/stacks.md", "2024/stacks.md"},
		{0, "/docs/stacks", true, "2024/queues.md", ""},
		{0, "graphs.md", true, "deep/in/graphs.md", "deep/in/graphs.md"},
		{0, "./graphs", true, "trees/index.md", ""},
		{2, "../stacks.md", true, "stacks.md", ""}, // above the folder
		{0, "trees", true, "trees/index.md", "trees/index.md"},
		{1, "upper-case", true, "Upper Case.md", "Upper Case.md"},
		{1, "Upper Case.md", true, "Upper Case.md", "Upper Case.md"},
		{2, "../queues/stacks", true, "2024/queues.md", ""},
		{3, "stacks", true, "stacks.md", "stacks.md"},
		{3, "2024/stacks", true, "2024/stacks.md", "2024/stacks.md"},
		{3, "../2024/stacks.md", true, "2024/stacks.md", "2024/stacks.md"},
		{0, "other", true, "stacks.md", ""}, // a slug
		{0, "blog/lists", true, "es/blog/lists.md", ""},
		{5, "otros.md", true, "es/blog/otros.md", "es/blog/otros.md"},
		{0, "/blog/2024/stacks.md", false, "2024/stacks.md", "2024/stacks.md"},
		{0, "@/blog/2024/stacks.md", false, "2024/stacks.md", "2024/stacks.md"},
	} {
		for site, want := range map[*Site]string{{}: tt.want, known: tt.at} {
			r := newResolver(posts, "/srv/content/blog", "en", site)
			path := ""
			if p, ok := r.Resolve(posts[tt.from], tt.target, tt.reference); ok {
				path = p.Path
			}
			if path != want {
				t.Errorf("%q in %s leads to %q, want %q (engine %d)", tt.target, posts[tt.from].Path, path, want, site.engine)
			}
		}
	}
}
