package push

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// errOpen says that as many files are open as may be.
var errOpen = errors.New("too many files are open at once: close some, or try again in a moment")

// Names yields the files of the posts folder as the transfer leaves it, those that are only staged
// among them, in any order.
func (t *Transfer) Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range t.files {
			if !yield(name) {
				return
			}
		}
		for name := range t.base.files {
			if _, ok := t.files[name]; !ok && !t.removed[name] && !yield(name) {
				return
			}
		}
	}
}

// find returns where a file is, as it will be after the transfer.
func (t *Transfer) find(name string) (root *os.Root, inside string, err error) {
	if _, ok := t.files[name]; ok {
		return t.root, at(arrived, name), nil
	}
	if t.base.files[name] == "" || t.removed[name] {
		return nil, "", fs.ErrNotExist
	}
	if t.posts == nil {
		if t.posts, err = os.OpenRoot(t.p.config.Posts); err != nil {
			t.posts = nil
			return nil, "", reason(err)
		}
	}
	return t.posts, filepath.FromSlash(name), nil
}

// Stat describes a file as the transfer leaves it.
func (t *Transfer) Stat(name string) (fs.FileInfo, error) {
	t.p.takeDisk()
	defer t.p.giveDisk()
	root, inside, err := t.find(name)
	if err != nil {
		return nil, err
	}
	return stat(root, inside)
}

// stat describes a file, and nothing else that has the name.
func stat(root *os.Root, name string) (fs.FileInfo, error) {
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	return info, reason(err)
}

// Reading is a file that is read.
type Reading struct {
	*os.File
	share *share
}

// Close implements [io.Closer].
func (r *Reading) Close() error {
	err := r.File.Close()
	if err == nil {
		r.share.giveOpen()
	}
	return err
}

// Open opens a file, as it will be after the transfer. It may be read after the transfer has ended.
func (t *Transfer) Open(name string) (*Reading, error) {
	t.p.takeDisk()
	defer t.p.giveDisk()
	root, inside, err := t.find(name)
	if err != nil {
		return nil, err
	}
	return t.share.read(root, inside)
}

// read opens a file. The caller has the disk.
func (s *share) read(root *os.Root, name string) (*Reading, error) {
	if _, err := stat(root, name); err != nil { // nothing that would wait for somebody else, as a pipe
		return nil, err
	}
	if !s.takeOpen() {
		return nil, errOpen
	}
	f, err := root.Open(name)
	if err != nil {
		s.giveOpen()
		return nil, reason(err)
	}
	return &Reading{f, s}, nil
}
