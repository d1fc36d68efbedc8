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

// File is one that arrives. Keep or Discard ends it.
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
	if !t.disk.Take(diskOfFile) {
		return nil, errFull
	}
	t.opened++
	in := path.Join(arriving, strconv.Itoa(t.opened))
	err := t.root.MkdirAll(at(in, path.Dir(name)), 0o700)
	var f *os.File
	if err == nil {
		f, err = t.root.OpenFile(at(in, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		t.disk.Give(diskOfFile)
		return nil, fmt.Errorf("the file cannot be kept: %w", reason(err))
	}
	t.open++
	return &File{t: t, f: f, in: in, name: name}, nil
}

// WriteAt implements [io.WriterAt]. It keeps nothing beyond the limits.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	limit := f.t.p.config.Limits.File
	if off < 0 || off > limit || int64(len(b)) > limit-off {
		return 0, fmt.Errorf("a file has at most %d bytes: make it smaller", limit)
	}
	if more := off + int64(len(b)) - f.size; more > 0 {
		if !f.t.disk.Take(more) {
			return 0, errFull
		}
		f.size += more
	}
	n, err := f.f.WriteAt(b, off)
	if err != nil {
		err = fmt.Errorf("the file cannot be kept: %w", reason(err))
	}
	return n, err
}

// Keep ends a file that has arrived whole. A post is checked by itself, and one that has problems is
// not part of the transfer.
func (f *File) Keep(ctx context.Context) (problems []post.Problem, err error) {
	f.t.open--
	if err := f.f.Close(); err != nil {
		f.drop()
		return nil, reason(err)
	}
	return f.t.admit(ctx, f.in, f.name, f.size)
}

// Discard ends a file that has not arrived whole.
func (f *File) Discard() {
	f.t.open--
	_ = f.f.Close() // it is thrown away
	f.drop()
}

func (f *File) drop() {
	f.t.disk.Give(f.size + diskOfFile)
	_ = f.t.root.RemoveAll(filepath.FromSlash(f.in)) // what is left goes with the whole
}

// reason is an error without the path, which is none of the client's business.
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

// sweep removes what transfers have left that ended with their processes.
func (p *Publisher) sweep() {
	dirs, _ := filepath.Glob(filepath.Join(p.config.State, staged, "*")) // the pattern is right
	for _, dir := range dirs {
		if f, err := hold(dir); err == nil {
			_ = os.RemoveAll(dir) // what cannot be removed is tried again by the next start
			_ = f.Close()
		}
	}
}
