package library_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
)

// Hugo may have a folder for each language, whatever it is called, and the folder of the posts may be
// one of them.
func TestContentFoldersOfLanguages(t *testing.T) {
	for name, text := range map[string]string{
		"hugo.toml":                         "baseURL = 'https://x.example'\n[languages.en]\ncontentDir = 'content/english'\n[languages.ja]\ncontentDir = 'content/nihon'\n",
		"hugo.yaml":                         "baseURL: https://x.example\nlanguages:\n  en: {contentDir: content/english}\n  ja: {contentDir: content/nihon}\n",
		"hugo.json":                         `{"baseURL": "https://x.example", "languages": {"en": {"contentdir": "content/english"}, "ja": {"contentDir": "content/nihon"}}}`,
		"config/_default/languages.en.toml": "contentDir = 'content/english'\n",
		"config/_default/languages.toml":    "[en]\ncontentDir = 'content/english'\n[ja]\ncontentDir = 'content/nihon'\n",
	} {
		dir := t.TempDir()
		files := folder{
			name: text, "content/english/blog/a.md": md("title: A"), "content/english/blog/it.md": md("title: IT"), "content/english/blog/it/a.md": md("title: A of IT"),
			"content/de/blog/c.md": md("title: in no language"), "content/nihon/blog/a.md": md("title: いろは"), "content/nihon/blog/b.md": md("title: ろ"),
		}
		if strings.HasPrefix(name, "config") {
			files["config/_default/hugo.toml"] = "baseURL = 'https://x.example'\n"
			if strings.Contains(name, ".en.") {
				files["config/_default/languages.ja.toml"] = "contentDir = 'content/nihon'\n"
			}
		}
		for file, text := range files {
			must(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o750))
			must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
		}
		for below, want := range map[string]string{
			"content":              "english/blog/a.md en /blog/a/; english/blog/it.md en /blog/it/; english/blog/it/a.md en /blog/it/a/; nihon/blog/a.md ja /ja/blog/a/; nihon/blog/b.md ja /ja/blog/b/",
			"content/english":      "blog/a.md en /blog/a/; blog/it.md en /blog/it/; blog/it/a.md en /blog/it/a/",
			"content/nihon/blog":   "a.md ja /ja/blog/a/; b.md ja /ja/blog/b/",
			"content/english/blog": "a.md en /blog/a/; it.md en /blog/it/; it/a.md en /blog/it/a/",
		} {
			posts := filepath.Join(dir, filepath.FromSlash(below))
			site, err := library.FindSite(posts)
			must(t, err)
			x := open(t, library.Dir(posts), library.Options{Site: site}).Current()
			var got []string
			for _, p := range x.Everything() {
				got = append(got, p.Path+" "+x.LanguageOf(p)+" "+strings.TrimPrefix(site.Page(p), site.URL))
			}
			slices.Sort(got)
			equal(t, name+": "+below, strings.Join(got, "; "), want)
			posted := 3
			if below == "content" {
				posted = 4
				p, _ := x.In("ja").Find("/ja/blog/a/")
				equal(t, "translation", p.Path, "nihon/blog/a.md")
			} else if strings.Contains(below, "nihon") {
				posted = 2
			}
			equal(t, name+": posts in "+below, x.All().Len(), posted)
			if below == "content" {
				equal(t, name, len(x.Excluded()), 1)
				equal(t, name, x.Excluded()[0].String(), "hidden (in no folder that the website has for its languages)")
			}
		}
	}
}

