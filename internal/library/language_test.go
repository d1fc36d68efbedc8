package library_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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
		"delta.fr.md":         "---\ntitle: To be translated\n---\n",
		"path.md":             md("title: At its own address", "date: 2025-06-01", "path: privacy", "slug: x"),
		"path.es.md":          md("title: En su propia dirección", "path: es/privacy", "slug: privacidad"),
		"node.js.md":          md("title: No language", "date: 2026-01-01"),
		"2026-01-06-dated.md": md("title: Dated"), "2026-01-06-dated.es.md": md("title: Con fecha"),
	}
	m := files.fs()
	lib := open(t, m, library.Options{})
	x := lib.Current()
	equal(t, "problems", len(x.Problems()), 1) // which has no text
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
		if q.Address != "alpha/" {
			t.Errorf("%s is at %s", q.Path, q.Address)
		}
	}
	if !slices.Equal(languages, []string{"", "es", "fr"}) {
		t.Errorf("the languages are %q", languages)
	}

	write(m, "alpha/index.fr.md", md("title: Alpha, revu", "date: 2025-01-01"), noon)
	equal(t, "report", reload(t, lib).String(), "1 post changed; 1 problem")
	french := lib.Current().In("fr")
	if old, ok := x.In("fr").Find("alpha"); !ok || old.Title() != "Alpha en français" {
		t.Errorf("the index before has %v", old)
	} else if now, ok := french.Again(old); !ok || now.Title() != "Alpha, revu" {
		t.Errorf("it has become %v", now)
	}
	delete(m, "alpha/index.fr.md")
	equal(t, "report", reload(t, lib).String(), "1 post changed; 1 problem")
	equal(t, "posts", shown(lib.Current().In("fr").All()), "2026-01-06-dated.md alpha/index.md beta.md gamma.fr.md delta.md node.js.md path.md")
}

