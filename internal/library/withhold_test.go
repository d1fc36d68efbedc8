package library_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// What the engine of a blog does not publish is not published here, and each post that
// is held back is told with the reason.
func TestWithheld(t *testing.T) {
	dated := md("date: 2026-01-02")
	tests := []struct {
		name   string
		files  folder
		listed string
		held   string
	}{
		{"a cascade", folder{
			"a.md": dated, "wip/_index.md": about("cascade:", "  draft: true"), "wip/b.md": dated, "wip/deep/c.md": dated, "wip/d.md": md("draft: false"),
		}, "a d", "wip/b.md: draft (by the cascade of wip/_index.md); wip/deep/c.md: draft (by the cascade of wip/_index.md)"},
		{"a cascade of all", folder{
			"_index.md": about("cascade: {build: {list: never}}"), "a.md": dated, "in/_index.md": about("cascade: {_build: {list: always}}"), "in/b.md": dated,
		}, "b", "a.md: hidden (not in lists by its front matter, by the cascade of _index.md)"},
		{"cascades with targets", folder{
			"_index.md": about("cascade:", "- target: {path: '/old/**'}", "  draft: true", "- _target: {path: '{/notes/*,/b}'}", "  headless: true", "- target: {kind: section}", "  draft: true", "- target: {path: '[', environment: production}", "  draft: true"),
			"old/a.md":  dated, "old/in/a2.md": dated, "b.md": dated, "notes/c.md": dated, "notes/in/d.md": dated, "older/e.md": dated,
		}, "d e", "b.md: hidden (headless, by the cascade of _index.md); notes/c.md: hidden (headless, by the cascade of _index.md); " +
			"old/a.md: draft (by the cascade of _index.md); old/in/a2.md: draft (by the cascade of _index.md)"},
		{"a draft section", folder{
			"hugo/_index.md": about("draft: true"), "hugo/a.md": dated,
			"zola/_index.md": "+++\nsort_by = 'date'\ndraft = true\n+++\n", "zola/b.md": dated,
		}, "a", "zola/b.md: draft (by the cascade of zola/_index.md)"},
		{"bundles", folder{
			"index.md": dated, "other.md": dated,
			"b/index.md": md("slug: b", "date: 2026-01-01"), "b/index.fr.md": md("slug: b-fr"), "b/notes.md": dated, "b/in/more.md": dated, "b/in/index.md": dated,
			"blog/index.md": md("slug: blog"), "blog/_posts/2026-01-02-c.md": md(),
		}, "c index other b blog", "b/in/index.md: hidden (a file of the bundle b, and no post); " +
			"b/in/more.md: hidden (a file of the bundle b, and no post); b/notes.md: hidden (a file of the bundle b, and no post)"},
		{"an index of posts", folder{ // as some engines have it that are not known
			"blog/index.md": md("slug: blog"), "blog/a.md": dated, "blog/notes.md": md(), "blog/b/index.md": dated, "blog/b/more.md": dated,
		}, "a b blog", "blog/b/more.md: hidden (a file of the bundle blog/b, and no post); blog/notes.md: hidden (a file of the bundle blog, and no post)"},
		{"undated files of Jekyll's", folder{
			"_posts/2026-01-02-a.md": md(), "_posts/b.md": md(), "_posts/c.md": dated, "x/_posts/in/d.md": md(), "_drafts/e.md": dated, "f.md": md(),
		}, "a c f", "_drafts/e.md: draft; _posts/b.md: hidden (in _posts without a date in its name, as in 2026-01-02-b.md); " +
			"x/_posts/in/d.md: hidden (in _posts without a date in its name, as in 2026-01-02-d.md)"},
		{"front matter", folder{
			"a.md": md("headless: true"), "b.md": md("status: hidden"), "c.md": md("build: {render: never}"),
		}, "", "a.md: hidden (headless); b.md: hidden (hidden by its front matter); c.md: hidden (not rendered by its front matter)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := open(t, tt.files.fs(), library.Options{}).Current()
			var held []string
			for _, e := range x.Excluded() {
				held = append(held, e.Path+": "+e.String())
			}
			equal(t, "listed", all(x), tt.listed)
			equal(t, "held back", strings.Join(held, "; "), tt.held)
		})
	}
}

