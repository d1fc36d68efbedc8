package library

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

func TestResolve(t *testing.T) {
	aliased, _ := post.Parse("2024/caches/index.md", []byte("---\nslug: caches\naliases: [/2019/old-caches/]\n---\nText.\n"))
	posts := []*post.Post{
		{Path: "2024/queues.md", Slug: "queues-again"},
		{Path: "queues.md", Slug: "queues"},
		aliased,
		{Path: "_posts/2013-05-06-jekyll-1-0-0-released.markdown", Slug: "jekyll-1-0-0-released"},
		{Path: "2024/first.md", Slug: "first"},
		{Path: "node.js.md", Slug: "node-js"},
	}
	from := posts[4]
	tests := []struct{ target, want string }{
		{"queues.md", "2024/queues.md"}, // the file beside
		{"./queues.md#why", "2024/queues.md"},
		{"../queues.md", "queues.md"},
		{"../queues/", "2024/queues.md"}, // the page beside
		{"../../queues/", "queues.md"},
		{"/queues", "queues.md"},
		{"/queues/?a=b#c", "queues.md"},
		{"/2024/queues.html", "2024/queues.md"},
		{"/blog/2024/05/queues-again/", "2024/queues.md"},
		{"queues-again", "2024/queues.md"},
		{"caches", "2024/caches/index.md"},
		{"caches/index.md", "2024/caches/index.md"},
		{"../caches/", "2024/caches/index.md"},
		{"/2019/old-caches", "2024/caches/index.md"},
		{"/2019/old-caches.html", "2024/caches/index.md"},
		{"2013-05-06-jekyll-1-0-0-released", "_posts/2013-05-06-jekyll-1-0-0-released.markdown"},
		{"_posts/2013-05-06-jekyll-1-0-0-released.markdown", "_posts/2013-05-06-jekyll-1-0-0-released.markdown"},
		{"/news/2013/05/06/jekyll-1-0-0-released/", "_posts/2013-05-06-jekyll-1-0-0-released.markdown"},
		{"/node%2Ejs/", "node.js.md"},
		{"../../../../queues", "queues.md"}, // there is nothing above the root
		{"nosuch", ""},
		{"ues", ""},
		{"/", ""},
		{"", ""},
		{"#why", ""},
		{"https://example.com/queues", ""},
		{"mailto:queues", ""},
	}
	r := NewResolver(posts)
	for _, tt := range tests {
		got, ok := r.Resolve(from, tt.target)
		path := ""
		if ok {
			path = got.Path
		}
		if path != tt.want {
			t.Errorf("%q leads to %q, want %q", tt.target, path, tt.want)
		}
	}
}

func TestResolveInIndex(t *testing.T) {
	x := &Index{all: &List{posts: []*post.Post{{Path: "a.md", Slug: "a"}}}}
	if p, ok := x.Resolve(nil, "a.md"); !ok || p.Slug != "a" {
		t.Errorf("got %v", p)
	}
}

// lookAtAll is what a Resolver is to find, by looking at every post.
func lookAtAll(posts []*post.Post, from *post.Post, target string) *post.Post {
	w, ok := newWanted(from, target)
	if !ok {
		return nil
	}
	var best *post.Post
	least := noMatch
	for _, p := range posts {
		if rank := w.rank(p); rank < least {
			best, least = p, rank
		}
	}
	return best
}

// noMatch is the rank of a post that a link does not lead to.
const noMatch = 7

// rank tells how well a post fits, 0 being best.
func (w *wanted) rank(p *post.Post) int {
	key := pageKey(p.Path)
	switch {
	case w.likely != "" && key == w.likely:
		return 0
	case w.other != "" && key == w.other:
		return 1
	case key == w.root:
		return 2
	case strings.HasSuffix(key, w.root) && key[len(key)-len(w.root)-1] == '/':
		return 3
	case p.Slug == w.root:
		return 4
	}
	for _, alias := range p.Aliases() {
		if aliasKey(alias) == w.root {
			return 5
		}
	}
	if w.slug != "" && p.Slug == w.slug {
		return 6
	}
	return noMatch
}

// Few words make many posts of one name: of these it must be the first.
func TestResolverFindsWhatLookingAtAllPostsDoes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	word := func() string { return one("a", "b", "c", "2024", "post", "index", "x.y", "Ä b") }
	route := func() string {
		var b strings.Builder
		for range rnd.IntN(4) {
			b.WriteString(word() + "/")
		}
		return b.String() + word()
	}
	found := make(map[int]int) // by rank
	for round := range 60 {
		var posts []*post.Post
		for range rnd.IntN(120) {
			file := route() + one(".md", ".markdown", "/index.md", "/_index.md", "")
			front := "---\nslug: " + post.FileSlug(word()+".md") + "\n"
			if rnd.IntN(3) == 0 {
				front += fmt.Sprintf("aliases: [%q, %q]\n", one("/", "")+route()+one("/", ".html", "/index.html"), route())
			}
			p, problems := post.Parse(file, []byte(front+"---\nText.\n"))
			if p == nil {
				t.Fatal(problems)
			}
			posts = append(posts, p)
		}
		r := NewResolver(posts)
		for range 400 {
			target := one("", "/", "../", "./", "../../", "//", "https://") + route() + one("", "/", ".md", ".html", "/index.md", "#a", "?b", ":c")
			var from *post.Post
			if len(posts) > 0 && rnd.IntN(8) > 0 {
				from = posts[rnd.IntN(len(posts))]
			}
			want := lookAtAll(posts, from, target)
			got, ok := r.Resolve(from, target)
			if got != want || ok != (want != nil) {
				t.Fatalf("round %d: %q leads to %v, want %v", round, target, got, want)
			}
			if w, ok := newWanted(from, target); ok && want != nil {
				found[w.rank(want)]++
			}
		}
	}
	for rank := range noMatch {
		if found[rank] < 20 {
			t.Errorf("%d links of rank %d are too few to tell", found[rank], rank)
		}
	}
}

// BenchmarkResolver makes one of 10,000 posts, and follows a link that leads
// nowhere.
func BenchmarkResolver(b *testing.B) {
	posts := make([]*post.Post, 10_000)
	for i := range posts {
		posts[i] = &post.Post{Path: fmt.Sprintf("%d/%02d/post-%d/index.md", 2000+i%20, i%12, i), Slug: fmt.Sprintf("post-%d", i)}
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewResolver(posts)
		}
	})
	r := NewResolver(posts)
	b.Run("link", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Resolve(posts[5000], "../no/such-post.md")
		}
	})
	b.Run("link by looking at all", func(b *testing.B) {
		for b.Loop() {
			lookAtAll(posts, posts[5000], "../no/such-post.md")
		}
	})
}
