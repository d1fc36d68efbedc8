package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	posts := filepath.Join(dir, "blog")
	for name, text := range map[string]string{
		"blog/a.md":         "---\ntitle: A\ndate: 2024-01-02\ntags: [x]\n---\n[b](/b/) [c](/c/) [old](/2023/b/)\n",
		"blog/b.md":         "---\ntitle: B\nurl: /b/\ndate: 2023-05-06\n---\nB.\n",
		"blog/draft.md":     "---\ntitle: D\ndraft: true\n---\nD.\n",
		"blog.engine.jsonl": `{"path":"a.md","url":"/a/","slug":"a","title":"A","date":"2024-01-02T00:00:00Z","tags":["y"]}` + "\n" + `{"path":"b.md","url":"/b/","slug":"b","title":"Not B","date":"2023-05-06"}` + "\n" + `{"path":"c.md","url":"/c/","slug":"c"}` + "\n" + `{"path":"draft.md","draft":true}` + "\n",
	} {
		if err := os.MkdirAll(posts, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := compare(posts, filepath.Join(dir, "blog.engine.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(c.differences)
	want := []string{`a.md: tags: "x", not "y"`, "a.md: the link /c/ leads nowhere", `b.md: title: "B", not "Not B"`, `c.md: state: "false", not "true"`}
	if !slices.Equal(c.differences, want) {
		t.Errorf("the differences are %q", c.differences)
	}
	if c.pages != 3 || c.listed != 2 || c.byURL != 2 || c.byPath != 2 || c.title != 1 || c.date != 2 || c.slug != 2 || c.state != 3 || c.right != 1 || c.dead != 1 || c.wrong != 0 || c.only != 1 {
		t.Errorf("got %+v", c)
	}
}
