package library

import (
	"io/fs"
	"os"
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
	links bool // it follows links, and keeps them inside
	close func() error
}

// openFolder prepares a pass over fsys. The caller closes the folder.
func openFolder(fsys fs.FS) (folder, error) {
	dir, ok := fsys.(Dir)
	if !ok {
		return folder{FS: fsys, close: func() error { return nil }}, nil
	}
	root, err := os.OpenRoot(string(dir))
	if err != nil {
		return folder{}, err
	}
	return folder{FS: root.FS(), links: true, close: root.Close}, nil
}