// What Hugo 0.154 makes of languages that are called by any word, have hosts, or are mounted.
func TestHugosLanguages(t *testing.T) {
	for name, tt := range map[string]struct {
		config, files, folders string
		want                   string
	}{
		"words": {
			"baseURL = 'https://x.example'\ndefaultContentLanguage = 'en'\n[languages.en]\n[languages.jp]\nlocale = 'ja-JP'\n[languages.zh_CN]\n[languages.pirate]\n",
			"content/p/a.md content/p/a.jp.md content/p/b.Pirate.md content/p/c.zh_CN.md", "content",
			"p/a.jp.md jp https://x.example/jp/p/a/; p/a.md en https://x.example/p/a/; p/b.Pirate.md pirate https://x.example/pirate/p/b/; p/c.zh_CN.md zh-cn https://x.example/zh_cn/p/c/",
		},
		"the blog's own": {
			"baseURL = 'https://x.example'\ndefaultContentLanguage = 'jp'\n[languages.en]\n[languages.jp]\nlocale = 'ja-JP'\n",
			"content/p/a.md content/p/a.en.md", "content",
			"p/a.en.md en https://x.example/en/p/a/; p/a.md jp https://x.example/p/a/",
		},
		"hosts": {
			"defaultContentLanguage = 'fr'\n[languages.fr]\nbaseURL = 'https://fr.example/b/'\ncontentDir = 'content/french'\n[languages.jp]\nlanguageCode = 'ja'\nbaseURL = 'https://jp.example/'\ncontentDir = 'content/jp'\n",
			"content/french/p/a.md content/jp/p/a.md content/jp/one.md", "content",
			"french/p/a.md fr https://fr.example/b/p/a/; jp/one.md jp https://jp.example/one/; jp/p/a.md jp https://jp.example/p/a/",
		},
		"mounts": {
			"baseURL = 'https://x.example'\n[languages.en]\n[languages.jp]\nlocale = 'ja'\n[[module.mounts]]\nsource = 'c/en'\ntarget = 'content'\n[[module.mounts]]\nsource = 'c/jp'\ntarget = 'content'\nlang = 'jp'\n" +
				"[[module.mounts]]\nsource = 'x/blog'\ntarget = 'content/p/deep'\n[module.mounts.sites.matrix]\nlanguages = ['jp']\n[[module.mounts]]\nsource = 'c/en/p'\ntarget = 'content/p'\nlang = 'jp'\n[[module.mounts]]\nsource = 'c'\ntarget = 'static'\n",
			"c/en/p/a.md c/jp/p/a.md c/jp/p/b.md c/en/p/d.jp.md x/blog/c.md content/p/a.md", ".",
			"c/en/p/a.md en https://x.example/p/a/; c/en/p/d.jp.md jp https://x.example/jp/p/d/; c/jp/p/a.md jp https://x.example/jp/p/a/; c/jp/p/b.md jp https://x.example/jp/p/b/; x/blog/c.md jp https://x.example/jp/p/deep/c/",
		},
	} {
		dir := t.TempDir()
		files := folder{"hugo.toml": tt.config}
		for file := range strings.FieldsSeq(tt.files) {
			files[file] = md("date: 2026-01-02")
		}
		for file, text := range files {
			must(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o750))
			must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
		}
		posts := filepath.Join(dir, tt.folders)
		site, err := library.FindSite(posts)
		must(t, err)
		x := open(t, library.Dir(posts), library.Options{Site: site}).Current()
		var got []string
		for _, p := range x.Everything() {
			page := site.Page(p)
			got = append(got, p.Path+" "+x.LanguageOf(p)+" "+page)
			if to, ok := x.Find(page); !ok || to.Address != p.Address {
				t.Errorf("%s: %s is not found at %s", name, p.Path, page)
			}
		}
		slices.Sort(got)
		equal(t, name, strings.Join(got, "; "), tt.want)
		if p, ok := x.In("ja").Find("a"); !ok || !strings.Contains(p.Path, "jp") && site.Language != "jp" {
			t.Errorf("%s: a reader of Japanese gets %v", name, p)
		}
	}
}

// Links to a translation whose text is yet to come lead to the original; from a translation, links that name no
// language lead to the same language.
func TestLinksOfTranslations(t *testing.T) {
	files := folder{
		"a.md": md("date: 2026-01-02"), "a.es.md": md("date: 2026-01-02"), "b.md": md("date: 2026-01-03"), "b.es.md": md("date: 2026-01-03"),
		"c.md": md("date: 2026-01-04"), "c.es.md": "---\ntitle: C\n---\n",
	}
	x := open(t, files.fs(), library.Options{Language: "en", Site: siteOf(t, "hugo.toml: [languages.es]\n[languages.en]")}).Current()
	equal(t, "posts", shown(x.All()), "c.md b.md a.md")
	from := x.Translations(x.All().At(2))[1]
	equal(t, "from", from.Path, "a.es.md")
	for target, want := range map[string]string{"../b/": "b.es.md", "b.md": "b.es.md", "/b/": "b.md", "/es/b/": "b.es.md", "/es/c/": "c.md", "../c/": "c.md", "c.es.md": "c.md"} {
		if p, ok := x.Resolve(from, target, false); !ok || p.Path != want {
			t.Errorf("%s leads to %v, want %s", target, p, want)
		}
	}
	if p, ok := x.Find("/es/c/"); !ok || p.Path != "c.md" {
		t.Errorf("/es/c/ is %v", p)
	}
}

