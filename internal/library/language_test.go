package library_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// shown says which files a list shows.
func shown(l *library.List) string {
	var paths []string
	for i := range l.Len() {
		paths = append(paths, l.At(i).Path)
	}
	return strings.Join(paths, " ")
}

func TestTranslations(t *testing.T) {
	files := folder{
		"alpha/index.md":      md("title: Alpha", "date: 2026-01-05", "tags: [one, both]"),
		"alpha/index.es.md":   md("title: Alfa", "date: 2026-03-05", "tags: [uno, both]"),
		"alpha/index.fr.md":   md("title: Alpha en français", "date: 2025-01-01"),
		"beta.md":             md("title: Beta", "date: 2026-01-04", "tags: [both]"),
		"beta.pt-br.md":       md("title: Beta em português", "date: 2026-01-04"),
		"gamma.fr.md":         md("title: Gamma, only in French", "date: 2026-01-03"),
		"delta.md":            md("title: Delta", "date: 2026-01-02"),
		"delta.es.md":         md("title: A draft", "draft: true"),
		"path.md":             md("title: At its own address", "date: 2025-06-01", "path: privacy", "slug: x"),
		"path.es.md":          md("title: En su propia dirección", "path: es/privacy", "slug: privacidad"),
		"node.js.md":          md("title: No language", "date: 2026-01-01"),
		"2026-01-06-dated.md": md("title: Dated"), "2026-01-06-dated.es.md": md("title: Con fecha"),
	}
	m := files.fs()
	lib := open(t, m, library.Options{})
	x := lib.Current()
	if len(x.Problems()) > 0 {
		t.Errorf("problems: %v", x.Problems())
	}
	for language, want := range map[string]string{
		"":      "2026-01-06-dated.md alpha/index.md beta.md gamma.fr.md delta.md node.js.md path.md",
		"en":    "2026-01-06-dated.md alpha/index.md beta.md gamma.fr.md delta.md node.js.md path.md",
		"es":    "2026-01-06-dated.es.md alpha/index.es.md beta.md gamma.fr.md delta.md node.js.md path.es.md",
		"es-mx": "2026-01-06-dated.es.md alpha/index.es.md beta.md gamma.fr.md delta.md node.js.md path.es.md",
		"fr":    "2026-01-06-dated.md alpha/index.fr.md beta.md gamma.fr.md delta.md node.js.md path.md",
		"pt":    "2026-01-06-dated.md alpha/index.md beta.pt-br.md gamma.fr.md delta.md node.js.md path.md",
	} {
		in := x.In(language)
		equal(t, "posts in "+language, shown(in.All()), want)
		if in != x.In(language) || in.In("") != x || in.In(language) != in {
			t.Errorf("the index in %q is made again", language)
		}
		for i := range in.All().Len() {
			p := in.All().At(i)
			if found, ok := in.Find(p.Address); !ok || found != p || in.All().Index(p.Address) != i {
				t.Errorf("in %q %s is not found at %s", language, p.Path, p.Address)
			}
			if older, ok := in.All().Older(p); ok && older != in.All().At(i+1) {
				t.Errorf("in %q %s is older than %s", language, older.Path, p.Path)
			}
			if again, ok := in.Again(p); !ok || again != p {
				t.Errorf("in %q %s is not there again", language, p.Path)
			}
		}
	}
	es := x.In("es")
	both, _ := es.Tag("both")
	equal(t, "tag", shown(both), "alpha/index.es.md beta.md")
	if _, ok := x.Tag("uno"); ok {
		t.Error("a tag of a translation is listed")
	}
	for name, want := range map[string]string{
		"alpha": "alpha/index.es.md", "alpha/index.md": "alpha/index.es.md", "alpha/index.fr": "alpha/index.fr.md", "dated": "2026-01-06-dated.es.md",
		"privacy": "path.es.md", "es/privacy": "path.es.md", "/es/alpha/": "alpha/index.es.md",
	} {
		if p, ok := es.Find(name); !ok || p.Path != want {
			t.Errorf("Find(%q) gives %v, want %s", name, p, want)
		}
	}
	p, _ := x.Find("alpha")
	var languages []string
	for _, q := range es.Translations(p) {
		languages = append(languages, q.Language)
		if q.Address != "alpha" {
			t.Errorf("%s is at %s", q.Path, q.Address)
		}
	}
	if !slices.Equal(languages, []string{"", "es", "fr"}) {
		t.Errorf("the languages are %q", languages)
	}

	write(m, "alpha/index.fr.md", md("title: Alpha, revu", "date: 2025-01-01"), noon)
	equal(t, "report", reload(t, lib).String(), "1 post changed")
	french := lib.Current().In("fr")
	if old, ok := x.In("fr").Find("alpha"); !ok || old.Title() != "Alpha en français" {
		t.Errorf("the index before has %v", old)
	} else if now, ok := french.Again(old); !ok || now.Title() != "Alpha, revu" {
		t.Errorf("it has become %v", now)
	}
	delete(m, "alpha/index.fr.md")
	equal(t, "report", reload(t, lib).String(), "1 post changed")
	equal(t, "posts", shown(lib.Current().In("fr").All()), "2026-01-06-dated.md alpha/index.md beta.md gamma.fr.md delta.md node.js.md path.md")
}