// What a section says of dates, categories and tags counts where a post says nothing, in the languages
// that are meant.
func TestCascadeFills(t *testing.T) {
	fsys := folder{
		"_index.md":      about("cascade:", "- target: {path: /old/**}", "  expiryDate: 2020-01-01", "- target: {lang: es}", "  tags: [hola]", "- target: {lang: 'e[nt]'}", "  draft: true", "- tags: [all]"),
		"news/_index.md": about("cascade: {categories: [News], date: 2026-01-05, params: {tags: [new]}}"),
		"a.md":           md("date: 2026-01-02"), "news/b.md": md("date: 2026-01-03", "categories: [Own]"), "news/c.md": md(), "news/d.md": md("tags: [own]", "date: 2026-01-01"),
		"e.es.md": md("date: 2025-01-01"), "f.md": md("lang: et", "date: 2025-01-01"), "old/g.md": md("date: 2019-01-01"), "old/h.md": md("date: 2019-01-02", "expiryDate: 2100-01-01"),
	}.fs()
	lib := open(t, fsys, library.Options{Language: "de"})
	x := lib.Current()
	var got []string
	for i := range x.All().Len() {
		p := x.All().At(i)
		got = append(got, p.Slug+" "+p.Date.Format("01-02")+" "+strings.Join(p.Categories, ",")+" "+strings.Join(p.Tags, ","))
	}
	equal(t, "listed", strings.Join(got, "; "), "c 01-05 News new; b 01-03 Own new; a 01-02  all; d 01-01 News own; e 01-01  hola; h 01-02  all")
	equal(t, "report", reload(t, lib).String(), "nothing changed")
	if lib.Current() != x {
		t.Error("the same folder has become another index")
	}
	write(fsys, "news/_index.md", about("cascade: {categories: [Other]}"), noon.Add(-1))
	reload(t, lib)
	p, _ := lib.Current().Find("news/d")
	equal(t, "category after a change", p.Category(), "Other")
}

// A section's word counts as soon as it has changed.
func TestCascadeChanges(t *testing.T) {
	fsys := folder{"in/_index.md": about("cascade: {draft: true}"), "in/a.md": md()}.fs()
	lib := open(t, fsys, library.Options{})
	equal(t, "listed", all(lib.Current()), "")
	write(fsys, "in/_index.md", about("title: In"), noon.Add(-1))
	reload(t, lib)
	equal(t, "listed then", all(lib.Current()), "a")
}

// siteOf reads a site's configuration, "_config.yml: title: x".
func siteOf(t *testing.T, config string) library.Site {
	t.Helper()
	name, text, _ := strings.Cut(config, ": ")
	file := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(file, []byte(text), 0o600))
	site, err := library.ReadSite(file, filepath.Dir(file))
	must(t, err)
	return site
}

