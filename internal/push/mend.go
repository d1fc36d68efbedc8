package push

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// mark records that the version is about to be replaced, and the folder to be changed.
func (p *Publisher) mark(version string) error {
	return replaceFile(filepath.Join(p.config.State, markFile), version+"\n")
}

// unmark records that the folder is a checkout of the newest version.
func (p *Publisher) unmark() error {
	return errors.Join(os.Remove(filepath.Join(p.config.State, markFile)), syncFolder(p.config.State)) //nolint:gosec // the operator sets the folder
}

// mend learns the newest version, and completes or undoes a publish that was cut, if there is one. Which of the two follows from
// whether the store has its version. Files that are neither as they were before nor as they should be
// were changed by hand since, and stay.
func (p *Publisher) mend() error {
	now, err := p.learn()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(p.config.State, markFile)) //nolint:gosec // the operator sets the folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(p.config.Posts)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // what was written is flushed
	if err := p.removeTemps(root); err != nil {
		return err
	}
	if before := strings.TrimSpace(string(text)); before != now.version {
		if err := p.checkout(root, before, now); err != nil {
			return err
		}
	}
	return p.unmark()
}

// removeTemps removes temporary files.
func (p *Publisher) removeTemps(root *os.Root) error {
	_, other, err := p.scan(root)
	for _, name := range other.temps {
		if failed := root.Remove(filepath.FromSlash(name)); !errors.Is(failed, fs.ErrPermission) { // else it stays, and nobody reads it
			err = errors.Join(err, failed)
		}
	}
	return err
}

// checkout writes what differs between a version and now, where the folder still has the former.
func (p *Publisher) checkout(root *os.Root, version string, now *snapshot) error {
	before, err := p.store.Files(version)
	if err != nil {
		return err
	}
	changed := make(map[string]string)
	for name, content := range now.files {
		if before[name] != content {
			changed[name] = content
		}
	}
	for name := range before {
		if _, ok := now.files[name]; !ok {
			changed[name] = ""
		}
	}
	p.stamps, p.reconciled = make(map[string]stamp), 0
	leave := func(name string, err error) bool {
		if !p.stuck(err) {
			return false
		}
		p.left = append(p.left, name)
		p.config.Logger.Error("a file of the posts folder cannot be written: what is there stays, as if it were changed by hand", "file", shown(name), "error", reason(err))
		_ = root.Remove(filepath.FromSlash(tempName(name))) // nobody reads it
		return true
	}
	for name, content := range changed {
		is, err := p.contentOf(root, name)
		if err != nil {
			return err
		}
		if is != before[name] || is == content {
			delete(changed, name)
			continue
		}
		if content != "" {
			if err := p.write(root, name, content); err != nil {
				if !leave(name, err) {
					return err
				}
				delete(changed, name)
			}
		}
	}
	return p.putAll(root, "check out ", changed, leave)
}

// stuck reports whether a file of the folder will not become writable by itself, because of its owner, an attribute or
// a mount. The publish is then completed without it, and the file that is there counts as changed by hand; otherwise
// nobody could publish anything. With several servers that would undo what the others have published.
func (p *Publisher) stuck(err error) bool {
	_, shared := p.store.(*sharing)
	return !shared && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY))
}

// somethingElse stands for a content that no version has.
const somethingElse = "something else"

// contentOf returns the name of the content of a file, or "" if there is no file.
func (p *Publisher) contentOf(root *os.Root, name string) (string, error) {
	info, err := root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, fs.ErrPermission):
		return somethingElse, nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return somethingElse, nil
	}
	f, err := p.openPost(name)
	if errors.Is(err, errHidden) { // which may be anything
		return somethingElse, nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	return p.store.Name(info.Size(), f)
}
