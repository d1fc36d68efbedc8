package library

import (
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
	for _, tt := range tests {
		got, ok := Resolve(posts, from, tt.target)
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
