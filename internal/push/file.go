package push

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"github.com/sshblog/sshblog/internal/post"
)

// File is a file that is being received. Keep or Discard ends it.
type File struct {
	t    *Transfer
	f    *os.File
	in   string // its folder
	name string
	size int64 // which is taken from the transfer's account
}

// Create begins a file, in place of one of that name. It is empty.
func (t *Transfer) Create(name string) (*File, error) {
	if err := refusal(name); err != nil {
		return nil, err
	}
	if err := t.count(); err != nil {
		return nil, err
	}
	if !t.p.leavesRoom(0) {
		return nil, errNoRoom
	}
	if !t.share.takeOpen() {
		return nil, errOpen
	}
	if !t.disk.Take(onDisk(name, 0)) {
		t.share.giveOpen()
		return nil, errFull
	}
	t.p.takeDisk()
	defer t.p.giveDisk()
	t.opened++
	in := path.Join(arriving, strconv.Itoa(t.opened))
	err := t.root.MkdirAll(at(in, path.Dir(name)), 0o700)
	var f *os.File
	if err == nil {
		f, err = t.root.OpenFile(at(in, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		t.share.giveOpen()
		_ = t.root.RemoveAll(filepath.FromSlash(in)) // what is left goes with the whole
		t.disk.Give(onDisk(name, 0))
		return nil, fmt.Errorf("the file cannot be kept: %w", reason(err))
	}
	t.open++
	return &File{t: t, f: f, in: in, name: name}, nil
}

// WriteAt implements [io.WriterAt]. It keeps nothing beyond the limits.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	if err := f.grow(off, int64(len(b))); err != nil {
		return 0, err
	}
	f.t.p.takeDisk()
	defer f.t.p.giveDisk()
	n, err := f.f.WriteAt(b, off)
	if err != nil {
		err = fmt.Errorf("the file cannot be kept: %w", reason(err))
	}
	return n, err
}

// grow takes what a file needs to hold n bytes at an offset.
func (f *File) grow(off, n int64) error {
	limit := f.t.p.config.Limits.File
	if off < 0 || off > limit || n > limit-off {
		return fmt.Errorf("a file has at most %d bytes: make it smaller", limit)
	}
	if more := off + n - f.size; more > 0 {
		const look = 20 // at each MiB
		if (f.size+more)>>look != f.size>>look && !f.t.p.leavesRoom(more) {
			return errNoRoom
		}
		if !f.t.disk.Take(more) {
			return errFull
		}
		f.size += more
	}
	return nil
}

// leavesRoom reports whether so many bytes can be staged with enough space left for a publish.
func (p *Publisher) leavesRoom(more int64) bool {
	free, known := freeSpace(p.config.State)
	return !known || free-more >= reserve
}

// ReadAt implements [io.ReaderAt].
func (f *File) ReadAt(b []byte, off int64) (int, error) {
	f.t.p.takeDisk()
	defer f.t.p.giveDisk()
	return f.f.ReadAt(b, off)
}

// Truncate sets the size, in bytes.
func (f *File) Truncate(size int64) error {
	if err := f.grow(size, 0); err != nil {
		return err
	}
	f.t.p.takeDisk()
	defer f.t.p.giveDisk()
	if err := f.f.Truncate(size); err != nil {
		return fmt.Errorf("the file cannot be kept: %w", reason(err))
	}
	f.t.disk.Give(f.size - size)
	f.size = size
	return nil
}

// Keep ends a file that was received completely. A post is checked by itself, and is not part of the transfer
// if it has problems.
func (f *File) Keep(ctx context.Context) (problems []post.Problem, err error) {
	f.t.open--
	f.t.share.giveOpen()
	if err := f.f.Close(); err != nil {
		f.drop()
		return nil, reason(err)
	}
	return f.t.admit(ctx, f.in, f.name, f.size)
}

// Discard ends a file that was not received completely.
func (f *File) Discard() {
	f.t.open--
	f.t.share.giveOpen()
	_ = f.f.Close() // it is thrown away
	f.drop()
}

func (f *File) drop() {
	f.t.disk.Give(onDisk(f.name, f.size))
	_ = f.t.root.RemoveAll(filepath.FromSlash(f.in)) // what is left goes with the whole
}

// reason returns an error without the path, which clients must not see.
func reason(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// hold locks the folder of a transfer for as long as it lasts.
func hold(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // in the state folder
	if err != nil {
		return nil, err
	}
	if held, err := tryLock(f); err != nil || held {
		return nil, errors.Join(errFull, err, f.Close())
	}
	return f, nil
}

// sweep removes the temporary files of processes that have ended. What cannot be removed is tried again by the
// next start.
func (p *Publisher) sweep(ctx context.Context) {
	dirs, _ := filepath.Glob(filepath.Join(p.config.State, staged, "*")) // the pattern is right
	for _, dir := range dirs {
		if f, err := hold(dir); err == nil {
			_ = os.RemoveAll(dir)
			_ = f.Close()
		}
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return
	}
	defer unlock()
	over, cancel := context.WithCancel(ctx)
	cancel() // a process that fetches does so for minutes, and writes files as well
	unlockFetch, err := p.lockFile(over, fetchLock)
	if err != nil {
		return
	}
	defer unlockFetch()
	for _, pattern := range append(leftovers(filepath.Join(p.config.State, repository)), filepath.Join(p.config.State, tempFile+"*"), filepath.Join(p.config.State, tempPrefix+"*")) {
		left, _ := filepath.Glob(pattern) // the pattern is right
		for _, name := range left {
			_ = os.Remove(name)
		}
	}
	if root, err := os.OpenRoot(p.config.Posts); err == nil {
		_ = p.removeTemps(root)
		_ = root.Close() // names alone were removed
	}
}
