package push

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// stagedOf returns how many folders and files are staged for a transfer.
func stagedOf(t *testing.T, tr *Transfer) (folders, files int) {
	t.Helper()
	if err := fs.WalkDir(os.DirFS(tr.dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == "." || name == "lock" || name == arriving || name == arrived:
		case d.IsDir():
			folders++
		default:
			files++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return folders, files
}

// A file that is staged has the folders of its name alone, however often it was renamed and whether that was refused,
// and they are counted.
func TestFoldersOfStagedFiles(t *testing.T) {
	p := open(t, t.TempDir())
	tr := begin(t, p, "anna")
	const levels = 3
	deep := func(n int) string { return strings.Repeat(fmt.Sprint(n, "/"), levels) }
	send(t, tr, "a", "text")
	send(t, tr, "f", "")
	send(t, tr, "b/bad", "---\ndate: [\n---\n")
	from := "a"
	for i := range 200 {
		to := deep(i) + "a"
		if problems, err := tr.Rename(t.Context(), from, to); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		from = to
		if problems, _ := tr.Rename(t.Context(), "b/bad", deep(i)+"bad.md"); len(problems) == 0 {
			t.Fatal("a broken post is accepted")
		}
		if _, err := tr.Rename(t.Context(), "b/bad", "f/c"); err == nil {
			t.Fatal("a file is a folder")
		}
		send(t, tr, "b/bad", "---\ndate: [\n---\n") // which is lost, as it was moved
	}
	if folders, files := stagedOf(t, tr); folders != levels+1 || files != 3 {
		t.Errorf("%d folders and %d files are staged", folders, files)
	}
	const size = int64(len("text") + len("---\ndate: [\n---\n"))
	if taken := tr.disk.Taken().Bytes; taken != size+diskOfFile*(levels+1+3) {
		t.Errorf("they take %d bytes, of which %d are theirs", taken, size)
	}
	for _, name := range []string{from, "b/bad", "f"} {
		if err := tr.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if folders, files := stagedOf(t, tr); folders+files != 0 || tr.disk.Taken().Bytes != 0 {
		t.Errorf("of none %d folders and %d files are staged, which take %d bytes", folders, files, tr.disk.Taken().Bytes)
	}
}

// A file may take the name of the folder that it was alone in.
func TestRenameToItsFolder(t *testing.T) {
	tr := begin(t, open(t, t.TempDir()), "anna")
	send(t, tr, "a/b/c", "text")
	for _, to := range []string{"a/b", "a", "a/b/c"} {
		from := ""
		for from = range tr.files {
		}
		if problems, err := tr.Rename(t.Context(), from, to); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
	}
	if folders, files := stagedOf(t, tr); folders != 2 || files != 1 {
		t.Errorf("%d folders and %d files are staged", folders, files)
	}
}

// Folders are refused when a transfer has as many as it may.
func TestFoldersHaveALimit(t *testing.T) {
	p := open(t, t.TempDir())
	p.config.Limits.Transfer = 64 << 10
	tr := begin(t, p, "anna")
	deep := strings.Repeat("a/", 14) + "a"
	send(t, tr, "a", "")
	if _, err := tr.Rename(t.Context(), "a", deep); err != nil {
		t.Fatal(err)
	}
	send(t, tr, "b", "")
	if _, err := tr.Rename(t.Context(), "b", "b/b"); !errors.Is(err, errFull) {
		t.Errorf("16 files and folders are followed by another: %v", err)
	}
	if _, err := tr.Create("b/c"); !errors.Is(err, errFull) {
		t.Errorf("a file in a folder follows: %v", err)
	}
	if _, err := tr.Rename(t.Context(), deep, "c"); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Rename(t.Context(), "b", "d/b"); err != nil {
		t.Errorf("what was given back is not there: %v", err)
	}
}
