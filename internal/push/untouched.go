package push

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// foldersWritable returns an error if one of the folders of these files cannot be written. After the version has been
// made it would be too late to find out.
func (p *Publisher) foldersWritable(root *os.Root, names []string) error {
	known := make(map[string]bool)
	for _, name := range names {
		dir := path.Dir(name)
		for dir != "." {
			if _, err := root.Lstat(filepath.FromSlash(dir)); !errors.Is(err, fs.ErrNotExist) {
				break
			}
			dir = path.Dir(dir)
		}
		if known[dir] {
			continue
		}
		known[dir] = true
		if err := p.folderWritable(root, dir); err != nil {
			return fmt.Errorf("%s cannot be written by the server: %w: contact the operator", shown(dir), reason(err))
		}
	}
	return nil
}

func (p *Publisher) folderWritable(root *os.Root, dir string) error {
	if err := p.step("try " + dir); err != nil {
		return err
	}
	probe := filepath.FromSlash(path.Join(dir, tempPrefix+"probe"))
	f, err := root.OpenFile(probe, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), root.Remove(probe))
}

// untouched returns an error if a file differs from the version: it was changed by hand a moment ago, or is
// something that is never published, such as a symbolic link.
func (p *Publisher) untouched(root *os.Root, names []string) error {
	for _, name := range names {
		info, err := root.Lstat(filepath.FromSlash(name))
		known, ok := p.stamps[name]
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case errors.Is(err, fs.ErrPermission) || err == nil && !ok && p.other.hides(name):
			return fmt.Errorf("the server may not read %s, so it is not replaced: contact the operator", shown(name))
		case err != nil:
			return err
		case ok && info.Mode().IsRegular() && known.size == info.Size() && known.when.Equal(info.ModTime()):
		case ok:
			return fmt.Errorf("%s is being changed by hand: try again", name)
		default:
			return fmt.Errorf("%s is in the posts folder, but is no file that can be replaced: contact the operator", name)
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if info, err := root.Lstat(filepath.FromSlash(dir)); err == nil && !info.IsDir() {
				return fmt.Errorf("%s is no folder: choose another name", dir)
			}
		}
	}
	return nil
}
