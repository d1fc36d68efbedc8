//go:build unix

package library_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// tree makes files, and links for texts of the form "-> target", under a new
// temporary folder, which it returns.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		if len(text) > 3 && text[:3] == "-> " {
			must(t, os.Symlink(text[3:], file))
			continue
		}
		must(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return dir
}

func TestLinksStayInside(t *testing.T) {
	outside := tree(t, map[string]string{"secret.md": md("title: Secret")})
	dir := tree(t, map[string]string{
		"real.md":          md("title: Real", "date: 2026-01-01"),
		"inside.md":        "-> .store/stored.md",
		".store/stored.md": md("title: Stored"),
		"2026/plain.md":    md("title: Plain"),
		"2026/up.md":       "-> ../.store/stored.md",
		"2026/out.md":      "-> ../../" + filepath.Base(outside) + "/secret.md",
		"absolute.md":      "-> " + filepath.Join(outside, "secret.md"),
		"climbing.md":      "-> ../" + filepath.Base(outside) + "/secret.md",
		"dangling.md":      "-> nowhere.md",
		"circle.md":        "-> circle.md",
		"years":            "-> .store",
		"outside":          "-> " + outside,
		"picture.png":      "-> nowhere.png",
		// A ConfigMap as Kubernetes mounts it.
		"..2026_03_12/mounted.md": md("title: Mounted"),
		"..data":                  "-> ..2026_03_12",
		"mounted.md":              "-> ..data/mounted.md",
	})
	x := open(t, library.Dir(dir), library.Options{Now: time.Now}).Current()
	equal(t, "posts", all(x), "real inside mounted plain up")
	for _, name := range []string{"absolute.md", "climbing.md", "dangling.md", "circle.md", "2026/out.md"} {
		wantProblem(t, x.Problems(), name, post.Error, "link", "inside the posts folder")
	}
	wantProblem(t, x.Problems(), "years", post.Warning, "not followed")
	equal(t, "problems", len(x.Problems()), 6)

	// Another file system gives no such promise, so there links are left alone.
	x = open(t, os.DirFS(dir), library.Options{Now: time.Now}).Current()
	equal(t, "posts", all(x), "real plain")
}

// Deployments replace a folder as a whole by pointing a link elsewhere.
func TestDirIsResolvedForEveryReload(t *testing.T) {
	base := tree(t, map[string]string{
		"one/a.md": md("title: A"),
		"two/b.md": md("title: B"),
		"posts":    "-> one",
	})
	posts := filepath.Join(base, "posts")
	lib := open(t, library.Dir(posts), library.Options{Now: time.Now})
	equal(t, "posts", all(lib.Current()), "a")

	must(t, os.Symlink("two", posts+".new"))
	must(t, os.Rename(posts+".new", posts))
	equal(t, "report", reload(t, lib).String(), "1 new post, 1 removed")
	equal(t, "posts", all(lib.Current()), "b")

	must(t, os.Remove(posts))
	if _, err := lib.Reload(); err == nil {
		t.Error("no error for a folder that is gone")
	}
	must(t, os.WriteFile(posts, nil, 0o644))
	if _, err := lib.Reload(); err == nil {
		t.Error("no error for a file in place of the folder")
	}
	equal(t, "posts", all(lib.Current()), "b")
	must(t, os.Remove(posts))
	must(t, os.Mkdir(posts, 0o755))
	equal(t, "an empty folder", reload(t, lib).String(), "1 post removed")
}

// A tool may write a file in place and then set its time back; the inode tells.
func TestSameSizeAndTime(t *testing.T) {
	dir := tree(t, map[string]string{"a.md": md("title: One")})
	file := filepath.Join(dir, "a.md")
	old := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(file, old, old))
	// By this clock nothing is racy, so only the stamp can tell.
	lib := open(t, library.Dir(dir), library.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }})

	replacement := filepath.Join(dir, "a.md.tmp")
	must(t, os.WriteFile(replacement, []byte(md("title: Two")), 0o644))
	must(t, os.Chtimes(replacement, old, old))
	must(t, os.Rename(replacement, file))
	equal(t, "report", reload(t, lib).String(), "1 post changed")
}

func TestDirIsAFileSystem(t *testing.T) {
	dir := library.Dir(tree(t, map[string]string{"a/b.md": "text", "out": "-> /etc"}))
	text, err := fs.ReadFile(dir, "a/b.md")
	must(t, err)
	equal(t, "text", string(text), "text")
	entries, err := fs.ReadDir(dir, "a")
	must(t, err)
	equal(t, "entries", len(entries), 1)
	for _, name := range []string{"none.md", "../a", "/etc/passwd", "out/passwd"} {
		if _, err := dir.Open(name); err == nil {
			t.Errorf("opened %s", name)
		}
	}
	if _, err := library.Dir("/nonexistent/posts").Open("."); err == nil {
		t.Error("opened a folder that is not there")
	}
}
