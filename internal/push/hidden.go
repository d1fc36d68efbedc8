package push

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/sshblog/sshblog/internal/library"
)

// rest is what a scan of the posts folder finds besides files of versions.
type rest struct {
	temps  []string        //ledger:counted as the folder has them
	hidden map[string]bool //ledger:counted likewise; files and folders that the server may not read
}

// hides reports whether a file, or a folder that it is in, cannot be read. It may be unchanged, changed or removed.
func (r *rest) hides(name string) bool {
	if r == nil || len(r.hidden) == 0 {
		return false
	}
	for ; name != "."; name = path.Dir(name) {
		if r.hidden[name] {
			return true
		}
	}
	return false
}

// errHidden is for a file that the server may not read.
var errHidden = errors.New("the server may not read it")

// openPost opens a file of the posts folder. The error is errHidden if the server may not read it.
func (p *Publisher) openPost(name string) (fs.File, error) {
	f, err := library.Dir(p.config.Posts).Open(name)
	if errors.Is(err, fs.ErrPermission) {
		err = errors.Join(errHidden, err)
	}
	return f, err
}

// tellHidden logs what cannot be read and could be at the last scan.
func (p *Publisher) tellHidden(other *rest) {
	var names []string
	for name := range other.hidden {
		if p.other == nil || !p.other.hidden[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	const most = 10
	for i, name := range names {
		if i == most {
			p.config.Logger.Warn("there is more in the posts folder that the server may not read", "more", len(names)-most)
			break
		}
		p.config.Logger.Warn("the server may not read this in the posts folder: the history keeps what it has of it, and authors cannot change it", "name", shown(name))
	}
	p.other = other
}

// Hidden returns the files and folders of a posts folder that the server may not read. Other errors end the search.
func Hidden(posts string) (names []string, err error) {
	root, err := os.OpenRoot(posts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it was only read
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrPermission) && name != ".":
			names = append(names, name)
			return nil
		case err != nil:
			return err
		case d.IsDir() && name != "." && (wrongName(name) != "" || hiddenName(name) != ""):
			return fs.SkipDir
		case d.Type().IsRegular() && unpublishable(name) == "":
			f, err := root.Open(filepath.FromSlash(name))
			if errors.Is(err, fs.ErrPermission) {
				names = append(names, name)
			}
			_ = f.Close() // a nil file, too
		}
		return nil
	})
	return names, err
}