// Folders of languages are told from others of the same names by what is in them.
func TestLanguageFolders(t *testing.T) {
	for name, test := range map[string]struct {
		files     []string
		es, plain string
		address   string
	}{
		"one beside the other":   {[]string{"en/hello.md", "es/hello.md", "en/only.md"}, "es/hello.md en/only.md", "en/hello.md en/only.md", "hello"},
		"one beside the top":     {[]string{"hello.md", "bye.md", "es/hello.md", "es/bye.md", "es/solo.md"}, "es/bye.md es/hello.md es/solo.md", "bye.md hello.md es/solo.md", "hello"},
		"Jekyll's":               {[]string{"_i18n/en/_posts/2024-01-02-hello.md", "_i18n/es/news/_posts/2024-01-01-solo.md", "_i18n/es/_posts/2024-01-02-hello.md"}, "_i18n/es/_posts/2024-01-02-hello.md _i18n/es/news/_posts/2024-01-01-solo.md", "_i18n/en/_posts/2024-01-02-hello.md _i18n/es/news/_posts/2024-01-01-solo.md", "2024-01-02-hello"},
		"categories":             {[]string{"it/security.md", "cs/compilers.md"}, "cs/compilers.md it/security.md", "cs/compilers.md it/security.md", "it/security"},
		"categories of one name": {[]string{"it/intro.md", "it/a.md", "cs/intro.md", "cs/b.md"}, "it/a.md cs/b.md cs/intro.md it/intro.md", "it/a.md cs/b.md cs/intro.md it/intro.md", "it/intro"},
		"a folder and a suffix":  {[]string{"hello.md", "hello.es.md", "it/rust.md"}, "hello.es.md it/rust.md", "hello.md it/rust.md", "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder{}
			for _, path := range test.files {
				files[path] = md("title: A title")
			}
			x := open(t, files.fs(), library.Options{Language: "en"}).Current()
			equal(t, "posts", shown(x.All()), test.plain)
			equal(t, "in Spanish", shown(x.In("es").All()), test.es)
			if _, ok := x.Find(test.address); !ok || x.All().Index(test.address) < 0 {
				t.Errorf("there is nothing at %s", test.address)
			}
			if len(x.Problems()) > 0 {
				t.Errorf("problems: %v", x.Problems())
			}
		})
	}
}

// Readers of the blog's own language get that, even where a translation is closer to their region,
// and there may be more languages than are kept.
func TestOwnLanguage(t *testing.T) {
	files := folder{"hello.md": md("title: A title"), "hello.en-gb.md": md("title: British"), "hello.pt.md": md("title: Portuguese")}
	for _, own := range []string{"en", "en-us"} {
		x := open(t, files.fs(), library.Options{Language: own}).Current()
		for language, want := range map[string]string{"en": "hello.md", "en-us": "hello.md", "en-gb": "hello.en-gb.md", "pt-br": "hello.pt.md"} {
			equal(t, own+" read in "+language, shown(x.In(language).All()), want)
		}
	}
	many := folder{"hello.md": md("title: A title")}
	for first := 'a'; first <= 'z'; first++ {
		for second := 'a'; second <= 'z'; second++ {
			if code := string(first) + string(second); post.Language(code) != "" {
				many["hello."+code+".md"] = md("title: Translated")
			}
		}
	}
	x := open(t, many.fs(), library.Options{}).Current()
	if n := len(x.Languages()); n != 64 {
		t.Errorf("%d languages are kept", n)
	}
	equal(t, "what is not kept", shown(x.In("zu").All()), "hello.md")
	equal(t, "what is", shown(x.In("aa").All()), "hello.aa.md")
}

// A post that stands at another address in a newer index is found by its file.
func TestAgainElsewhere(t *testing.T) {
	m := folder{"en/hello.md": md("title: Hello")}.fs()
	lib := open(t, m, library.Options{Language: "en"})
	old, _ := lib.Current().Find("en/hello")
	write(m, "es/hello.md", md("title: Hola"), noon)
	reload(t, lib)
	if now, ok := lib.Current().Again(old); !ok || now.Path != "en/hello.md" || now.Address != "hello" {
		t.Errorf("it has become %v", now)
	}
}
