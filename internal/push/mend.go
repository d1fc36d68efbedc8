package push

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
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
	_, temps, err := p.scan(root)
	for _, name := range temps {
		err = errors.Join(err, root.Remove(filepath.FromSlash(name)))
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
	p.stamps = make(map[string]stamp)
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
				return err
			}
		}
	}
	return p.putAll(root, "check out ", changed)
}

// contentOf returns the name of the content of a file, or "" if there is no file.
func (p *Publisher) contentOf(root *os.Root, name string) (string, error) {
	info, err := root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "something else", nil
	}
	f, err := library.Dir(p.config.Posts).Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	return p.store.Name(info.Size(), f)
}
