package library

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

func TestSite(t *testing.T) {
	for name, test := range map[string]struct {
		config, text, posts string
		url, language       string
		file, front         string
		links, others       []string // that lead to the post, and that do not
	}{
		"Hugo": {
			"hugo.toml", "baseURL = 'https://example.com/'\ndefaultContentLanguage = 'en'\n[permalinks]\nblog = '/blog/:year/:month/:title/'\n", "content/blog",
			"https://example.com", "en",
			"2024-01-02-first/index.md", "title: The First Post\ndate: 2024-01-02",
			[]string{"/blog/2024/01/the-first-post/", "https://example.com/blog/2024/01/the-first-post/#why", "/blog/2024-01-02-first/"},
			[]string{"/docs/2024/01/the-first-post/", "/the-first-post/", "https://other.example.com/blog/2024/01/the-first-post/"},
		},
		"Hugo with languages and sections": {
			"config/_default/hugo.yaml", "baseURL: https://example.com/site/\nlanguages: {en: {}, de: {}}\npermalinks:\n  page:\n    news: /:sections/:monthname/:slug\n", "content/en",
			"https://example.com/site", "en",
			"news/2023/a.md", "slug: b\ndate: 2023-05-01",
			[]string{"/news/May/b", "https://example.com/site/news/may/b/"},
			[]string{"/news/2023/May/b"},
		},
		"Jekyll": {
			"_config.yml", "url: https://example.com\nbaseurl: /blog\nlang: pt-BR\npermalink: /:categories/:title:output_ext\n", "_posts",
			"https://example.com/blog", "pt-br",
			"2024-01-02-first.md", "categories: [a, b]",
			[]string{"/a/b/first", "/a/b/first.html"},
			[]string{"/c/first", "/2024/01/02/first.html"},
		},
		"Zola": {
			"config.toml", "base_url = \"https://example.com\"\ndefault_language = \"ca\"\n", "content/blog",
			"https://example.com", "ca",
			"the_first.md", "",
			[]string{"@/blog/the_first.md", "/blog/the-first/"},
			[]string{"@/docs/the_first.md"},
		},
		"Zola's Latin letters": {
			"config.toml", "base_url = \"https://example.com\"\n", "content",
			"https://example.com", "",
			"заметки/привет, мир.md", "",
			[]string{"/zametki/privet-mir/", "@/заметки/привет, мир.md"},
			[]string{"/zametki/privet/"},
		},
		"Zola's letters as they are": {
			"config.toml", "base_url = \"https://example.com\"\n[slugify]\npaths = \"safe\"\n", "content",
			"https://example.com", "",
			"привет.md", "",
			[]string{"/привет/", "@/привет.md"},
			[]string{"/privet/"},
		},
		"what is wrong in it": {
			"_config.yml", "url: [1]\nbaseurl: 'http://%zz'\nlang: 7\npermalink: /:nothing/:title\npermalinks: x\n", ".",
			"", "",
			"first.md", "",
			[]string{"/first"},
			[]string{"/nothing/first"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for path, text := range map[string]string{test.config: test.text, filepath.Join(test.posts, test.file): "---\n" + test.front + "\n---\nText.\n"} {
				path = filepath.Join(dir, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			posts := filepath.Join(dir, test.posts)
			site, err := FindSite(posts)
			if err != nil {
				t.Fatal(err)
			}
			if site.URL != test.url || site.Language != test.language || site.File != filepath.Join(dir, filepath.FromSlash(test.config)) {
				t.Errorf("got %+v", site)
			}
			lib, err := Open(Dir(posts), Options{Site: site})
			if err != nil {
				t.Fatal(err)
			}
			x := lib.Current()
			for _, link := range test.links {
				if p, ok := x.Resolve(nil, link, false); !ok || p.Path != test.file {
					t.Errorf("%s leads to %v", link, p)
				}
			}
			for _, link := range test.others {
				if p, ok := x.Resolve(nil, link, false); ok {
					t.Errorf("%s leads to %s", link, p.Path)
				}
			}
		})
	}
}

// A configuration that cannot be read is an error, and none is none.
func TestSiteErrors(t *testing.T) {
	dir := t.TempDir()
	if site, err := FindSite(dir); err != nil || site.File != "" {
		t.Errorf("without a configuration: %+v, %v", site, err)
	}
	for text, want := range map[string]string{"a = [": "toml", "[" + strings.Repeat("a.", 10_000) + "a]": "nests too deep", "# " + strings.Repeat("x", 256<<10): "larger than 262144 bytes"} {
		if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := FindSite(dir); err == nil || !strings.Contains(err.Error(), "config.toml") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.9q: %v", text, err)
		}
	}
}

// Every word of the engines' patterns is known.
// Relative links in a post count from its page, as its engine has it.
func TestSitePage(t *testing.T) {
	site := Site{URL: "https://example.com/x", Language: "en", home: "en", engine: hugo, placed: true, below: "blog"}
	hugos, zolas, subdir, patterns := site, site, site, site
	zolas.engine, subdir.subdir, patterns.permalinks = zola, true, map[string]string{"blog": "/:year/:slug/"}
	latin := zolas
	latin.latin = true
	ugly, uglyBlog := site, patterns
	ugly.ugly, uglyBlog.ugly = map[string]bool{"": true}, map[string]bool{"blog": true}
	unplaced, jekylls, nowhere := Site{URL: site.URL}, Site{URL: site.URL, engine: jekyll, placed: true}, Site{engine: hugo, placed: true}
	for _, tt := range []struct {
		site              Site
		file, front, want string
	}{
		{hugos, "2024/Release v1.5.md", "", "/blog/2024/release-v1.5/"},
		{hugos, "2024-01-02-a/index.md", "", "/blog/2024-01-02-a/"},
		{hugos, "a/index.md", "slug: V1.5 é", "/blog/v1.5-%C3%A9/"},
		{hugos, "a.md", "permalink: /c/D/", "/c/D/"},
		{hugos, "a.md", "url: c.html", "/c.html"},
		{hugos, "es/a.md", "lang: es", "/es/blog/a/"},
		{hugos, "a.es.md", "lang: es", "/es/blog/a/"},
		{hugos, "a.md", "lang: en", "/blog/a/"},
		{subdir, "a.md", "lang: en", "/en/blog/a/"},
		{zolas, "2024-01-02-a/index.md", "", "/blog/a/"},
		{zolas, "In This/b_c v1.5.md", "", "/blog/in-this/b-c-v1-5/"},
		{zolas, "a.md", "slug: B_c", "/blog/b-c/"},
		{latin, "é/привет.md", "", "/blog/e/privet/"},
		{patterns, "a/index.md", "slug: b.c\ndate: 2024-05-06", "/2024/b.c/"},
		{patterns, "a.md", "slug: b.html\ndate: 2024-05-06", "/2024/b.html/"},
		{ugly, "in/a.md", "", "/blog/in/a.html"},
		{ugly, "a.md", "slug: b.c", "/blog/b.c.html"},
		{ugly, "a.md", "url: /b.c/", "/b.c/"},
		{ugly, "a.md", "url: b", "/b/"},
		{ugly, "a.md", "url: /b.c", "/b.c"},
		{uglyBlog, "a.md", "title: a\ndate: 2024-05-06", "/2024/a.html"},
		{uglyBlog, "a.md", "slug: b.c\ndate: 2024-05-06", "/2024/b.c.html"},
		{unplaced, "a.md", "", ""},
		{jekylls, "a.md", "", ""},
		{nowhere, "a.md", "", ""},
	} {
		want := tt.want
		if want != "" {
			want = site.URL + want
		}
		if got := tt.site.Page(parsed(t, tt.file, tt.front)); got != want {
			t.Errorf("%s with %q is at %q, want %q", tt.file, tt.front, got, want)
		}
	}
}

// What Hugo 0.154 makes of slugs and titles, by themselves and in a pattern.
func TestHugosURLs(t *testing.T) {
	for text, want := range map[string][2]string{
		"Don't Panic!":             {"dont-panic"},
		"C++ & C#: a – b":          {"c++-c#-a-b", "c-c#-a-b"},
		"Version 1.5 (final)":      {"version-1.5-final"},
		"it’s a -- test":           {"its-a--test"},
		"50% off @home":            {"50-off-@home"},
		"a/b or c_d":               {"a/b-or-c_d"},
		"Über ~tilde~ `code` é":    {"über-~tilde~-code-é"},
		"Q&amp;A":                  {"qampa"},
		"**bold** _it_ [x](y)":     {"bold-_it_-xy"},
		"tail - ":                  {"tail-"},
		" - head":                  {"-head"},
		"中文 标题，好":                  {"中文-标题好"},
		"a - b":                    {"a-b"},
		"#hash":                    {"#hash"},
		"🔥 fire":                   {"fire"},
		"What's new?  two  spaces": {"whats-new-two-spaces"},
		"semi;colon=eq$":           {"semicoloneq"},
		"a%25b":                    {"a%25b", "ab"},
		"100%":                     {"100"},
		"50%-off":                  {"50-off"},
	} {
		site := Site{URL: "https://x.example", engine: hugo, placed: true, permalinks: map[string]string{"t": "/t/:title/", "s": "/s/:slug/"}}
		quoted := strconv.Quote(text)
		posts := []*post.Post{parsed(t, "t/x.md", "title: "+quoted), parsed(t, "s/x.md", "title: "+quoted), parsed(t, "p/x.md", "title: x\nslug: "+quoted), parsed(t, "s/y.md", "title: x\nslug: y")}
		r := newResolver(posts, "/srv/content", "en", &site)
		if strings.HasSuffix(text, " ") || strings.HasPrefix(text, " ") {
			posts[0], posts[1] = posts[2], posts[2] // in titles we leave such space out
		}
		pattern := cmp.Or(want[1], want[0])
		for i, page := range []string{"/t/" + pattern + "/", "/s/" + pattern + "/", "/p/" + want[0] + "/", "/s/y/"} {
			p := posts[i]
			if strings.HasPrefix(p.Path, "p/") != (i == 2) {
				continue
			}
			u := site.URL + (&url.URL{Path: unescaped(page)}).EscapedPath()
			if got := site.Page(p); got != u {
				t.Errorf("%q in %s is at %s, want %s", text, p.Path, got, u)
			}
			if to, ok := r.Resolve(posts[0], u, false); !ok || to != p {
				t.Errorf("%s leads to %v", u, to)
			}
		}
	}
	file := parsed(t, "blog/It's a C++ File.md", "")
	r := newResolver([]*post.Post{file}, "/srv/content", "en", &Site{engine: hugo, placed: true})
	for _, link := range []string{"/blog/its-a-c++-file/", "It's%20a%20C++%20File.md"} {
		if _, ok := r.Resolve(file, link, false); !ok {
			t.Errorf("%s leads nowhere", link)
		}
	}
	if p, ok := r.Resolve(file, "/blog/it-s-a-cpp-file/", false); ok {
		t.Errorf("a page that Hugo does not have leads to %s", p.Path)
	}
}

// A permalink may be the URL of the page, or a pattern.
func TestGivenPermalinks(t *testing.T) {
	home := Site{URL: "https://example.com/x", engine: hugo, placed: true, below: "blog"}
	posts := []*post.Post{
		parsed(t, "a.md", "url: https://example.com/x/old/a.html"),
		parsed(t, "b.md", "url: https://elsewhere.example/b/"),
		parsed(t, "c.md", "permalink: /notes/:year/:slug/\ntitle: C\ndate: 2024-05-06"),
		parsed(t, "d.md", "permalink: /notes/:nothing/"),
	}
	r := newResolver(posts, "/srv/content/blog", "en", &home)
	for i, tt := range []struct{ page, link string }{
		{"https://example.com/x/old/a.html", "/old/a.html"},
		{"https://elsewhere.example/b/", "/blog/b/"},
		{"https://example.com/x/notes/2024/c/", "/notes/2024/c/"},
		{"https://example.com/x/blog/d/", "/blog/d/"},
	} {
		if got := home.Page(posts[i]); got != tt.page {
			t.Errorf("%s is at %s, want %s", posts[i].Path, got, tt.page)
		}
		if p, ok := r.Resolve(posts[0], tt.link, false); !ok || p != posts[i] {
			t.Errorf("%s leads to %v", tt.link, p)
		}
	}
}

// Below a site's base path, links with and without it lead to posts.
func TestBasePath(t *testing.T) {
	for _, site := range []Site{
		{URL: "https://example.com/base/path", engine: jekyll, permalinks: map[string]string{"": "/:year/:title.html"}},
		{URL: "https://example.com/base/path", engine: hugo, placed: true, permalinks: map[string]string{"": "/:year/:slug/"}},
		{base: "/base/path", engine: jekyll, permalinks: map[string]string{"": "/:year/:title.html"}},
	} {
		p := parsed(t, "2024-01-02-first.md", "date: 2024-01-02\nslug: first")
		r := newResolver([]*post.Post{p}, "/srv/x", "", &site)
		for link, want := range map[string]bool{
			"/base/path/2024/first.html": true, "/2024/first.html": true, "https://example.com/base/path/2024/first.html#why": site.URL != "",
			"/base/2024/first.html": false, "/other/path/2024/first.html": false, "https://example.com/other/2024/first.html": false, "/base/path": false, "/base/pathology/2024/first": false,
		} {
			if _, ok := r.Resolve(p, link, false); ok != want {
				t.Errorf("%s of engine %d leads to the post: %v", link, site.engine, ok)
			}
		}
	}
}

// A base path of Jekyll's is known without a host, and with or without slashes.
func TestJekyllsBasePath(t *testing.T) {
	for text, want := range map[string][2]string{
		"baseurl: /blog": {"", "/blog"},
		"url: https://example.com/\nbaseurl: blog/":       {"https://example.com/blog", "/blog"},
		"url: https://example.com\nbaseurl: ''":           {"https://example.com", ""},
		"url: https://example.com\nbaseurl: /":            {"https://example.com", ""},
		"url: https://example.com\nbaseurl: /some/where/": {"https://example.com/some/where", "/some/where"},
	} {
		file := filepath.Join(t.TempDir(), "_config.yml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		site, err := FindSite(filepath.Dir(file))
		if err != nil || site.URL != want[0] || site.base != want[1] {
			t.Errorf("%q is at %q, %q: %v", text, site.URL, site.base, err)
		}
	}
}

// Hugo's pages may be files, in some sections.
func TestUglyURLs(t *testing.T) {
	for text, want := range map[string]string{
		"uglyURLs = true":          "true true",
		"[uglyURLs]\nBlog = true":  "false true",
		"[uglyURLs]\nblog = 'x'":   "false false",
		"uglyURLs = 'x'":           "false false",
		"title = 'without a word'": "false false",
	} {
		file := filepath.Join(t.TempDir(), "hugo.toml")
		if err := os.WriteFile(file, []byte("baseURL = 'https://x.example'\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		site, err := ReadSite(file, filepath.Join(filepath.Dir(file), "content"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, path := range []string{"a.md", "blog/a.md"} {
			got = append(got, strconv.FormatBool(strings.HasSuffix(site.Page(parsed(t, path, "")), "/a.html")))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
