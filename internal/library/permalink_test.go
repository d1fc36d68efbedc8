package library

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

func TestPermalinkWords(t *testing.T) {
	p := parsed(t, "2024/2024-03-09-a-b.md", "title: A Title\nslug: c\ndate: 2024-03-09\ncategories: [X Y]")
	for pattern, want := range map[string]string{
		"/:year/:short_year/:month/:i_month/:monthname/:day/:i_day/:yearday/:y_day/": "2024/24/03/3/march/09/9/69/069",
		"/:section/:sections/:categories/":                                           "2024/2024/x-y",
		"/:title/:slug/:slugorfilename/:slugorcontentbasename/":                      "a-title/c/c/c",
		"/:filename/:contentbasename:output_ext":                                     "2024-03-09-a-b/2024-03-09-a-b",
		"/a:b":                                                                       "",
		"":                                                                           "",
	} {
		s := Site{permalinks: map[string]string{"2024": pattern}}
		if got := s.page(p); got != want {
			t.Errorf("%s gives %q, want %q", pattern, got, want)
		}
	}
	if got := (&Site{engine: jekyll, permalinks: map[string]string{"": jekyllPattern("")}}).page(parsed(t, "about.md", "")); got != "" {
		t.Errorf("a page without a date is at %q", got)
	}
	if got := (&Site{engine: jekyll, permalinks: map[string]string{"": jekyllPattern("ordinal")}}).page(p); got != post.FilePage("x-y/2024/069/c") {
		t.Errorf("got %q", got)
	}
}

// The words of Hugo 0.154's patterns that are cut or are layouts of Go's, sections that only an _index.md makes,
// and posts without a title.
func TestHugosPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		"/:sections[1:]/:weekday/": "ix/sub/2", "/:sections[0]/x": "s/x", "/:sections[last]/": "sub", "/:sections[1:last]/": "ix", "/x/:sections[9]/": "x", "/x/:sections[:0]/y/": "x/y",
		"/:2006/:Jan/:weekdayname/": "2024/jan/tuesday", "/:sections/": "s/ix/sub", "/x/:title/y/:slug/": "x/y", "/:slugorcontentbasename/": "bund-le", "/:sectionslugs/": "",
	} {
		dir := t.TempDir()
		for file, text := range map[string]string{
			"hugo.toml": "baseURL = 'https://x.example'\npermalinks.s = '" + pattern + "'\n", "content/s/ix/sub/_index.md": "",
			"content/s/ix/sub/bund le/index.md": "---\ndate: 2024-01-02\n---\nText.", "content/s/no/a.md": "---\ndate: 2024-01-02\n---\nText.",
		} {
			if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o750), os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		site, err := FindSite(filepath.Join(dir, "content"))
		if err != nil {
			t.Fatal(err)
		}
		lib, err := Open(Dir(filepath.Join(dir, "content")), Options{Site: site})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range lib.Current().Everything() {
			if got := strings.Trim(strings.TrimPrefix(site.Page(p), site.URL), "/"); p.Path != "s/no/a.md" && got != want {
				t.Errorf("%s gives %q, want %q", pattern, got, want)
			} else if p.Path == "s/no/a.md" && pattern == "/:sections/" && got != "s" {
				t.Errorf("a folder without _index.md is the section %q", got)
			}
		}
	}
}

// Hugo takes the slugs of sections from what their _index.md say; what it makes of a folder's name is not known.
func TestSlugsOfSections(t *testing.T) {
	for pattern, want := range map[string]string{
		"/:sectionslugs/:slug/": "top/deep-one/a", "/:sectionslug/:slug/": "top/a", "/:sectionslugs[1:]/:slug/": "deep-one/a",
		"/:sectionslugs[last]/x/:slug/": "deep-one/x/a",
	} {
		dir := t.TempDir()
		for file, text := range map[string]string{
			"hugo.toml": "baseURL = 'https://x.example'\npermalinks.s = '" + pattern + "'\npermalinks.no = '" + pattern + "'\n", "content/s/_index.md": "---\ntitle: Not this\nslug: Top\n---\n",
			"content/s/ix/_index.md": "---\ntitle: Deep one\n---\n", "content/s/ix/a.md": "---\ntitle: A\ndate: 2024-01-02\n---\nText.", "content/no/b.md": "---\ntitle: B\ndate: 2024-01-02\n---\nText.",
		} {
			if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o750), os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		site, err := FindSite(filepath.Join(dir, "content"))
		if err != nil {
			t.Fatal(err)
		}
		lib, err := Open(Dir(filepath.Join(dir, "content")), Options{Site: site})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range lib.Current().Everything() {
			switch got := strings.Trim(strings.TrimPrefix(site.Page(p), site.URL), "/"); {
			case p.Path == "s/ix/a.md" && got != want:
				t.Errorf("%s gives %q, want %q", pattern, got, want)
			case p.Path == "no/b.md" && got != "":
				t.Errorf("%s: a section without a title is at %q", pattern, got)
			}
		}
		if p, ok := lib.Current().Resolve(nil, "/"+want+"/", false); !ok || p.Path != "s/ix/a.md" {
			t.Errorf("/%s/ leads to %v", want, p)
		}
	}
}

