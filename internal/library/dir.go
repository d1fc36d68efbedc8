package library

import (
	"errors"
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
	f, err := openFolder(d)
	if err != nil {
		return nil, err
	}
	defer f.close() // an opened file outlives its root
	return f.Open(name)
}

// openRoot opens the folder as a root.
func (d Dir) openRoot() (*os.Root, error) {
	if d == "" {
		return nil, &fs.PathError{Op: "open", Path: "", Err: fs.ErrNotExist}
	}
	// A pipe has no "." in it, so that opening does not wait for its writer.
	root, err := os.OpenRoot(string(d) + string(filepath.Separator) + ".")
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		e.Path = string(d)
	}
	return root, err
}

// folder is the file system for one pass over the posts.
type folder struct {
	fs.FS
	root *os.Root // of a Dir: links are followed, and kept inside; else nil
	path Dir      // where root was opened
}

// openFolder prepares a pass over fsys. The caller closes the folder.
func openFolder(fsys fs.FS) (folder, error) {
	dir, ok := fsys.(Dir)
	if !ok {
		return folder{FS: fsys}, nil
	}
	root, err := dir.openRoot()
	if err != nil {
		return folder{}, err
	}
	return folder{FS: root.FS(), root: root, path: dir}, nil
}

// Open implements [fs.FS].
func (f folder) Open(name string) (fs.File, error) {
	if f.root == nil {
		return f.FS.Open(name)
	}
	return openIn(f.root, name)
}

// Stat implements [fs.StatFS]: it opens nothing in a root.
func (f folder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

// openIn opens a regular file or a folder, by its slash-separated name. What was one when the folder was read
// may be a pipe by now: opening that must not wait for a writer, since other reloads wait for this one.
func openIn(root *os.Root, name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	if err != nil {
		_ = f.Close() // nothing was read
		return nil, err
	}
	return f, nil
}

// replaced reports whether the path leads to another folder by now, or nowhere.
func (f folder) replaced() bool {
	if f.root == nil {
		return false
	}
	held, err := f.root.Stat(".")
	if err != nil {
		return true
	}
	now, err := os.Stat(string(f.path))
	return err != nil || !os.SameFile(held, now)
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
		o.last, _ = o.folder.root.OpenRoot(filepath.FromSlash(dir + ".")) // a pipe has no "."
	}
	if o.last != nil {
		if f, err := openIn(o.last, base); err == nil {
			return f, nil
		}
	}
	// A link may lead out of this folder, but not out of the posts folder; and this error says better what is
	// wrong.
	return o.folder.Open(name)
}

// close may be called more than once.
func (o *opener) close() {
	if o.last != nil {
		_ = o.last.Close() // it was only read
		o.last = nil
	}
}