// Folders of languages are told from others of the same names by what is in them.
func TestLanguageFolders(t *testing.T) {
	for name, test := range map[string]struct {
		files     []string
		es, plain string
		address   string
	}{
		"one beside the other":   {[]string{"en/hello.md", "es/hello.md", "en/only.md"}, "es/hello.md en/only.md", "en/hello.md en/only.md", "en/hello"},
		"one beside the top":     {[]string{"hello.md", "bye.md", "es/hello.md", "es/bye.md", "es/solo.md"}, "es/bye.md es/hello.md es/solo.md", "bye.md hello.md es/solo.md", "hello"},
		"Jekyll's":               {[]string{"_i18n/en/_posts/2024-01-02-hello.md", "_i18n/es/news/_posts/2024-01-01-solo.md", "_i18n/es/_posts/2024-01-02-hello.md"}, "_i18n/es/_posts/2024-01-02-hello.md _i18n/es/news/_posts/2024-01-01-solo.md", "_i18n/en/_posts/2024-01-02-hello.md _i18n/es/news/_posts/2024-01-01-solo.md", "_i18n/en/_posts/2024-01-02-hello"},
		"Polyglot's":             {[]string{"_posts/2024-01-02-hello.md", "_posts/es/2024-01-02-hello.md"}, "_posts/es/2024-01-02-hello.md", "_posts/2024-01-02-hello.md", "_posts/2024-01-02-hello"},
		"folders with _posts":    {[]string{"_posts/2024-01-02-hello.md", "es/_posts/2024-01-02-hello.md", "es/_posts/2024-01-01-solo.md"}, "es/_posts/2024-01-02-hello.md es/_posts/2024-01-01-solo.md", "_posts/2024-01-02-hello.md es/_posts/2024-01-01-solo.md", "_posts/2024-01-02-hello"},
		"below a section":        {[]string{"blog/en/hello.md", "blog/es/hello/index.md"}, "blog/es/hello/index.md", "blog/en/hello.md", "blog/en/hello"},
		"names of the language":  {[]string{"hello.en.md", "hello.es.md"}, "hello.es.md", "hello.en.md", "hello.en"},
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

// A post that becomes a translation of another is found by its file and by the address that it had.
func TestBecomesATranslation(t *testing.T) {
	m := folder{"es/hello.md": md("title: Hola")}.fs()
	lib := open(t, m, library.Options{Language: "en"})
	old, _ := lib.Current().Find("es/hello")
	write(m, "en/hello.md", md("title: Hello"), noon)
	reload(t, lib)
	x := lib.Current()
	now, ok := x.Again(old)
	if !ok || now.Path != "es/hello.md" || now.Address != "en/hello" || now.Language != "es" {
		t.Errorf("it has become %v", now)
	}
	for _, in := range []*library.Index{x, x.In("es")} {
		if p, ok := in.Find("es/hello"); !ok || p != now {
			t.Errorf("at its address is %v", p)
		}
	}
}

// What looks like a language in a name is one if the site's configuration, the same file without
// it or another post says so.
func TestEndingsThatAreLanguages(t *testing.T) {
	dir := t.TempDir()
	config := func(name, text string) library.Site {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		site, err := library.ReadSite(file, dir)
		if err != nil {
			t.Fatal(err)
		}
		return site
	}
	hugo := config("hugo.toml", "[languages.en]\n[languages.pt-BR]\n")
	zola := config("config.toml", "default_language = 'en'\n[languages.cs]\n")
	jekyll := config("_config.yml", "languages: [en, cs]\n")
	one := config("hugo.yaml", "languageCode: en-us\n")
	_ = config("config/_default/languages.toml", "[en]\n[cs]\n")
	apart := config("config/_default/hugo.toml", "title = 'x'\n")
	for _, test := range []struct {
		site  library.Site
		files string
		want  string // languages
	}{
		{library.Site{}, "learn.cs.md a.to-do.md node.js.md", "- - -"},
		{library.Site{}, "learn.cs.md learn.md", "cs -"},
		{library.Site{}, "learn.cs.md a.md a.cs.md", "cs - cs"},
		{library.Site{}, "learn.cs.md b.cs.md b.en.md", "cs cs en"},
		{library.Site{}, "learn.cs.md a.cs.md", "- -"},
		{library.Site{}, "learn.cs.md cs/a.md a.md", "cs cs -"},
		{library.Site{}, "cs/a.md it/b.md b.md", "- it -"},
		{hugo, "learn.cs.md learn.md a.pt-br.md pt-br/b.md cs/a.md a.md", "- - pt-br pt-br - -"},
		{zola, "learn.cs.md", "cs"},
		{jekyll, "_posts/cs/2024-01-02-a.md _posts/it/2024-01-02-b.md", "cs -"},
		{one, "learn.cs.md", "-"},
		{one, "learn.cs.md learn.md", "cs -"},
		{apart, "learn.cs.md", "cs"},
	} {
		files := folder{}
		for path := range strings.FieldsSeq(test.files) {
			files[path] = md("title: A title", "date: 2024-01-02")
		}
		x := open(t, files.fs(), library.Options{Site: test.site}).Current()
		languages := make(map[string]string)
		for _, p := range x.Everything() {
			languages[p.Path] = cmp.Or(p.Language, "-")
		}
		var got []string
		for path := range strings.FieldsSeq(test.files) {
			got = append(got, languages[path])
		}
		equal(t, test.files, strings.Join(got, " "), test.want)
	}
}

// A translation belongs to the post that it stands beside, also if others have that name or its
// slug, and a post in the region of the blog's language is none.
func TestWhatIsTranslated(t *testing.T) {
	files := folder{
		"hello.md": md("date: 2026-01-05"), "hello.es.md": md(),
		"hello/index.md": md("date: 2026-01-04"), "hello/index.es.md": md(),
		"old.md": md("date: 2020-01-01", "slug: hello"), "old.es.md": md("slug: hello"),
		"key.md": md("translationKey: k"), "schluessel.md": md("lang: de", "translationKey: k"),
		"address.md": md("permalink: /about/"), "adresse.md": md("lang: de", "permalink: /about/"),
		"america.md": md("lang: en-US"), "america.es.md": md(),
	}
	x := open(t, files.fs(), library.Options{Language: "en"}).Current()
	for of, want := range map[string]string{
		"hello": "hello.es.md", "hello/": "hello/index.es.md", "old": "old.es.md", "key": "schluessel.md", "address": "adresse.md", "america": "america.es.md",
	} {
		p, ok := x.Find(of)
		if !ok || p.Path != of+".md" && p.Path != of+"index.md" {
			t.Fatalf("at %s is %v", of, p)
		}
		var got []string
		for _, q := range x.Translations(p)[1:] {
			got = append(got, q.Path)
		}
		equal(t, "translations of "+of, strings.Join(got, " "), want)
	}
	equal(t, "posts", x.All().Len(), 6)
}

// A post has the same address, and is found there, whatever others come and go.
func TestAddressesStay(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 8))
	var names []string
	for _, dir := range []string{"", "en/", "de/", "fr/", "blog/", "blog/de/", "_posts/", "hello/"} {
		for _, name := range []string{"hello", "index", "Hello", "hello.de", "hello.en", "hello world", "2024-01-02-hello"} {
			for _, ext := range []string{".md", ".markdown", ".html.md"} {
				names = append(names, dir+name+ext)
			}
		}
	}
	front := func() string {
		lines := []string{fmt.Sprintf("date: %d-01-02", 2000+rnd.IntN(20))}
		for _, line := range []string{"slug: hello", "permalink: /hello/", "lang: de", "lang: en", "translationKey: hello", "aliases: [/de/hello/]"} {
			if rnd.IntN(6) == 0 {
				lines = append(lines, line)
			}
		}
		return md(lines...)
	}
	for _, own := range []string{"", "en", "en-us"} {
		m := folder{}.fs()
		lib := open(t, m, library.Options{Language: own})
		copied := make(map[string]string)
		joined := 0
		for range 400 {
			name := names[rnd.IntN(len(names))]
			if _, there := m[name]; there {
				delete(m, name)
				delete(copied, name)
			} else {
				write(m, name, front(), noon)
			}
			reload(t, lib)
			x := lib.Current()
			listed := make(map[string]bool)
			for _, p := range x.Everything() {
				listed[p.Path] = true
			}
			for path, address := range copied {
				if !listed[path] { // as a file of a bundle
					continue
				}
				if p, ok := x.Find(address); ok && p.Path != path && (len(x.Translations(p)) == 0 || !slices.ContainsFunc(x.Translations(p), func(q *post.Post) bool { return q.Path == path })) {
					t.Fatalf("%q, which was %s, is %s", address, path, p.Path)
				}
			}
			for _, p := range x.Everything() {
				if own := post.AddressOf(p.Path); own == p.Address {
					copied[p.Path] = own
				} else if joined++; x.Translations(p)[0].Address != p.Address {
					t.Fatalf("%s is at %q, and not with its original", p.Path, p.Address)
				}
			}
		}
		if joined < 1000 {
			t.Errorf("%d translations are too few to tell", joined)
		}
	}
}

