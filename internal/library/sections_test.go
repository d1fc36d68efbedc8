package library

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// openSite opens the posts in a folder of a website whose files are given.
func openSite(t *testing.T, folder string, files map[string]string) (Site, *Index) {
	t.Helper()
	dir := t.TempDir()
	for file, text := range files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o750), os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	site, err := FindSite(filepath.Join(dir, folder))
	if err != nil {
		t.Fatal(err)
	}
	lib, err := Open(Dir(filepath.Join(dir, folder)), Options{Site: site})
	if err != nil {
		t.Fatal(err)
	}
	return site, lib.Current()
}

// A reference may name a page that holds others, as in Hugo: from the folder of the post, from the root, or by
// a name that only one has.
func TestSectionsOfReferences(t *testing.T) {
	const text = "---\ntitle: A\ndate: 2024-01-02\n---\nText."
	files := map[string]string{
		"hugo.toml": "baseURL = 'https://x.example/sub/'\n[languages.en]\n[languages.es]\n", "content/blog/_index.md": text, "content/blog/a.md": text,
		"content/blog/sub/_index.md": text, "content/blog/docs.md": text, "content/docs/guide/_index.md": text, "content/news/b/index.md": text,
		"content/blog/x/twice/_index.md": text, "content/docs/twice/_index.md": text, "content/docs/sub.md": text, "content/about/index.md": text, "content/blog/a.es.md": text,
	}
	const home = "https://x.example/sub"
	for _, tt := range []struct{ target, all, blog string }{
		{"/blog", home + "/blog/", home + "/blog/"},
		{"/blog/", home + "/blog/", home + "/blog/"},
		{"/blog/_index.md", home + "/blog/", home + "/blog/"},
		{"/blog#top", home + "/blog/#top", home + "/blog/#top"},
		{"_index.md", home + "/blog/", home + "/blog/"},
		{"sub", home + "/blog/sub/", home + "/blog/sub/"},
		{"./sub/_index.md", home + "/blog/sub/", home + "/blog/sub/"},
		{"../docs/guide", home + "/docs/guide/", ""},
		{"docs/guide", home + "/docs/guide/", ""},
		{"guide", home + "/docs/guide/", ""},
		{"news", home + "/news/", ""}, // has no _index.md
		{"/docs", home + "/docs/", home + "/docs/"},
		{"/", home + "/", home + "/"},
		{"twice", "", home + "/blog/x/twice/"}, // which of them?
		{"/blog/none", "", ""},
		{"/about", "", home + "/about/"}, // a page of the folder
	} {
		for folder, want := range map[string]string{"content": tt.all, "content/blog": tt.blog} {
			site, x := openSite(t, folder, files)
			from, ok := x.Find(map[string]string{"content": "blog/a.md", "content/blog": "a.md"}[folder])
			if !ok {
				t.Fatal("there is no post to link from")
			}
			if got, ok := site.Section(from, tt.target); got != want || ok != (want != "") {
				t.Errorf("%s: %s leads to %q, %t, want %q", folder, tt.target, got, ok, want)
			}
			if p, ok := x.Resolve(from, tt.target, true); ok && want != "" && tt.target != "/about" {
				t.Errorf("%s: %s leads to %s, too", folder, tt.target, p.Path)
			}
		}
	}
	site, x := openSite(t, "content", files)
	for _, p := range x.Everything() {
		if got, _ := site.Section(p, "/blog"); p.Language == "es" && got != home+"/es/blog/" {
			t.Errorf("in Spanish /blog leads to %q", got)
		}
	}
	delete(files, "hugo.toml")
	site, x = openSite(t, "content", files)
	if from, _ := x.Find("blog/a.md"); from == nil {
		t.Error("there is no post to link from")
	} else if page, ok := site.Section(from, "/blog"); page != "" || !ok {
		t.Errorf("without a site /blog is %q, %t", page, ok)
	}
}