// Jekyll reads only files whose names begin with a date from _posts, which may be the folder itself.
func TestPostsFolderIsJekylls(t *testing.T) {
	files := folder{"_posts/2026-01-03-a.md": md(), "_posts/b.md": md("date: 2026-01-02"), "_posts/c.md": md(), "d.md": md("date: 2026-01-01")}
	for config, want := range map[string]string{"_config.yml: title: x": "a d", "_config.yml: public_dir: x": "a b d", "hugo.yaml: title: x": "a b d"} {
		dir, site := t.TempDir(), siteOf(t, config)
		equal(t, config, all(open(t, files.fs(), library.Options{Site: site}).Current()), want)
		for name, text := range files {
			must(t, os.MkdirAll(filepath.Join(dir, "_posts"), 0o750))
			must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
		want = strings.TrimSuffix(want, " d")
		if want != "a" {
			want += " c" // the folder may have any name
		}
		equal(t, config, all(open(t, library.Dir(filepath.Join(dir, "_posts")), library.Options{Site: site}).Current()), want)
	}
}

// To Jekyll and Zola an index.md is one page, and the files beside it are others.
func TestBundlesAreHugos(t *testing.T) {
	for config, want := range map[string]string{
		"_config.yml: url: https://x.example": "notes index", "config.toml: base_url = 'https://x.example'": "notes index",
		"config.toml: baseURL = 'https://x.example'": "index", "hugo.yaml: title: x": "index",
	} {
		x := open(t, folder{"b/index.md": md("slug: index"), "b/notes.md": md("date: 2026-01-01")}.fs(), library.Options{Site: siteOf(t, config)}).Current()
		equal(t, config, all(x), want)
	}
}

// To Zola a section that is a draft is one with all that is in it and below.
func TestDraftSectionsAreZolas(t *testing.T) {
	for config, want := range map[string]string{"config.toml: base_url = 'https://x.example'": "a", "hugo.yaml: title: x": "a b c"} {
		x := open(t, folder{
			"a.md": md("date: 2026-01-03"), "s/_index.md": "+++\ndraft = true\n+++\n", "s/b.md": md("date: 2026-01-02"), "s/in/c.md": md("date: 2026-01-01"),
		}.fs(), library.Options{Site: siteOf(t, config)}).Current()
		equal(t, config, all(x), want)
	}
}

// An alias of Hugo's without a slash before it counts from its post's folder.
func TestRelativeAliases(t *testing.T) {
	site := siteOf(t, "hugo.toml: title = 'x'")
	x := open(t, folder{"a/new.md": md("aliases: [old]"), "b/new.md": md("aliases: [old, ../c/older, /new, /a/new]"), "c/old.md": md(), "d/a.md": md("aliases: [/new.html]")}.fs(), library.Options{Site: site}).Current()
	for link, want := range map[string]string{"/new/": "d/a.md", "/a/old/": "a/new.md", "/b/old/": "b/new.md", "/c/older/": "b/new.md", "/c/old/": "c/old.md"} {
		if p, ok := x.Resolve(nil, link, false); !ok || p.Path != want {
			t.Errorf("%s leads to %v, want %s", link, p, want)
		}
	}
	equal(t, "problems", len(x.Problems()), 2) // that an alias is a post's plain name is none
	wantProblem(t, x.Problems(), "b/new.md", post.Warning, `the alias "/a/new" is the address of a/new.md`)
	wantProblem(t, x.Problems(), "b/new.md", post.Warning, `the alias "/new" is also a name of a/new.md`)
}

// What the configuration of a site says for its pages counts where neither they nor a section say it.
func TestSiteCascades(t *testing.T) {
	files := folder{
		"_posts/2026-01-05-a.md": md(), "_posts/2026-01-04-b.md": md("categories: own", "tags: [own]", "published: true"), "_posts/old/2026-01-03-c.md": md(),
		"_posts/de/2026-01-02-d.md": md(), "e.md": md("date: 2026-01-01"), "_posts/de/2025-12-31-f.md": md("lang: fr", "tags: own"),
	}
	for config, want := range map[string]string{
		"_config.yml: title: x": "a own own: b c d e own: f fr",
		"_config.yml: defaults:\n- scope: {path: '', type: posts}\n  values: {categories: [blog], tags: [t]}": "blog t: a own own: b blog t: c blog t: d e blog own: f fr",
		"_config.yml: defaults:\n- scope: {path: '_posts/de'}\n  values: {lang: de}\n- scope: {path: ''}\n  values: {lang: en, tags: all, published: false}\n" +
			"- scope: {path: _posts/old/2026-01-03-c.md}\n  values: {published: true}": "own own: b en all: c en",
		"_config.yml: defaults:\n- scope: {path: '', type: pages}\n  values: {tags: page}\n- scope: {path: ''}\n  values: {tags: any}\n- scope: {path: '', type: drafts}\n  values: {tags: draft}": "any: a own own: b any: c any: d page: e own: f fr",
		"_config.yml: defaults:\n- scope: {path: '_posts/*'}\n  values: {date: 2020-01-01, categories: star}\n- {}\n- 7\n- scope: 8":                                                               "star: a own own: b star: c star: d e star own: f fr",
		"hugo.toml: [[cascade]]\ntags = ['h']\n[cascade.target]\npath = '/_posts/**'\n[[cascade]]\ndraft = true\n[cascade._target]\npath = '/e'\n":                                                 "h: a own own: b h: c h: d own: f fr",
		"hugo.yaml: cascade: {params: {tags: [p]}}": "p: a own own: b p: c p: d p: e own: f fr",
		"_config.yml: defaults:\n- scope: {path: _posts/de}\n  values: {lang: de}\n- scope: {path: ''}\n  values: {lang: en}": "a en own own: b en c en d de e en own: f fr",
		"hugo.json: {\"cascade\": 7}": "a own own: b c d e own: f fr",
	} {
		x := open(t, files.fs(), library.Options{Site: siteOf(t, config)}).Current()
		var got []string
		for i := range x.All().Len() {
			p := x.All().At(i)
			if names := strings.Join(append(slices.Clone(p.Categories), p.Tags...), " "); names != "" {
				got = append(got, names+":")
			}
			got = append(got, strings.TrimSpace(p.Slug+" "+p.Language))
		}
		equal(t, config, strings.Join(got, " "), want)
	}
	site := siteOf(t, "_config.yml: permalink: /:year/:title/\ndefaults:\n- scope: {path: '', type: posts}\n  values: {permalink: '/news/:title.html'}")
	x := open(t, files.fs(), library.Options{Site: site}).Current()
	for link, want := range map[string]bool{"/news/a.html": true, "/2026/a/": false, "/e.html": true} {
		if _, ok := x.Resolve(nil, link, false); ok != want {
			t.Errorf("%s leads to a post: %v", link, ok)
		}
	}
}

// To Zola a page in a section that is a draft is one, whatever it says itself.
func TestPagesOfDraftSections(t *testing.T) {
	x := open(t, folder{
		"s/_index.md": "+++\ndraft = true\n+++\n", "s/a.md": "+++\ndraft = false\n+++\nText.\n", "b.md": md(),
	}.fs(), library.Options{Site: siteOf(t, "zola.toml: base_url = 'https://x.example'")}).Current()
	equal(t, "listed", all(x), "b")
}