// What looks like a language, or has no name, hides no post.
func TestTranslationsThatAreNone(t *testing.T) {
	for name, files := range map[string]folder{
		"names without letters": {
			"🔥.md": md("title: Fire"), "💧.md": md("title: Agua", "lang: es"),
		},
		"addresses without a path": {
			"a.md": md("title: A", "aliases: [/]"), "b.md": md("title: B", "lang: es", "aliases: [/]"),
		},
		"a folder of a topic": {
			"os/setup.md": md("title: Operating systems"), "setup.es.md": md("title: Puesta en marcha"),
			"other.md": md("title: Other"), "other.es.md": md("title: Otro"),
		},
		"an ending of a topic": {
			"learn.cs.md": md("title: Learn C#"), "es/learn.md": md("title: Aprender"),
			"a.md": md("title: A"), "es/a.md": md("title: A"), "b.md": md("title: B"), "es/b.md": md("title: B"),
		},
		"folders of two topics": {
			"cs/intro.md": md("title: C#"), "ml/intro.md": md("title: Machine learning"),
		},
	} {
		want := len(files)
		switch name {
		case "a folder of a topic":
			want--
		case "an ending of a topic":
			want -= 2
		}
		x := open(t, files.fs(), library.Options{}).Current()
		equal(t, name, x.All().Len(), want)
	}
}

// A link to a place leads to the language that has it; one to the post alone is to any.
func TestLinksToPlacesOfTranslations(t *testing.T) {
	x := open(t, folder{"a.md": md("date: 2026-01-01"), "a.es.md": md("date: 2026-01-01"), "b.md": md("date: 2026-01-02"), "b.es.md": md("date: 2026-01-02")}.fs(), library.Options{}).Current()
	for _, tt := range []struct{ language, from, target, want string }{
		{"es", "a.md", "/b/", "b.es.md"},
		{"es", "a.md", "/b/#x", "b.md"},
		{"", "a.md", "b.es.md#x", "b.es.md"},
		{"es", "a.md", "b.md", "b.es.md"},
		{"es", "a.md", "b.md#x", "b.md"},
		{"es", "a.es.md", "b.md#x", "b.es.md"},
		{"", "a.md", "./#x", "a.md"},
		{"", "a.es.md", ".#x", "a.es.md"},
		{"", "a.md", "./", "a.md"},
	} {
		in, got := x.In(tt.language), ""
		for _, from := range x.Everything() {
			if from.Path == tt.from {
				if p, ok := in.Resolve(from, tt.target, false); ok {
					got = p.Path
				}
			}
		}
		equal(t, tt.language+": "+tt.target+" in "+tt.from, got, tt.want)
	}
}
