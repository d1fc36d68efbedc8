//go:build unix

package library_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// A projected volume is replaced as the kubelet does it: a new folder, a link
// renamed over ..data, links added and removed, the old folder deleted. At each
// step a reload finds what is there, and nothing is a problem.
func TestAProjectedVolumeIsReplaced(t *testing.T) {
	dir := tree(t, map[string]string{
		"..1/a.md":     md("title: A", "date: 2026-01-01"),
		"..1/b.md":     md("title: B", "date: 2026-01-02"),
		"..1/ops/c.md": md("title: C", "date: 2026-01-03"),
		"..data":       "-> ..1",
		"a.md":         "-> ..data/a.md",
		"b.md":         "-> ..data/b.md",
		"ops":          "-> ..data/ops",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	lib := open(t, library.Dir(dir), library.Options{Now: time.Now})
	equal(t, "posts", all(lib.Current()), "c b a")
	step := func(posts string) {
		t.Helper()
		reload(t, lib)
		equal(t, "posts", all(lib.Current()), posts)
		equal(t, "problems", len(lib.Current().Problems()), 0)
	}

	must(t, os.MkdirAll(at("..2/ops"), 0o755))
	must(t, os.WriteFile(at("..2/a.md"), []byte(md("title: A again", "date: 2026-01-01")), 0o644))
	must(t, os.WriteFile(at("..2/b.md"), []byte(md("title: B again", "date: 2026-01-02")), 0o644))
	must(t, os.WriteFile(at("..2/ops/d.md"), []byte(md("title: D", "date: 2026-01-04")), 0o644))
	step("c b a")
	must(t, os.Symlink("..2", at("..data_tmp")))
	step("c b a")
	must(t, os.Rename(at("..data_tmp"), at("..data")))
	step("d b a")
	must(t, os.Symlink("..data/ops/d.md", at("e.md")))
	must(t, os.Remove(at("b.md")))
	step("d e a")
	must(t, os.RemoveAll(at("..1")))
	step("d e a")
	equal(t, "the newest version", lib.Current().All().At(2).Title(), "A again")
}
