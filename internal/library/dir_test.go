//go:build unix

package library_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
		"years":            "-> 2026",
		"loop":             "-> .",
		"2026/loop":        "-> ..",
		"outside":          "-> " + outside,
		"picture.png":      "-> nowhere.png",
		// A ConfigMap as Kubernetes mounts it.
		"..2026_03_12/mounted.md": md("title: Mounted"),
		"..data":                  "-> ..2026_03_12",
		"mounted.md":              "-> ..data/mounted.md",
		// And a projected volume, with a path that has a folder.
		"..2026_03_12/ops/below/projected.md": md("title: Projected"),
		"..2026_03_12/ops/linked.md":          "-> ../mounted.md",
		"..2026_03_12/ops/.hidden/x.md":       md("title: Hidden"),
		"..2026_03_12/ops/loop":               "-> ../../..data",
		"ops":                                 "-> ..data/ops",
		"opsagain":                            "-> ..2026_03_12/ops",
	})
	x := open(t, library.Dir(dir), library.Options{Now: time.Now}).Current()
	equal(t, "posts", all(x), "real inside linked mounted plain projected up")
	for _, name := range []string{"absolute.md", "climbing.md", "dangling.md", "circle.md", "2026/out.md"} {
		wantProblem(t, x.Problems(), name, post.Error, "link", "inside the posts folder")
	}
	for _, name := range []string{"years", "loop", "2026/loop", "ops/loop", "opsagain"} {
		wantProblem(t, x.Problems(), name, post.Warning, "not followed")
	}
	wantProblem(t, x.Problems(), "outside", post.Warning, "leads out of the posts folder")
	equal(t, "problems", len(x.Problems()), 11)

	// Another file system gives no such promise, so there links are left alone.
	x = open(t, os.DirFS(dir), library.Options{Now: time.Now}).Current()
	equal(t, "posts", all(x), "real plain")
}

// However links are chained through places that are not looked into, each file is
// found once.
func TestLinksMultiplyNothing(t *testing.T) {
	files := map[string]string{
		".h/top": "-> ..", ".h/plain": "-> ../plain", "_h/chain": "-> ../.h/top",
		"root": "-> .h/top", "again": "-> .h/plain", "twice": "-> _h/chain", "back": "-> .h/../plain",
		"up": "-> .h/x/../../plain", "plain/post.md": md("title: Post"),
		"far": "-> ../../.h", "v1.2": "-> /elsewhere/v1.2", "cover.png": "-> /elsewhere/cover.png", "lost": "-> nowhere",
	}
	deep := ".h/x"
	for i := range 20 {
		files[deep+"/in.md"] = md("title: In")
		files[fmt.Sprintf("link%02d", i)] = "-> " + deep
		deep += "/d"
	}
	files[".h/y/other.md"] = md("title: Other")
	files["y"] = "-> .h/y"
	x := open(t, library.Dir(tree(t, files)), library.Options{Now: time.Now}).Current()
	for _, name := range []string{"other", "post", "in"} {
		if _, ok := x.Find(name); !ok {
			t.Errorf("%s is not there", name)
		}
	}
	again, links := 0, 0
	for _, p := range x.Problems() {
		switch {
		case strings.Contains(p.What, "the address"):
			again++
		case strings.Contains(p.What, "not followed"):
			links++
		default:
			t.Errorf("unexpected: %v", p)
		}
	}
	if again != 0 || links != 19+5+2 {
		t.Errorf("%d posts were found again and %d links are told of: %v", again, links, x.Problems())
	}
	for _, name := range []string{"far", "v1.2"} {
		wantProblem(t, x.Problems(), name, post.Warning, "leads out of the posts folder")
	}
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
	if _, err := lib.Reload(); !errors.Is(err, library.ErrEmpty) {
		t.Errorf("reload of an empty folder: %v", err)
	}
	equal(t, "posts", all(lib.Current()), "b")
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

// The paths in a cascade are those of the site, of which the posts may be a part.
func TestCascadeOfASite(t *testing.T) {
	dir := tree(t, map[string]string{
		"content/blog/_index.md": about("cascade: {draft: true, target: {path: '/blog/wip/*'}}"),
		"content/blog/a.md":      md(), "content/blog/wip/b.md": md(), "content/blog/other/wip/c.md": md(),
	})
	equal(t, "listed", all(open(t, library.Dir(filepath.Join(dir, "content", "blog")), library.Options{}).Current()), "a c")
	equal(t, "listed of the whole site", all(open(t, library.Dir(dir), library.Options{}).Current()), "a c")
}

// To see that links lead out of the folder 40 are followed from one to the next, as Linux does.
func TestEdgeOfLinks(t *testing.T) {
	files := map[string]string{".store/0": "-> ../../elsewhere", "enough": "-> .store/38", "many": "-> .store/39", "round": "-> round"}
	for i := range 40 {
		files[fmt.Sprintf(".store/%d", i+1)] = fmt.Sprintf("-> %d", i)
	}
	x := open(t, library.Dir(tree(t, files)), library.Options{Now: time.Now}).Current()
	wantProblem(t, x.Problems(), "enough", post.Warning, "leads out of the posts folder")
	equal(t, "problems", len(x.Problems()), 1)
}
