package library

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

const page = "---\ntitle: T\n---\nText."

// Jekyll's collections are published if the configuration says so, at the addresses that it gives them.
func TestCollections(t *testing.T) {
	files := map[string]string{
		"_config.yml": "url: https://x.example\npermalink: pretty\ncollections:\n  recipes:\n    output: true\n    permalink: /food/:path/\n" +
			"  people: {output: true}\n  notes: {output: false}\n  posts: {permalink: '/:year/:title:output_ext'}\n",
		"_recipes/sweet/Apple Pie.md": page, "_people/ann.md": page, "_notes/a.md": page, "_posts/2024-01-02-first.md": page,
	}
	site, x := openSite(t, ".", files)
	for link, want := range map[string]string{
		"/food/sweet/Apple Pie/": "_recipes/sweet/Apple Pie.md", "/people/ann/": "_people/ann.md", "/people/ann": "_people/ann.md",
		"/2024/first.html": "_posts/2024-01-02-first.md", "/notes/a/": "", "/recipes/sweet/apple-pie/": "", "/2024/01/02/first/": "",
	} {
		p, ok := x.Resolve(nil, link, false)
		if ok != (want != "") || ok && p.Path != want {
			t.Errorf("%s leads to %v, want %q", link, p, want)
		}
	}
	for path, want := range map[string]string{"_people/ann.md": "https://x.example/people/ann/", "_recipes/sweet/Apple Pie.md": "https://x.example/food/sweet/Apple%20Pie/"} {
		if p, ok := x.Find(path); !ok || site.Page(p) != want {
			t.Errorf("%s is %v at %q, want %q", path, p, site.Page(p), want)
		}
	}
	if len(x.Everything()) != 3 {
		t.Errorf("there are %d posts, want 3", len(x.Everything()))
	}
	if !slices.ContainsFunc(x.Problems(), func(p post.Problem) bool {
		return p.Path == "_notes" && strings.Contains(p.What, "output: true")
	}) {
		t.Errorf("nothing is told of what is not published: %v", x.Problems())
	}
	site, x = openSite(t, "_people", files)
	if p, ok := x.Resolve(nil, "/people/ann/", false); !ok || site.Page(p) != "https://x.example/people/ann/" {
		t.Errorf("in the folder of a collection /people/ann/ leads to %v", p)
	}
}

// What Hugo's mounts of pages leave out is not published, whatever folder is that of the posts.
func TestMountedFiles(t *testing.T) {
	for config, want := range map[string]string{
		"excludeFiles = ['drafts/**', '*.tmp.md']":             "a.md old/c.md",
		"excludeFiles = '/old'":                                "a.md b.tmp.md drafts/d.md",
		"includeFiles = ['old/**', 'a.*']":                     "a.md old/c.md",
		"includeFiles = '**'\nexcludeFiles = ['{a,b.tmp}.md']": "drafts/d.md old/c.md",
		"files = ['**', '! drafts/**']":                        "a.md b.tmp.md old/c.md",
		"lang = 'en'":                                          "a.md b.tmp.md drafts/d.md old/c.md",
		"includeFiles = 'a.md'\n[[module.mounts]]\nsource = 'pages'\ntarget = 'content/x'\nincludeFiles = 'old/*'": "a.md old/c.md",
	} {
		files := map[string]string{
			"hugo.toml":  "baseURL = 'https://x.example/'\n[[module.mounts]]\nsource = 'pages'\ntarget = 'content'\n" + config,
			"pages/a.md": page, "pages/b.tmp.md": page, "pages/drafts/d.md": page, "pages/old/c.md": page,
		}
		_, x := openSite(t, "pages", files)
		var got []string
		for _, p := range x.Everything() {
			got = append(got, p.Path)
		}
		slices.Sort(got)
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: %s, want %s", config, got, want)
		}
	}
	files := map[string]string{
		"hugo.toml":      "baseURL = 'https://x.example/'\n[[module.mounts]]\nsource = 'pages'\ntarget = 'content'\nexcludeFiles = 'old/a.md'",
		"pages/old/a.md": page, "pages/old/b.md": page,
	}
	if _, x := openSite(t, "pages/old", files); len(x.Everything()) != 1 {
		t.Errorf("in a folder of the mount there are %d posts, want 1", len(x.Everything()))
	}
}

// References to sections lead where these have their pages.
func TestPagesOfSections(t *testing.T) {
	files := map[string]string{
		"hugo.toml":              "baseURL = 'https://x.example/'\n[permalinks.section]\ndocs = '/d/:sections/'\nunknown = '/:year/'\n",
		"content/news/_index.md": "---\ntitle: News\nurl: /what-is-new/\n---\n", "content/news/a.md": page,
		"content/docs/Sub/_index.md": page, "content/plain/_index.md": page, "content/unknown/_index.md": page,
	}
	site, x := openSite(t, "content", files)
	from, _ := x.Find("news/a.md")
	for target, want := range map[string]string{
		"/news": "https://x.example/what-is-new/", "/docs/Sub": "https://x.example/d/docs/sub/", "/plain": "https://x.example/plain/", "/unknown": "",
	} {
		if got, ok := site.Section(from, target); got != want || !ok {
			t.Errorf("%s leads to %q, %t, want %q", target, got, ok, want)
		}
	}
	if p, ok := x.Resolve(nil, "/news/a/", false); !ok || p.Path != "news/a.md" {
		t.Errorf("a page of a section with a url is not found: %v", p)
	}
}
