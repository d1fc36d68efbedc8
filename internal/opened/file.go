package opened

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Kind is what is counted of posts; it names the files.
type Kind string

const (
	// Opens are how often posts were opened.
	Opens Kind = "posts-opened"
	// Ends are how often their last lines were reached.
	Ends Kind = "posts-read"
)

func (k Kind) file() string { return string(k) + ".json" }

// rest has what was counted while the other one was bad.
func (k Kind) rest() string { return string(k) + ".rest.json" }

// lock is always empty, and stays: who has it open may hold it.
func (k Kind) lock() string { return string(k) + ".lock" }

// format says whose file it is, and how it is to be read.
func (k Kind) format() string { return "sshblog " + string(k) + " 1" }

// maxFile is the most that is read and written, in bytes: the sums of half a million posts.
const maxFile = 64 << 20

// Another process has the lock for as long as it takes to write a file. One that has stopped
// meanwhile is waited for until the next Save.
const (
	lockPause    = 20 * time.Millisecond
	lockAttempts = 50
)

// file is the sums in a folder.
type file struct {
	dir  string
	kind Kind
}

// document is what is in it.
type document struct {
	Format string            `json:"format"`
	Since  time.Time         `json:"since"`
	Posts  map[string]uint64 `json:"posts"`
}

// BadFileError is for a file that is damaged, or none of a Counter's. It is not changed, and counts are kept in
// another file until it is repaired.
type BadFileError struct{ Path string }

func (e *BadFileError) Error() string {
	return e.Path + " has no counts of sshblog's, or not all of them: move it away, or put back a copy"
}

// Open returns a Counter that keeps its sums of a kind in a folder, which it makes. With a
// [BadFileError] it counts all the same, and each Save looks whether the file is well again.
func Open(dir string, kind Kind) (*Counter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c := New()
	c.file = &file{dir, kind}
	var saved sums
	err := c.file.locked(func() (err error) {
		rest, bad := c.file.read(kind.rest(), c.saved.since)
		saved, err = c.file.read(kind.file(), c.saved.since)
		if err != nil {
			saved.since = c.saved.since
		}
		if bad == nil {
			saved = saved.with(rest.posts)
		}
		return cmp.Or(err, bad)
	})
	if _, bad := errors.AsType[*BadFileError](err); err != nil && !bad {
		return nil, err
	}
	c.saved = saved
	if err != nil {
		c.failing, c.fails = true, 1
	}
	return c, err
}

// add adds what was counted to the sums, and returns all that are kept. If the file is bad it
// returns the error as well.
func (f *file) add(counted map[string]uint64, since time.Time, there func(string) bool) (sums, error) {
	rest, err := f.read(f.kind.rest(), since)
	if err != nil {
		return sums{}, err
	}
	rest = rest.with(counted)
	s, err := f.read(f.kind.file(), since)
	if _, bad := errors.AsType[*BadFileError](err); bad {
		rest = rest.prune(there, maxGone)
		if failed := f.write(f.kind.rest(), rest); failed != nil {
			return sums{}, failed
		}
		return rest, err
	}
	if err != nil {
		return sums{}, err
	}
	s = s.with(rest.posts).prune(there, maxGone)
	if err := f.write(f.kind.file(), s); err != nil {
		return sums{}, err
	}
	if err := os.Remove(filepath.Join(f.dir, f.kind.rest())); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	return s, nil
}

// locked calls do while no other process does.
func (f *file) locked(do func() error) (err error) {
	lock, err := os.OpenFile(filepath.Join(f.dir, f.kind.lock()), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // which also unlocks it
	for attempt := 1; ; attempt++ {
		switch held, err := tryLock(lock); {
		case err != nil:
			return fmt.Errorf("lock %s: %w", lock.Name(), err)
		case !held:
			return do()
		case attempt == lockAttempts:
			return fmt.Errorf("another process holds %s", lock.Name())
		}
		time.Sleep(lockPause)
	}
}

// read returns the sums in a file, which are none since a time if there is no file.
func (f *file) read(name string, since time.Time) (sums, error) {
	path := filepath.Join(f.dir, name)
	opened, err := os.Open(path) //nolint:gosec // in the folder that the operator names
	if errors.Is(err, fs.ErrNotExist) {
		return sums{since: since}, nil
	}
	if err != nil {
		return sums{}, err
	}
	defer func() { _ = opened.Close() }()
	text, err := io.ReadAll(io.LimitReader(opened, maxFile+1)) //nolint:forbidigo // no more than that
	if err != nil {
		return sums{}, err
	}
	var d document
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields() // they would be lost
	if err := in.Decode(&d); err != nil || len(text) > maxFile || d.Format != f.kind.format() || in.More() {
		return sums{}, &BadFileError{path}
	}
	return sums{d.Since, d.Posts}, nil
}

// write replaces a file.
func (f *file) write(name string, s sums) (err error) {
	path := filepath.Join(f.dir, name)
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(document{f.kind.format(), s.since.UTC().Truncate(time.Second), s.posts}); err != nil {
		return err
	}
	if text.Len() > maxFile {
		return fmt.Errorf("the counts would take %d bytes in %s, over %d", text.Len(), path, maxFile)
	}
	// Who has the lock is alone with it. A crash may have left one.
	temp, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // in the folder that the operator names
	if err != nil {
		return err
	}
	_, err = temp.Write(text.Bytes())
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
