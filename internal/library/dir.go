package library

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Dir is a posts folder on disk, by its path.
//
// The path is resolved anew for every reload, so a deployment may replace the
// folder, or the link that names it, as a whole. During one reload the folder
// is held open as an [os.Root]: all files come from the same folder, and no
// link, wherever it points, leads out of it.
type Dir string

// Open implements [fs.FS].
func (d Dir) Open(name string) (fs.File, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // an opened file outlives its root
	return root.FS().Open(name)
}

// folder is the file system for one pass over the posts.
type folder struct {
	fs.FS
	root *os.Root // of a Dir: links are followed, and kept inside; else nil
}

// openFolder prepares a pass over fsys. The caller closes the folder.
func openFolder(fsys fs.FS) (folder, error) {
	dir, ok := fsys.(Dir)
	if !ok {
		return folder{FS: fsys}, nil
	}
	root, err := os.OpenRoot(string(dir))
	if err != nil {
		return folder{}, err
	}
	return folder{FS: root.FS(), root: root}, nil
}

func (f folder) close() {
	if f.root != nil {
		_ = f.root.Close() // it was only read
	}
}

// opener opens the files of a folder. A root opens every folder on the way to
// a file anew, which for many small files takes as long as reading them; they
// are asked for folder by folder, so an opener keeps the last one open.
type opener struct {
	folder folder
	dir    string
	last   *os.Root // of dir, or nil
}

func (o *opener) open(name string) (fs.File, error) {
	dir, base := path.Split(name)
	if o.folder.root == nil || dir == "" {
		return o.folder.Open(name)
	}
	if dir != o.dir {
		o.close()
		o.dir = dir
		o.last, _ = o.folder.root.OpenRoot(filepath.FromSlash(dir))
	}
	if o.last != nil {
		if f, err := o.last.Open(base); err == nil {
			return f, nil
		}
	}
	// A link may lead out of this folder and still not out of the whole one;
	// and this way says better what is wrong.
	return o.folder.Open(name)
}

// close may be called more than once.
func (o *opener) close() {
	if o.last != nil {
		_ = o.last.Close() // it was only read
		o.last = nil
	}
}
