package files

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// upload is a file that is being written.
type upload struct {
	Upload
	name    string
	size    int64
	appends bool // writes go to the end, whatever their offset
	dirty   bool // it differs from the file that is there
	err     error
}

// kept calls refuse for an error; otherwise it records that the file with this name is no longer refused.
func (a *author) kept(name string, err error) error {
	if err == nil {
		delete(a.failed, name)
		a.added(name)
	}
	return a.refuse(name, err)
}

// create begins a file, or goes on with one that is there, by the flags of an open.
func (a *author) create(ctx context.Context, name string, flags uint32) (*upload, error) {
	e, err := a.stat(ctx, name)
	there := err == nil
	switch {
	case err != nil && !errors.Is(err, ErrNone):
		return nil, err
	case there && e.folder != nil:
		return nil, errFolder
	case there && flags&openExclusive != 0:
		return nil, errExists
	case !there && flags&openCreate == 0 && !a.failed[name]: // a client whose file was refused may believe that it is there
		return nil, ErrNone
	}
	u := a.cut
	if u != nil && u.name == name {
		a.cut = nil
	} else {
		f, err := a.transfer.Create(name)
		if err != nil {
			return nil, a.refuse(name, err)
		}
		u = &upload{Upload: f, name: name, dirty: !there || flags&openTruncate != 0 && e.size > 0}
		if there && flags&openTruncate == 0 {
			if err := a.fill(u, e.size); err != nil {
				f.Discard()
				return nil, a.refuse(name, err)
			}
		}
		a.uploads = append(a.uploads, u)
	}
	u.appends = flags&openAppend != 0
	a.touch()
	if flags&openTruncate != 0 {
		return u, a.truncate(u, 0)
	}
	return u, nil
}

// open opens a file for reading, also one that is still being written.
func (a *author) open(name string) (Reading, error) {
	for _, u := range a.uploads {
		if u.name == name {
			return &arriving{a, name}, nil
		}
	}
	return a.transfer.Open(name)
}

// arriving is an opened file that may still be written.
type arriving struct {
	a    *author
	name string
}

// ReadAt implements [io.ReaderAt]. The caller has the lock.
func (r *arriving) ReadAt(b []byte, off int64) (int, error) {
	for _, u := range r.a.uploads {
		if u.name == r.name {
			return u.ReadAt(b, off)
		}
	}
	if r.a.transfer == nil {
		return 0, ErrNone
	}
	f, err := r.a.transfer.Open(r.name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return f.ReadAt(b, off)
}

// Close implements [io.Closer].
func (*arriving) Close() error { return nil }

// fill copies the present content of a file into an upload.
func (a *author) fill(u *upload, size int64) error {
	for _, other := range a.uploads { // clients may still have it open after their program has moved on
		if other.name == u.name {
			var err error
			u.size, err = io.Copy(io.NewOffsetWriter(u, 0), io.NewSectionReader(other, 0, other.size))
			return err
		}
	}
	f, err := a.transfer.Open(u.name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	u.size, err = io.Copy(io.NewOffsetWriter(u, 0), io.NewSectionReader(f, 0, size))
	return err
}

// write writes to an upload.
func (a *author) write(u *upload, data []byte, offset uint64) error {
	if u.appends {
		offset = uint64(u.size) //nolint:gosec // it is a length
	}
	n, err := u.WriteAt(data, int64(offset)) //nolint:gosec // a negative one is refused
	if err != nil {
		u.err = err
		return a.refuse(u.name, err)
	}
	u.size, u.dirty = max(u.size, int64(offset)+int64(n)), true //nolint:gosec // it was written there
	a.touch()
	return nil
}

// truncate sets the size of an upload.
func (a *author) truncate(u *upload, size int64) error {
	if err := u.Truncate(size); err != nil {
		u.err = err
		return a.refuse(u.name, err)
	}
	u.dirty = u.dirty || size != u.size
	u.size = size
	a.touch()
	return nil
}

// cutTo truncates a file by its name.
func (a *author) cutTo(ctx context.Context, name string, size int64) error {
	for _, u := range a.uploads {
		if u.name == name {
			return a.truncate(u, size)
		}
	}
	if a.cut != nil {
		if err := a.keep(ctx, a.cut); err != nil {
			return err
		}
	}
	u, err := a.create(ctx, name, 0)
	if err != nil {
		return err
	}
	a.cut = u
	return a.truncate(u, size)
}

// keep ends an upload that was received completely, and reports its problems.
func (a *author) keep(ctx context.Context, u *upload) error {
	if u.err != nil || !u.dirty {
		a.drop(u)
		a.timer.Reset(quiet)
		return u.err
	}
	a.forget(u)
	a.touch()
	problems, err := u.Keep(ctx)
	a.timer.Reset(quiet) // it may have taken some time
	return a.kept(u.name, a.judge(problems, err))
}

// drop discards an upload.
func (a *author) drop(u *upload) {
	a.forget(u)
	u.Discard()
}

func (a *author) forget(u *upload) {
	if a.cut == u {
		a.cut = nil
	}
	a.forgetListing()
	a.uploads = slices.DeleteFunc(a.uploads, func(other *upload) bool { return other == u })
}

// judge reports the problems of a file, and returns the first as a toldError.
func (a *author) judge(problems []post.Problem, err error) error {
	if err != nil || len(problems) == 0 {
		return err
	}
	var b strings.Builder
	for i, p := range problems {
		if i == maxTold {
			b.WriteString("and more\n")
			break
		}
		p.Path = path.Join(Folder, p.Path)
		if i == 0 {
			err = toldError{errors.New(p.String())}
		}
		if i > 0 || !a.shows {
			b.WriteString(p.String() + "\n")
		}
	}
	a.tell(b.String())
	return err
}
