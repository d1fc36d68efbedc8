package push

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// waiting is objects that are written and have not got their names yet: they get these once they are on
// the disk, since a name tells that an object is whole.
type waiting struct {
	dir   string
	names []string //ledger:counted files of the posts folder, as the library has them
}

// add returns where to put an object that is to get a name in a folder.
func (w *waiting) add(dir, name string) string {
	w.names = append(w.names, filepath.Join(dir, name))
	return w.file(len(w.names) - 1)
}

func (w *waiting) file(i int) string { return filepath.Join(w.dir, strconv.Itoa(i)) }

// Together implements [Store]: what is written is flushed at once: a flush of each
// of thousands of files waits for the disk as often.
func (g *git) Together(f func() error) error {
	w := &waiting{dir: filepath.Join(g.dir, "objects", "waiting")}
	err := errors.Join(os.RemoveAll(w.dir), os.MkdirAll(w.dir, 0o700)) // one that was cut has left it
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(w.dir) }() // what is left is removed by the next
	g.waiting = w
	err = f()
	g.waiting = nil
	if err == nil {
		err = syncAll(w.dir)
	}
	for i, name := range w.names {
		if err == nil {
			err = os.MkdirAll(filepath.Dir(name), 0o700)
		}
		if err == nil {
			err = os.Rename(w.file(i), name)
		}
	}
	if err == nil {
		err = syncAll(w.dir)
	}
	return err
}
