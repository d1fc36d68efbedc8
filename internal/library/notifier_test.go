//go:build linux

package library_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// told is a folder on disk that is watched, and looked at every interval.
type told struct {
	t       *testing.T
	lib     *library.Library
	reloads chan string
}

func watchDir(t *testing.T, dir string, interval time.Duration, unwatched func(error)) *told {
	t.Helper()
	w := &told{t, open(t, library.Dir(dir), library.Options{Now: time.Now}), make(chan string, 100)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = w.lib.Watch(t.Context(), library.Watching{
			Interval: interval, Quiet: 50 * time.Millisecond, Unwatched: unwatched,
			Reload: func(still *library.Still) error {
				report, err := w.lib.ReloadStill(still)
				w.reloads <- report.String()
				return err
			},
		})
	}()
	t.Cleanup(func() { <-ended })
	return w
}

// sees waits until the posts are these.
func (w *told) sees(posts string) {
	w.t.Helper()
	late := time.After(20 * time.Second)
	for all(w.lib.Current()) != posts {
		select {
		case <-w.reloads:
		case <-late:
			w.t.Fatalf("the posts stay %q, and should be %q", all(w.lib.Current()), posts)
		}
	}
}

// The system tells of every change that a reload would find, whatever way the files come in.
// No interval comes to its help here.
func TestChangesAreToldOf(t *testing.T) {
	dir := tree(t, map[string]string{
		"one/posts/a.md":     md("title: A", "date: 2026-01-01"),
		"one/posts/sub/b.md": md("title: B", "date: 2026-01-02"),
		"two/posts/c.md":     md("title: C", "date: 2026-01-03"),
		"three/d.md":         md("title: D", "date: 2026-01-04"),
		"current":            "-> one",
	})
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	place := func(file, text string) { must(t, os.WriteFile(file, []byte(text), 0o644)) }
	w := watchDir(t, at("current", "posts"), time.Hour, func(err error) { t.Error(err) })
	w.sees("b a")

	place(at("one/posts/e.md"), md("title: E", "date: 2026-01-05"))
	w.sees("e b a")
	place(at("one/posts/sub/.f.md.Xy12"), md("title: F", "date: 2026-01-06")) // as rsync does
	must(t, os.Rename(at("one/posts/sub/.f.md.Xy12"), at("one/posts/sub/f.md")))
	w.sees("f e b a")
	must(t, os.Remove(at("one/posts/e.md")))
	w.sees("f b a")
	must(t, os.MkdirAll(at("one/posts/new/deep"), 0o755))
	place(at("one/posts/new/deep/g.md"), md("title: G", "date: 2026-01-07"))
	w.sees("g f b a")
	place(at("one/posts/new/deep/h.md"), md("title: H", "date: 2026-01-08"))
	w.sees("h g f b a")
	must(t, os.Rename(at("one/posts/new"), at("away")))
	w.sees("f b a")

	// Another folder in its place: by a link on the way, as git-sync does, and by renaming.
	must(t, os.Symlink("two", at("next")))
	must(t, os.Rename(at("next"), at("current")))
	w.sees("c")
	place(at("two/posts/i.md"), md("title: I", "date: 2026-01-09"))
	w.sees("i c")
	must(t, os.Rename(at("two/posts"), at("two/old")))
	must(t, os.Rename(at("three"), at("two/posts")))
	w.sees("d")
	place(at("two/posts/j.md"), md("title: J", "date: 2026-01-10"))
	w.sees("j d")
}

// A volume of Kubernetes, and folders of one that are links into it.
func TestAMountedVolumeIsWatched(t *testing.T) {
	dir := tree(t, map[string]string{
		"..1/a.md":     md("title: A", "date: 2026-01-01"),
		"..1/ops/b.md": md("title: B", "date: 2026-01-02"),
		"..data":       "-> ..1",
		"a.md":         "-> ..data/a.md",
		"ops":          "-> ..data/ops",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	w := watchDir(t, dir, time.Hour, func(err error) { t.Error(err) })
	w.sees("b a")
	for i, posts := range []string{"c2 a", "c3 a"} { // twice: what was watched the first time is gone
		next := fmt.Sprintf("..%d", i+2)
		must(t, os.MkdirAll(at(next+"/ops"), 0o755))
		must(t, os.WriteFile(at(next+"/a.md"), []byte(md("title: A", "date: 2026-01-01")), 0o644))
		must(t, os.WriteFile(at(next+"/ops/"+strings.Fields(posts)[0]+".md"), []byte(md("title: C", "date: 2026-01-03")), 0o644))
		must(t, os.Symlink(next, at("..data_tmp")))
		must(t, os.Rename(at("..data_tmp"), at("..data")))
		must(t, os.RemoveAll(at(fmt.Sprintf("..%d", i+1))))
		w.sees(posts)
		equal(t, "problems", len(w.lib.Current().Problems()), 0)
	}
	must(t, os.WriteFile(at("..data/ops/d.md"), []byte(md("title: D", "date: 2026-01-04")), 0o644))
	w.sees("d c3 a")
}

// What editors and copying programs leave beside a post for a moment is none.
func TestTemporaryNamesAreNoPosts(t *testing.T) {
	files := map[string]string{"a.md": md("title: A")}
	for _, name := range []string{".a.md.swp", ".#a.md", "#a.md#", "a.md~", ".a.md.kate-swp", ".goutputstream-XY12Z1", "a.md___jb_tmp___", ".a.md.Xy12Zq", ".rsync-partial/a.md", "a.md.part", "a.md.tmp", "a.md.filepart", "4913", "sedXy12Zq"} {
		files[name] = md("title: Half")
	}
	equal(t, "posts", all(open(t, library.Dir(tree(t, files)), library.Options{}).Current()), "a")
}

// The system is not asked to watch any number of folders: where there are too many, that is
// told of once, and changes are noticed at the interval.
func TestTooManyFoldersToWatch(t *testing.T) {
	files := map[string]string{"a.md": md("title: A", "date: 2026-01-01")}
	dir := tree(t, files)
	for i := range 1100 {
		must(t, os.MkdirAll(filepath.Join(dir, "many", fmt.Sprint(i)), 0o755))
	}
	var why []string
	w := watchDir(t, dir, 10*time.Millisecond, func(err error) { why = append(why, err.Error()) })
	must(t, os.WriteFile(filepath.Join(dir, "many", "7", "b.md"), []byte(md("title: B", "date: 2026-01-02")), 0o644))
	w.sees("b a")
	must(t, os.WriteFile(filepath.Join(dir, "many", "8", "c.md"), []byte(md("title: C", "date: 2026-01-03")), 0o644))
	w.sees("c b a")
	equal(t, "told of", strings.Join(why, ", "), "there are more than 1024 folders")
}
