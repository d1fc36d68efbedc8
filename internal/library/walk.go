package library

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// found is a file that a walk met.
type found struct {
	path  string
	stamp stamp
	err   error // why it cannot be read, if that is known already
}

// walk is one pass over the names in a folder.
type walk struct {
	folder   folder
	files    []found        // sorted by path
	broken   []string       // folders that could not be read, in whole or part
	problems []post.Problem // with folders and links
}

// walkFolder finds the posts and _index.md files. The error is that the root
// cannot be read.
func walkFolder(f folder) (*walk, error) {
	w := &walk{folder: f}
	if err := fs.WalkDir(f, ".", w.visit); err != nil {
		return nil, err
	}
	// A walk goes folder by folder ("a/b.md" before "a-b.md"), which is not
	// the order of the paths.
	slices.SortFunc(w.files, func(a, b found) int { return strings.Compare(a.path, b.path) })
	return w, nil
}

func (w *walk) visit(name string, d fs.DirEntry, err error) error {
	switch {
	case err != nil && name == ".":
		return err
	case errors.Is(err, fs.ErrNotExist):
		return nil // gone since its folder was read
	case err != nil:
		w.broken = append(w.broken, name)
		w.problems = append(w.problems, problem(name, post.Error, "cannot read this folder: %v%s", reason(err), remedy(err)))
		return nil
	case d.IsDir():
		if name != "." && !walked(path.Base(name)) {
			return fs.SkipDir
		}
		return nil
	case d.Type()&fs.ModeSymlink != 0:
		w.link(name)
		return nil
	case readable(name):
		info, err := d.Info()
		if !errors.Is(err, fs.ErrNotExist) {
			w.add(name, info, err)
		}
	}
	return nil
}

// link meets a symbolic link.
func (w *walk) link(name string) {
	if w.folder.root == nil {
		if readable(name) {
			w.add(name, nil, errors.New("it is a symbolic link, and those are not followed here; put the file itself in its place"))
		}
		return
	}
	info, err := fs.Stat(w.folder, name)
	switch {
	case err == nil && info.IsDir():
		if walked(path.Base(name)) {
			// Following it could lead in circles, and would find posts twice.
			w.problems = append(w.problems, problem(name, post.Warning,
				"this link to a folder is not followed; put the folder itself in its place"))
		}
	case readable(name) && err != nil:
		w.add(name, nil, errors.New("it is a symbolic link, and "+reason(err)+"; a link must lead to a file inside the posts folder"))
	case readable(name):
		w.add(name, info, nil)
	}
}

func (w *walk) add(name string, info fs.FileInfo, err error) {
	f := found{path: name, err: err}
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		// Opening a pipe would wait for a writer for ever.
		f.err = errors.New("it is not a regular file")
	default:
		f.stamp = stampOf(info)
	}
	w.files = append(w.files, f)
}

// walked tells whether the folder of this name is looked into.
func walked(base string) bool {
	return base == "_posts" || base == draftsFolder || base[0] != '.' && base[0] != '_'
}

// readable tells whether the file of this path is a post or an _index.md.
func readable(file string) bool {
	base := path.Base(file)
	name, ok := stem(base)
	switch {
	case !ok, strings.EqualFold(name, "readme"):
		return false
	case strings.EqualFold(name, indexStem):
		return true
	default:
		return !strings.ContainsRune("._#", rune(base[0]))
	}
}

// indexStem is the stem of a file that speaks of its folder.
const indexStem = "_index"

// isIndex tells whether the file of this path speaks of its folder.
func isIndex(name string) bool {
	base, ok := stem(path.Base(name))
	return ok && strings.EqualFold(base, indexStem)
}

// draftsFolder is the folder in which Jekyll's authors keep drafts.
const draftsFolder = "_drafts"

// inDrafts tells whether a post of this path is a draft, whatever it says.
func inDrafts(name string) bool {
	return strings.HasPrefix(name, draftsFolder+"/") || strings.Contains(name, "/"+draftsFolder+"/")
}

// stem returns a Markdown file's name without its extension.
func stem(base string) (string, bool) {
	ext := path.Ext(base)
	ok := strings.EqualFold(ext, ".md") || strings.EqualFold(ext, ".markdown")
	return strings.TrimSuffix(base, ext), ok && len(ext) < len(base)
}

// reason is an error without the operation and the path, which a Problem
// tells in its own way.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}

// remedy says what to do about an error, where that is known.
func remedy(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "; let the user that the server runs as read it"
	}
	return ""
}
