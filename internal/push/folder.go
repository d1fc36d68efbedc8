package push

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// errChanging is for a file that is being written to.
var errChanging = errors.New("the file is being changed: try again")

// byHand is the author of changes by hand in the log.
const byHand = "sshblog"

// stamp identifies the version of a file that was looked at.
type stamp struct {
	size int64
	when time.Time
	// fresh is set where a change so soon afterwards might have the same time.
	fresh bool
}

// racy is how coarse the times of files may be.
const racy = 2 * time.Second

func (p *Publisher) stampOf(info fs.FileInfo) stamp {
	return stamp{info.Size(), info.ModTime(), p.config.Now().Sub(info.ModTime()) < racy}
}

// is reports whether the file is certainly unchanged.
func (s stamp) is(as stamp) bool { return s.size == as.size && s.when.Equal(as.when) && !as.fresh }

// scan finds the files of the posts folder that versions contain, temporary files, and what cannot be read. Files with
// other names, irregular and too large files are ignored.
func (p *Publisher) scan(root *os.Root) (files map[string]stamp, other *rest, err error) {
	files, other = make(map[string]stamp), &rest{hidden: make(map[string]bool)}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != ".":
			return nil // gone since its folder was read
		case errors.Is(err, fs.ErrPermission) && name != ".":
			other.hidden[name] = true
			return nil
		case err != nil:
			return err
		case name == ".":
		case d.IsDir():
			if base[0] == '.' || base == "node_modules" || wrongName(name) != "" {
				return fs.SkipDir
			}
		case strings.HasPrefix(base, tempPrefix):
			other.temps = append(other.temps, name)
		case d.Type().IsRegular() && unpublishable(name) == "":
			switch info, err := d.Info(); {
			case errors.Is(err, fs.ErrPermission):
				other.hidden[name] = true
			case err == nil && info.Size() <= p.config.Limits.File:
				files[name] = p.stampOf(info)
			}
		}
		return nil
	})
	return files, other, err
}

// adopt commits what was changed by hand.
func (p *Publisher) adopt() error {
	root, err := os.OpenRoot(p.config.Posts)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // it was only read
	found, other, err := p.scan(root)
	if err != nil {
		return err
	}
	now := p.now.Load()
	if err := p.mounted(now, found); err != nil {
		return err
	}
	stamps, look := p.known(now, found)
	keep := func() error {
		changed, err := p.compare(now, found, look, stamps, other)
		if err != nil {
			return err
		}
		p.tellHidden(other)
		for name := range now.files {
			if _, ok := found[name]; !ok && !other.hides(name) {
				changed[name] = ""
			}
		}
		if len(changed) == 0 {
			return nil
		}
		message := "by hand: " + summary(now.files, changed)
		if now.version == "" {
			message = "the posts as they were found"
		}
		return p.replace(changed, func(version string, files map[string]string) (string, error) {
			return p.store.Replace(version, files, Signature{byHand, p.config.Now(), message})
		})
	}
	if len(look) >= packed {
		err = p.store.Together(keep)
	} else {
		err = keep()
	}
	if err == nil {
		p.stamps = stamps
	}
	return err
}

// ErrEmpty is for a posts folder that is empty and should not be.
var ErrEmpty = errors.New("is empty")

// mounted returns an error if the folder is empty and should not be.
func (p *Publisher) mounted(now *snapshot, found map[string]stamp) error {
	if len(found) > 0 || len(now.files) == 0 {
		return nil
	}
	return fmt.Errorf("%s %w, and the history has %d files: mount the folder, or put one file there", p.config.Posts, ErrEmpty, len(now.files))
}

// mounts calls mounted for the present folder.
func (p *Publisher) mounts() error {
	root, err := os.OpenRoot(p.config.Posts)
	if err != nil {
		return err
	}
	found, _, err := p.scan(root)
	_ = root.Close() // it was only read
	if err != nil {
		return err
	}
	return p.mounted(p.now.Load(), found)
}

// known returns the stamps of the files that are certainly as in the version, and the names of the others.
func (p *Publisher) known(now *snapshot, found map[string]stamp) (stamps map[string]stamp, look []string) {
	stamps, look = make(map[string]stamp, len(found)), make([]string, 0, len(found))
	for name, stamp := range found {
		if _, known := now.files[name]; known && stamp.is(p.stamps[name]) {
			stamps[name] = p.stamps[name]
			continue
		}
		look = append(look, name)
	}
	return stamps, look
}

