package opened

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files in the folder. That of the lock is always empty, and stays: who has it open may
// hold it.
const (
	fileName = "posts-opened.json"
	lockName = "posts-opened.lock"
)

// format says whose file it is, and how it is to be read.
const format = "sshblog posts-opened 1"

// maxFile is the most that is read and written, in bytes: the sums of half a million posts.
const maxFile = 64 << 20

// Another process has the lock for as long as it takes to write a file. One that has stopped
// meanwhile is waited for until the next Save.
const (
	lockPause    = 20 * time.Millisecond
	lockAttempts = 50
)

// file is the sums in a folder.
type file struct{ dir string }

// document is what is in it.
type document struct {
	Format string            `json:"format"`
	Since  time.Time         `json:"since"`
	Posts  map[string]uint64 `json:"posts"`
}

// BadFileError says that the file is not whole, or none of a Counter's. It is left as it is.
type BadFileError struct{ Path string }

func (e *BadFileError) Error() string {
	return e.Path + " has no counts of sshblog's, or not all of them: move it away, or put back a copy"
}

// Open returns a Counter that keeps its sums in a folder, which it makes. With a
// [BadFileError] it counts all the same, and each Save looks whether the file is well again.
func Open(dir string) (*Counter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c := New()
	c.file = &file{dir}
	var saved sums
	err := c.file.locked(func() (err error) {
		saved, err = c.file.read(c.saved.since)
		return err
	})
	if _, bad := errors.AsType[*BadFileError](err); err != nil && !bad {
		return nil, err
	}
	if err == nil {
		c.saved = saved
	}
	return c, err
}

func (f *file) path() string { return filepath.Join(f.dir, fileName) }

// locked calls do while no other process does.
func (f *file) locked(do func() error) (err error) {
	lock, err := os.OpenFile(filepath.Join(f.dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
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

// read returns the sums, which are none since a time if there is no file.
func (f *file) read(since time.Time) (sums, error) {
	opened, err := os.Open(f.path())
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
	if err := in.Decode(&d); err != nil || len(text) > maxFile || d.Format != format || in.More() {
		return sums{}, &BadFileError{f.path()}
	}
	return sums{d.Since, d.Posts}, nil
}

// write replaces the file.
func (f *file) write(s sums) (err error) {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(document{format, s.since.UTC().Truncate(time.Second), s.posts}); err != nil {
		return err
	}
	if text.Len() > maxFile {
		return fmt.Errorf("the counts would take %d bytes in %s, over %d", text.Len(), f.path(), maxFile)
	}
	// Who has the lock is alone with it. A crash may have left one.
	temp, err := os.OpenFile(f.path()+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = temp.Write(text.Bytes())
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), f.path())
}