// A folder that is called as a language may be of a topic: where a site of Hugo's has no languages, or
// one post has the name of another outside that is not of its date, both are listed.
func TestTopicsThatAreCalledAsLanguages(t *testing.T) {
	same := folder{"intro.md": md("date: 2026-01-02"), "it/intro.md": md("date: 2026-01-02"), "faq.md": md(), "it/faq.md": md()}
	equal(t, "translations", open(t, same.fs(), library.Options{}).Current().All().Len(), 2)
	for config, want := range map[string]int{"hugo.toml: title = 'x'": 4, "zola.toml: title = 'x'": 4, "hugo.toml: [languages.it]": 2} {
		equal(t, config, open(t, same.fs(), library.Options{Site: siteOf(t, config)}).Current().All().Len(), want)
	}
	for other, want := range map[string]int{"date: 2026-01-02": 1, "date: 2025-01-02": 2, "title: Intro": 2} {
		x := open(t, folder{"intro.md": md("date: 2026-01-02"), "it/intro.md": md(other)}.fs(), library.Options{Language: "en"}).Current()
		equal(t, other, x.All().Len(), want)
	}
}

// Jekyll adds the folders above _posts to the categories of its defaults; a language that these give to
// all is the blog's; and post_url counts from _posts.
func TestJekyllsFolders(t *testing.T) {
	site := siteOf(t, "_config.yml: languages: [en, de]\ndefaults:\n- scope: {path: ''}\n  values: {lang: en}\n- scope: {path: de}\n  values: {lang: de, categories: [Deutsch]}\n")
	equal(t, "language", site.Language, "en")
	x := open(t, folder{
		"_posts/2026-01-02-hello.md": md(), "de/_posts/2026-01-02-hello.md": md(), "de/_posts/2026-01-03-nur.md": md(), "_posts/de/2026-01-04-x.md": md(),
		"x/_posts/2026-01-02-hello.md": md("date: 2026-01-02T10:00:00Z"), "_posts/2025-1-2-short.md": md(), "_posts/de/2025-01-02-short.md": md(),
	}.fs(), library.Options{Site: site}).Current()
	equal(t, "posts", shown(x.All()), "_posts/de/2026-01-04-x.md de/_posts/2026-01-03-nur.md x/_posts/2026-01-02-hello.md _posts/2026-01-02-hello.md _posts/2025-1-2-short.md")
	equal(t, "in German", shown(x.In("de").All()), "_posts/de/2026-01-04-x.md de/_posts/2026-01-03-nur.md x/_posts/2026-01-02-hello.md de/_posts/2026-01-02-hello.md _posts/de/2025-01-02-short.md")
	alone := open(t, folder{"_posts/de/2026-01-04-x.md": md(), "_posts/2026-01-05-y.md": md()}.fs(), library.Options{Site: siteOf(t, "_config.yml: title: x")}).Current()
	if p, ok := alone.Find("/2026/01/04/x.html"); !ok || p.Language != "" || len(p.Categories) > 0 { // to Jekyll such a folder says nothing
		t.Errorf("it is %+v", p)
	}
	from, _ := x.Find("de/_posts/2026-01-03-nur")
	equal(t, "categories", strings.Join(from.Categories, " "), "de Deutsch")
	for name, want := range map[string]string{
		"2026-01-02-hello": "_posts/2026-01-02-hello.md", "x/2026-01-02-hello": "x/_posts/2026-01-02-hello.md", "de/2026-01-02-hello": "de/_posts/2026-01-02-hello.md", "2026-01-04-x": "_posts/de/2026-01-04-x.md",
		"de/2026-01-04-x": "_posts/de/2026-01-04-x.md", "_posts/2026-01-02-hello.md": "_posts/2026-01-02-hello.md",
	} {
		all := slices.Clone(x.Everything())
		if p, ok := x.ResolverOf(all).Resolve(from, name, true); !ok || p.Path != want {
			t.Errorf("%s leads to %v, want %s", name, p, want)
		}
	}
}
