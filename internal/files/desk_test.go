package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// desk is where transfers of a test are published: files by their paths. A file that has "bad" is
// refused, and so is one of more than deskLimit bytes.
type desk struct {
	mu        sync.Mutex
	files     map[string]string
	published int // transfers
	begun     int // that have not ended
	named     int // how often all names were asked for
}

const deskLimit = 1 << 20

func (d *desk) Begin(context.Context) (Transfer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begun++
	files := map[string]string{}
	maps.Copy(files, d.files)
	return &fakeTransfer{desk: d, files: files}, nil
}

// has is what is published, as text.
func (d *desk) has() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprint(d.files)
}

type fakeTransfer struct {
	desk  *desk
	files map[string]string
	over  bool
}

func (f *fakeTransfer) Names() iter.Seq[string] {
	f.desk.named++
	return maps.Keys(f.files)
}

func (f *fakeTransfer) Stat(name string) (int64, time.Time, error) {
	text, ok := f.files[name]
	if !ok {
		return 0, time.Time{}, ErrNone
	}
	return int64(len(text)), time.Unix(1e9, 0), nil
}

func (f *fakeTransfer) Open(name string) (Reading, error) {
	text, ok := f.files[name]
	if !ok {
		return nil, ErrNone
	}
	return struct {
		io.ReaderAt
		io.Closer
	}{strings.NewReader(text), io.NopCloser(nil)}, nil
}

func (f *fakeTransfer) Create(name string) (Upload, error) {
	if strings.HasSuffix(name, ".sh") {
		return nil, errors.New("only posts are published")
	}
	return &fakeUpload{f: f, name: name}, nil
}

func (f *fakeTransfer) Remove(name string) error {
	if _, ok := f.files[name]; !ok {
		return ErrNone
	}
	delete(f.files, name)
	return nil
}

func (f *fakeTransfer) keep(name, text string) []post.Problem {
	if strings.Contains(text, "bad") && strings.HasSuffix(name, ".md") {
		return []post.Problem{{Path: name, Line: 3, What: "it is bad: mend it"}, {Path: name, Line: 4, What: "worse"}}
	}
	f.files[name] = text
	return nil
}

func (f *fakeTransfer) Rename(_ context.Context, from, to string) ([]post.Problem, error) {
	text, ok := f.files[from]
	if !ok {
		return nil, ErrNone
	}
	delete(f.files, from)
	return f.keep(to, text), nil
}

func (f *fakeTransfer) Finish(context.Context) (string, bool) {
	f.desk.mu.Lock()
	defer f.desk.mu.Unlock()
	f.desk.files = f.files
	f.desk.published++
	return "published\n", true
}

func (f *fakeTransfer) End() {
	f.desk.mu.Lock()
	defer f.desk.mu.Unlock()
	if !f.over {
		f.over = true
		f.desk.begun--
	}
}

type fakeUpload struct {
	f    *fakeTransfer
	name string
	text []byte
}

func (u *fakeUpload) ReadAt(b []byte, off int64) (int, error) {
	return bytes.NewReader(u.text).ReadAt(b, off)
}

func (u *fakeUpload) WriteAt(b []byte, off int64) (int, error) {
	if off < 0 || off > deskLimit-int64(len(b)) {
		return 0, errors.New("too large")
	}
	if end := off + int64(len(b)); end > int64(len(u.text)) {
		u.text = append(u.text, make([]byte, end-int64(len(u.text)))...)
	}
	return copy(u.text[off:], b), nil
}

func (u *fakeUpload) Truncate(size int64) error {
	if size > deskLimit {
		return errors.New("too large")
	}
	u.text = append(u.text, make([]byte, max(size-int64(len(u.text)), 0))...)[:size]
	return nil
}

func (u *fakeUpload) Keep(context.Context) ([]post.Problem, error) {
	return u.f.keep(u.name, string(u.text)), nil
}

func (u *fakeUpload) Discard() {}
