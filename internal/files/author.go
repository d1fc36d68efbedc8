package files

import (
	"context"
	"errors"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// Transfer is what an author sends to be published together. Names are paths of files in the posts
// folder, as the transfer leaves it. It is for one goroutine at a time. What it refuses it says in a
// line, for the author.
type Transfer interface {
	// Names yields all files, in any order; Stat and Open look at one, or return ErrNone. What was opened
	// may be read longer than the transfer lasts.
	Names() iter.Seq[string]
	Stat(name string) (size int64, changed time.Time, err error)
	Open(name string) (Reading, error)
	// Create begins a file in place of one of that name. It is empty.
	Create(name string) (Upload, error)
	// Remove removes a file, and Rename renames one, in place of one that has the new name. A post
	// that gets its name by it is checked, as by Keep.
	Remove(name string) error
	Rename(ctx context.Context, from, to string) ([]post.Problem, error)
	// Finish publishes the transfer, and returns what its author is told, in lines, and whether it is
	// published. End gives back all that it holds, whatever became of it.
	Finish(ctx context.Context) (told string, published bool)
	End()
}

// Reading is a file that is read.
type Reading interface {
	io.ReaderAt
	io.Closer
}

// Upload is a file that arrives. Keep or Discard ends it.
type Upload interface {
	io.ReaderAt
	io.WriterAt
	// Truncate sets the size, in bytes.
	Truncate(size int64) error
	// Keep makes it part of the transfer, unless it has problems.
	Keep(ctx context.Context) ([]post.Problem, error)
	Discard()
}

// Times and limits of uploads.
const (
	// quiet is how long nothing has to change, with no file open for writing, until what was sent is
	// published.
	quiet = time.Second
	// finishTime is how long that may take, also if the client has left.
	finishTime = time.Minute
	// maxFolders is how many empty folders a session may have, which are kept nowhere else.
	maxFolders = 1000
	// maxTold is how many problems of one file an author is told.
	maxTold = 20
)

// ErrRefused is what ends the session of an author of whose upload something was refused.
var ErrRefused = errors.New("not all that was sent is published")

// What authors are told.
const (
	notPublished = "nothing is published: mend what is listed above, and send it again\n"
	cutShort     = "the upload was cut: nothing of it is published, send it again\n"
)

var (
	errName    = errors.New("the name has a character that cannot be seen, or is too long: rename it")
	errOutside = errors.New("the path leads out of the posts: leave out what leads up")
	errOthers  = errors.New("only posts can be changed: write to posts/")
	errExists  = errors.New("there is something of that name")
	errFilled  = errors.New("the folder is not empty")
	errLinks   = errors.New("links are not published: send the file itself")
	errFolders = errors.New("too many empty folders: put files into them first")
)

// author is the side of a session that may write. The quiet after what was sent ends a transfer, and
// the next request begins another.
type author struct {
	client *Client
	timer  *time.Timer // of the quiet; nil before the first transfer
	over   chan struct{}
	closed bool // used by close alone

	mu       sync.Mutex
	transfer Transfer  // nil: none is under way
	changed  bool      // it has something that was sent, or removed
	failed   bool      // something of it was refused, or is lost
	refused  bool      // something was refused in the session
	uploads  []*upload //ledger:counted at most MaxHandles and the one that was cut
	// cut is a file that was truncated by its name: who does so mostly goes on to write to it.
	cut *upload
	// folders are those that are empty, or have been a moment ago: none is published.
	folders map[string]bool //ledger:counted at most maxFolders, taken from the account
	taken   int64           // for folders
	listing *own            // the folder that was listed last, until something changes
	crash   any             // the panic of the goroutine that waits for the quiet
}

// upload is a file that is being written.
type upload struct {
	Upload
	name    string
	size    int64
	appends bool // whatever the offset
	dirty   bool // it is not what is there already
	err     error
}

func newAuthor(c *Client) *author {
	return &author{client: c, over: make(chan struct{}), folders: make(map[string]bool)}
}

// lock has what the author has sent for its caller.
func (a *author) lock() (unlock func()) {
	a.mu.Lock()
	if a.crash != nil {
		defer a.mu.Unlock()
		panic(a.crash)
	}
	return a.mu.Unlock
}

// begin begins a transfer, if none is under way. The caller has the lock, as for all below.
func (a *author) begin(ctx context.Context) error {
	if a.transfer != nil {
		return nil
	}
	t, err := a.client.Begin(ctx)
	if err != nil {
		return err
	}
	if a.timer == nil {
		a.timer = time.NewTimer(quiet)
		if !a.client.Account.Go(func() { a.rest(ctx) }) {
			a.timer = nil
			t.End()
			return errNoMemory
		}
	}
	a.transfer, a.changed, a.failed = t, false, false
	a.timer.Reset(quiet)
	return nil
}

// rest publishes whenever nothing has changed for a while.
func (a *author) rest(ctx context.Context) {
	for {
		select {
		case <-a.timer.C:
			a.restOnce(ctx)
		case <-a.over:
			return
		}
	}
}

func (a *author) restOnce(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() {
		if v := recover(); v != nil {
			a.crash = v
		}
	}()
	if a.writing() == 0 {
		a.finish(ctx, true)
	}
}

// touch records that something has changed.
func (a *author) touch() {
	a.changed = true
	a.forgetListing()
	a.timer.Reset(quiet)
}

// writing returns how many files are open for writing.
func (a *author) writing() int {
	n := len(a.uploads)
	if a.cut != nil {
		n--
	}
	return n
}

// finish ends the transfer: it is published if it is whole, and of that nothing was refused.
func (a *author) finish(ctx context.Context, whole bool) {
	t := a.transfer
	if t == nil {
		return
	}
	defer t.End()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if whole = whole && a.writing() == 0; whole && a.cut != nil {
		_ = a.keep(ctx, a.cut) // it has been told
	}
	for len(a.uploads) > 0 {
		a.drop(a.uploads[0])
	}
	a.transfer = nil
	a.forgetListing()
	switch {
	case !whole && (a.changed || a.failed):
		a.tell(cutShort)
		a.refused = true
	case a.failed:
		a.tell(notPublished)
		a.refused = true
	case a.changed:
		told, published := t.Finish(ctx)
		a.tell(told)
		a.refused = a.refused || !published
	}
}

// close ends the session, and reports whether all that was sent is published.
func (a *author) close(ctx context.Context, whole bool) bool {
	if a.closed {
		return !a.refused
	}
	a.closed = true
	close(a.over)
	unlock := a.lock()
	defer unlock()
	defer func() { a.client.Account.Give(a.taken) }()
	a.finish(ctx, whole)
	return !a.refused
}

// tell tells the author, who may be gone.
func (a *author) tell(text string) { _, _ = io.WriteString(a.client.Stderr, text) }

// refuse records that something of what was sent is refused, and returns the error.
func (a *author) refuse(err error) error {
	if err != nil && a.transfer != nil {
		a.failed = true
		a.touch()
	}
	return err
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
	case !there && flags&openCreate == 0:
		return nil, ErrNone
	}
	u := a.cut
	if u != nil && u.name == name {
		a.cut = nil
	} else {
		f, err := a.transfer.Create(name)
		if err != nil {
			return nil, a.refuse(err)
		}
		u = &upload{Upload: f, name: name, dirty: !there}
		if there && flags&openTruncate == 0 {
			if err := a.fill(u, e.size); err != nil {
				f.Discard()
				return nil, a.refuse(err)
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

// fill copies what is there into an upload.
func (a *author) fill(u *upload, size int64) error {
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
		return a.refuse(err)
	}
	u.size, u.dirty = max(u.size, int64(offset)+int64(n)), true //nolint:gosec // it was written there
	a.touch()
	return nil
}

// truncate sets the size of an upload.
func (a *author) truncate(u *upload, size int64) error {
	if err := u.Truncate(size); err != nil {
		u.err = err
		return a.refuse(err)
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

// keep ends an upload that has arrived whole. Its problems are told.
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
	return a.refuse(a.judge(problems, err))
}

// drop ends an upload of which nothing is kept.
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

// judge tells of the problems of a file, and returns the first as an error.
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
		if b.WriteString(p.String() + "\n"); i == 0 {
			err = errors.New(p.String())
		}
	}
	a.tell(b.String())
	return err
}
