package library_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

func TestWhichFilesArePosts(t *testing.T) {
	tests := []struct {
		path string
		want string // the slug, or "" if it is no post
	}{
		{"plain.md", "plain"},
		{"long.markdown", "long"},
		{"SHOUT.MD", "shout"},
		{"bundle/index.md", "bundle"},
		{"2026/03/nested.md", "nested"},
		{"2026/03/deep/index.markdown", "deep"},
		{"_posts/2026-01-02-jekyll.md", "jekyll"},
		{"some_posts/fine.md", "fine"},
		{"_index.md", ""},
		{"topic/_index.md", ""},
		{"_index.fr.md", ""},
		{"README.md", ""},
		{"bundle/readme.markdown", ""},
		{"readme-first.md", "readme-first"},
		{".hidden.md", ""},
		{".git/notes.md", ""},
		{"_private/notes.md", ""},
		{"_notes.md", ""},
		{".#lock.md", ""},
		{"#autosave.md#", ""},
		{"#odd.md", ""},
		{"backup.md~", ""},
		{".swap.md.swp", ""},
		{"picture.png", ""},
		{"text.txt", ""},
		{"md", ""},
		{".md", ""},
		{"_drafts/idea.md", ""},
		{"topic/_drafts/idea.md", ""},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			x := open(t, folder{test.path: md("title: A title")}.fs(), library.Options{}).Current()
			equal(t, "posts", strings.ToLower(all(x)), test.want)
			if len(x.Problems()) > 0 {
				t.Errorf("problems: %v", x.Problems())
			}
		})
	}
}

func TestDraftsFolder(t *testing.T) {
	x := open(t, folder{"_drafts/idea.md": md("title: An idea", "date: 2026-01-01")}.fs(), library.Options{}).Current()
	if len(x.Excluded()) != 1 {
		t.Fatalf("excluded: %v", x.Excluded())
	}
	equal(t, "excluded", x.Excluded()[0], library.Excluded{Path: "_drafts/idea.md", Slug: "idea", Reason: library.Draft})
}

func TestOddFiles(t *testing.T) {
	m := folder{"good.md": md("title: Good")}.fs()
	m["pipe.md"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	m["link.md"] = &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte("good.md")}
	m["huge.md"] = &fstest.MapFile{Data: make([]byte, 3*post.MaxSize)}
	x := open(t, m, library.Options{}).Current()
	equal(t, "posts", all(x), "good")
	wantProblem(t, x.Problems(), "pipe.md", post.Error, "not a regular file")
	wantProblem(t, x.Problems(), "link.md", post.Error, "symbolic link")
	wantProblem(t, x.Problems(), "huge.md", post.Error)
}

func TestUnreadableFilesAndFolders(t *testing.T) {
	s := &spy{FS: folder{
		"good.md":          md("title: Good"),
		"secret.md":        md("title: Secret"),
		"locked/one.md":    md("title: One"),
		"crash\x1b.md":     md("title: Crash"),
		"locked/in/two.md": md("title: Two"),
	}.fs(), fail: map[string]func() error{
		"secret.md":    denied,
		"locked":       denied,
		"crash\x1b.md": func() error { panic("no") },
	}}
	x := open(t, s, library.Options{}).Current()
	equal(t, "posts", all(x), "good")
	wantProblem(t, x.Problems(), "secret.md", post.Error, "permission denied", "user")
	wantProblem(t, x.Problems(), "locked", post.Error, "permission denied", "folder")
	for _, p := range x.Problems() {
		if strings.ContainsRune(p.String(), '\x1b') {
			t.Errorf("a control character in %q", p)
		}
	}
	equal(t, "problems", len(x.Problems()), 3)
}

func TestDeepFoldersAreRefused(t *testing.T) {
	deepest := strings.Repeat("d/", 32)
	x := open(t, folder{
		deepest + "good.md":     md("title: Good"),
		deepest + "e/below.md":  md("title: Below"),
		deepest + "e/f/more.md": md("title: More"),
	}.fs(), library.Options{}).Current()
	equal(t, "posts", all(x), "good")
	equal(t, "problems", len(x.Problems()), 1)
	wantProblem(t, x.Problems(), deepest+"e", post.Error, "32 levels", "folder")
}
