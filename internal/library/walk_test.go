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
		want string // the address, or "" if it is no post
		told string // what its author is told
	}{
		{"plain.md", "plain", ""},
		{"long.markdown", "long", ""},
		{"SHOUT.MD", "shout", ""},
		{"bundle/index.md", "bundle", ""},
		{"2026/03/nested.md", "nested", ""},
		{"2026/03/deep/index.markdown", "deep", ""},
		{"_posts/2026-01-02-jekyll.md", "jekyll", ""},
		{"some_posts/fine.md", "fine", ""},
		{"_index.md", "", ""},
		{"topic/_index.md", "", ""},
		{"_index.fr.md", "", ""},
		{"README.md", "", "a README speaks"},
		{"bundle/readme.markdown", "", "a README speaks"},
		{"readme-first.md", "readme-first", ""},
		{".hidden.md", "", ""},
		{".git/notes.md", "", ""},
		{"_private/notes.md", "", "begins with _ is not looked into"},
		{"_layouts/post.html", "", ""},
		{"_notes.md", "", "begins with _"},
		{".#lock.md", "", ""},
		{"#autosave.md#", "", ""},
		{"#odd.md", "", ""},
		{"backup.md~", "", ""},
		{".swap.md.swp", "", ""},
		{"~saved.md", "", "begins with ~"},
		{"~$office.html", "", "begins with ~"},
		{"saved.tmp.md", "saved-tmp", ""},
		{"picture.png", "", ""},
		{"text.txt", "", "ends in .md or .markdown"},
		{"md", "", "ends in .md or .markdown"},
		{".md", "", ""},
		{"e.mdown", "e", ""},
		{"f.MKD", "f", ""},
		{"g.mkdn", "g", ""},
		{"h.mkdown", "h", ""},
		{"i.mdx", "i", ""},
		{"j.html", "j", ""},
		{"k/index.htm", "k", ""},
		{"l.md.txt", "", "ends in .md or .markdown"},
		{"m.org", "", "only Markdown and HTML are read"},
		{"n.sync-conflict-20261128-093000-ABCDEFG.md", "", "in conflict"},
		{"o (Ann's conflicted copy 2026-11-28).md", "", "in conflict"},
		{"p_LOCAL_1234.md", "", "in conflict"},
		{"p.md.bak", "", "a backup of a post"},
		{"p.markdown.orig", "", "a backup of a post"},
		{"p.go.orig", "", ""},
		{"q_host_Nov-28-093000-2026_Conflict.md", "", "in conflict"},
		{"merge_conflict.md", "merge_conflict", ""},
		{"db_backup_2024.md", "db_backup_2024", ""},
		{"on-a-conflict.md", "on-a-conflict", ""},
		{"node_modules/r/s.md", "", "Node.js"},
		{"_drafts/idea.md", "", ""},
		{"topic/_drafts/idea.md", "", ""},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			x := open(t, folder{test.path: md("title: A title")}.fs(), library.Options{}).Current()
			equal(t, "posts", strings.ToLower(all(x)), test.want)
			told := ""
			for _, p := range x.Problems() {
				equal(t, "severity", p.Severity, post.Notice)
				told += p.What
			}
			if !strings.Contains(told, test.told) || test.told == "" && told != "" {
				t.Errorf("it is told %q, want %q", told, test.told)
			}
		})
	}
}

// What is left out is told, with one line where it is the same of many files.
func TestFilesThatAreLeftOut(t *testing.T) {
	files := folder{
		"a.html": "<p>A</p>", "_posts/2026-01-02-b.html": "<p>B</p>", "LICENSE": "Text.", "in/README.md": "# Read me", "in/c.txt": "Text.",
		"in/d.txt": md("title: D"), "e/1.html": "<p>", "e/2.html": "<p>", "e/3.html": "<p>", "e/4.html": "<p>", "e/5.html": md("title: E"),
	}
	x := open(t, files.fs(), library.Options{}).Current()
	equal(t, "posts", all(x), "b 5")
	wantProblem(t, x.Problems(), "a.html", post.Notice, "begins with front matter")
	wantProblem(t, x.Problems(), "in/d.txt", post.Notice, ".md or .markdown")
	wantProblem(t, x.Problems(), "e/1.html", post.Notice, "4 files here (1.html, 2.html, 3.html, 4.html): ", "begins with front matter")
	equal(t, "notices", len(x.Problems()), 3)
}

func TestTextPosts(t *testing.T) {
	files := folder{"a.txt": md("title: A"), "b.txt": "Text.", "c": md("title: C"), "in/d.md.txt": md("title: D")}
	equal(t, "posts", all(open(t, files.fs(), library.Options{TextPosts: true}).Current()), "a d-md")
	equal(t, "posts by default", all(open(t, files.fs(), library.Options{}).Current()), "")
}

// A post that becomes a file of another kind is gone.
func TestPostLosesItsFrontMatter(t *testing.T) {
	fsys := folder{"a.html": md("title: A"), "b.md": md()}.fs()
	lib := open(t, fsys, library.Options{})
	write(fsys, "a.html", "<p>A</p>", noon.Add(-1))
	reload(t, lib)
	equal(t, "posts", all(lib.Current()), "b")
}

func TestDraftsFolder(t *testing.T) {
	x := open(t, folder{"_drafts/idea.md": md("title: An idea", "date: 2026-01-01")}.fs(), library.Options{}).Current()
	if len(x.Excluded()) != 1 {
		t.Fatalf("excluded: %v", x.Excluded())
	}
	equal(t, "excluded", x.Excluded()[0], library.Excluded{Path: "_drafts/idea.md", Address: "_drafts/idea", Reason: library.Draft, Post: x.Excluded()[0].Post})
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
	wantProblem(t, x.Problems(), "huge.md", post.Error, "the file is 786432 bytes")
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
