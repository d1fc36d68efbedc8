package library_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/library/corpus"
)

// equalNames is the path of a post in a folder in which 30 % share three names.
func equalNames(c *corpus.Corpus, i int) string {
	if i%10 >= 3 {
		return c.Path(i)
	}
	return fmt.Sprintf("p%05d/%s.md", i, [...]string{"february-update", "this-week", "index"}[i%10])
}

// writeEqualNames writes such a folder of n posts, which is theirs alone.
func writeEqualNames(c *corpus.Corpus, dir string, n int) error {
	for i := range n {
		_, text := c.Post(i)
		file := filepath.Join(dir, filepath.FromSlash(equalNames(c, i)))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, text, 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// Posts of equal names cost no more to open than others: each file is opened and read once, whatever is
// made for a post does not grow with their number, and all are found by their addresses.
// BenchmarkOpenEqualNames compares the times with those of only reading the files.
func TestEqualNamesCostNoMore(t *testing.T) {
	c := texts()
	open := func(n int, at func(int) string) (allocs float64, x *library.Index) {
		files, size, reads := make(fstest.MapFS), int64(0), (*counted)(nil)
		for i := range n {
			_, text := c.Post(i)
			files[at(i)] = &fstest.MapFile{Data: text}
			size += int64(len(text))
		}
		allocs = testing.AllocsPerRun(1, func() {
			reads = &counted{FS: files}
			lib, err := library.Open(reads, library.Options{Now: later})
			if err != nil {
				t.Fatal(err)
			}
			x = lib.Current()
		})
		if reads.files.Load() != int64(n) || reads.bytes.Load() != size {
			t.Errorf("of %d files with %d bytes, %d were opened and %d bytes read", n, size, reads.files.Load(), reads.bytes.Load())
		}
		return allocs / float64(n), x
	}
	equal := func(i int) string { return equalNames(c, i) }
	few, _ := open(300, equal)
	many, x := open(1200, equal)
	other, _ := open(1200, c.Path)
	if !underRace && (many > 1.1*few || many > 1.1*other) {
		t.Errorf("allocations a post: %.1f of 1200, %.1f of 300, %.1f of 1200 with names of their own", many, few, other)
	}
	if x.All().Len() != 1200 {
		t.Fatalf("%d posts are listed of 1200", x.All().Len())
	}
	for i := range 1200 {
		if p, ok := x.Find(equalNames(c, i)); !ok || p.Path != equalNames(c, i) {
			t.Fatalf("%s is %v", equalNames(c, i), p)
		}
	}
}

// counted counts the files that are opened in a file system, and the bytes that are read.
type counted struct {
	fs.FS
	files, bytes atomic.Int64
}

func (c *counted) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil || path.Ext(name) != ".md" {
		return f, err
	}
	c.files.Add(1)
	return &countedFile{f, c}, nil
}

type countedFile struct {
	fs.File
	of *counted
}

func (f *countedFile) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	f.of.bytes.Add(int64(n))
	return n, err
}