// compare stores the files that were found and that a version does not have. It adds their stamps, and returns
// the contents of those that differ from the version's.
func (p *Publisher) compare(now *snapshot, found map[string]stamp, look []string, stamps map[string]stamp, other *rest) (changed map[string]string, err error) {
	changed = make(map[string]string)
	for _, name := range look {
		content := now.files[name]
		is, err := p.keep(name, found[name].size, content)
		switch {
		case errors.Is(err, errChanging), errors.Is(err, fs.ErrNotExist): // until the next time
		case errors.Is(err, errHidden):
			other.hidden[name] = true
		case err != nil:
			return nil, err
		default:
			if stamps[name] = found[name]; is != content {
				changed[name] = is
			}
		}
	}
	return changed, nil
}

// keep stores a file of the folder if it differs from the content, and returns its name.
func (p *Publisher) keep(name string, size int64, content string) (string, error) {
	read := func(take func(int64, io.Reader) (string, error)) (string, error) {
		f, err := p.openPost(name)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }() // it was only read
		return take(size, io.LimitReader(f, size+1))
	}
	if content != "" { // else it is kept anyway
		is, err := read(p.store.Name)
		if err != nil || is == content {
			return is, err
		}
	}
	return read(p.store.Put)
}

// replace makes a new version from the newest one with changes: contents by names, "" for a file that is
// removed.
func (p *Publisher) replace(changed map[string]string, become maker) error {
	now := p.now.Load()
	files := maps.Clone(now.files)
	for name, content := range changed {
		if files[name] = content; content == "" {
			delete(files, name)
		}
	}
	version, err := become(now.version, files)
	if err != nil {
		return err
	}
	p.now.Store(&snapshot{version, files})
	return nil
}

// summary says what changes, for the log.
func summary(before, changed map[string]string) string {
	const most = 10
	names := slices.Sorted(maps.Keys(changed))
	parts := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		what := "change "
		switch {
		case changed[name] == "":
			what = "remove "
		case before[name] == "":
			what = "add "
		}
		parts = append(parts, what+name)
	}
	if more := len(names) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}

// write writes a content into a temporary file in the folder of the name, which it creates.
func (p *Publisher) write(root *os.Root, name, content string) error {
	r, err := p.store.Open(content)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	if err := p.makeFolder(root, path.Dir(name)); err != nil {
		return err
	}
	f, err := root.OpenFile(filepath.FromSlash(tempName(name)), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// putAll applies all changes, while nobody reads the folder. leave, if it is not nil, reports whether to continue with
// the other files after an error.
func (p *Publisher) putAll(root *os.Root, step string, changed map[string]string, leave func(name string, err error) bool) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		err := p.step(step + path.Base(name))
		if err == nil {
			err = p.put(root, name, changed[name])
		}
		if err != nil && (leave == nil || !leave(name, err)) {
			return err
		}
	}
	return nil
}

// put renames the temporary file that write has written, or removes the file if there is no content, and then
// empty folders.
func (p *Publisher) put(root *os.Root, name, content string) error {
	file := filepath.FromSlash(name)
	if content == "" {
		err := root.Remove(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		dir := path.Dir(name)
		for dir != "." && root.Remove(filepath.FromSlash(dir)) == nil {
			dir = path.Dir(dir)
		}
		delete(p.stamps, name)
		return p.syncFolder(dir)
	}
	if err := root.Rename(filepath.FromSlash(tempName(name)), file); err != nil {
		return err
	}
	info, err := root.Lstat(file)
	if err == nil {
		p.stamps[name] = p.stampOf(info)
	}
	return errors.Join(err, p.syncFolder(path.Dir(name)))
}

// syncFolder flushes the names in a folder of the posts folder; one that is gone has none.
func (p *Publisher) syncFolder(dir string) error {
	err := syncFolder(filepath.Join(p.config.Posts, filepath.FromSlash(dir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// makeFolder makes a folder and those that it is in. Their names are flushed.
func (p *Publisher) makeFolder(root *os.Root, dir string) error {
	var made []string
	for at := dir; at != "."; at = path.Dir(at) {
		if _, err := root.Lstat(filepath.FromSlash(at)); err == nil {
			break
		}
		made = append(made, at)
	}
	err := root.MkdirAll(filepath.FromSlash(dir), 0o755)
	for _, at := range made {
		if err == nil {
			err = p.syncFolder(path.Dir(at))
		}
	}
	return err
}