// A post of Jekyll's may have a pattern of its own.
func TestPatternsOfJekyllsPosts(t *testing.T) {
	s := Site{engine: jekyll, URL: "https://x.example", permalinks: map[string]string{"": jekyllPattern("")}, ending: ".html"}
	for permalink, want := range map[string]string{
		"/notes/:year/:title/": "https://x.example/notes/2024/a-b/", "/:slug:output_ext": "https://x.example/a-b.html", "/:nothing/x": "", "/plain": "https://x.example/plain",
	} {
		if got := s.Page(parsed(t, "_posts/2024-03-09-a-b.md", "permalink: '"+permalink+"'")); got != want {
			t.Errorf("%s gives %q, want %q", permalink, got, want)
		}
	}
}

// Hugo's languages may have patterns of their own, and paths no accents.
func TestPatternsOfLanguages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hugo.toml")
	if err := os.WriteFile(file, []byte(`baseURL = 'https://x.example/'
removePathAccents = true
[languages.en]
[languages.en.permalinks.page]
posts = '/:slug/'
[languages.fr]
[languages.fr.permalinks]
posts = '/articles/:title/'
[languages.de]
[permalinks]
posts = '/p/:slug/'
`), 0o600); err != nil {
		t.Fatal(err)
	}
	site, err := ReadSite(file, filepath.Join(filepath.Dir(file), "content"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"posts/a.md": "/facade/", "posts/a.fr.md": "/fr/articles/ete-a-la-plage/", "posts/a.de.md": "/de/p/facade/", "a.fr.md": "/fr/facade/", "Ångström q.md": "/angstrom-q/",
	} {
		front := "title: Été à la plage\nslug: Façade"
		if strings.HasPrefix(path, "Å") {
			front = "title: Z"
		}
		p := parsed(t, path, front)
		if _, language := post.SplitLanguage(path); language != "" {
			p = p.At(p.Address, language)
		}
		if got := site.Page(p); got != site.URL+want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
		r := newResolver([]*post.Post{p}, "/srv/content", "en", &site)
		if _, ok := r.Resolve(p, want, false); !ok {
			t.Errorf("%s leads nowhere", want)
		}
	}
}

// Where Jekyll 4.3 has the pages of posts.
func TestJekyllsPages(t *testing.T) {
	for style, want := range map[string]string{"": "/a%20b/c/2024/01/02/Hello-World_x.html", "pretty": "/a%20b/c/2024/01/02/Hello-World_x/", "/:year/:slug": "/2024/hello-world-x", "/:short_month/:title:output_ext": "/Jan/Hello-World_x.html", "/:title/": "/Hello-World_x/"} {
		file := filepath.Join(t.TempDir(), "_config.yml")
		if err := os.WriteFile(file, []byte("url: https://x.example\nbaseurl: /b\npermalink: "+style+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		site, err := ReadSite(file, filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		p := parsed(t, "_posts/2024-1-2-Hello World_x.md", "categories: [A b, C]")
		if got := site.Page(p); got != site.URL+want {
			t.Errorf("%s gives %s, want %s", style, got, want)
		}
		if got := site.Page(parsed(t, "_posts/2024-01-02-a.md", "permalink: /c/D.html")); got != site.URL+"/c/D.html" {
			t.Errorf("a page is at %s", got)
		}
		for target, known := range map[string]bool{"../../../../../../about/": false, "gone.html": true} { // among posts
			if files, all, ok := site.Places(p, target); style == "" && (!ok || all == known) {
				t.Errorf("%s is in %v, %t, %t", target, files, all, ok)
			}
		}
	}
}
