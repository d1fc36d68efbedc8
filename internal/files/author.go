package files

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// Transfer is a set of files that an author sends to be published together. Names are paths in the posts
// folder, as it will be after the transfer. Methods are called by one goroutine at a time. An error is one line
// of text for the author.
type Transfer interface {
	// Names yields all files, in any order. Stat and Open return ErrNone for a file that is not there. An
	// opened file may be read after the transfer has ended.
	Names() iter.Seq[string]
	Stat(name string) (size int64, changed time.Time, err error)
	Open(name string) (Reading, error)
	// Create begins a file in place of one of that name. It is empty.
	Create(name string) (Upload, error)
	// Remove removes a file, and Rename renames one, in place of one that has the new name. A post
	// that gets its name by it is checked, as by Keep.
	Remove(name string) error
	Rename(ctx context.Context, from, to string) ([]post.Problem, error)
	// Finish publishes the transfer, and returns lines for its author and whether it is published. End releases
	// all that the transfer holds, whether it was published or not.
	Finish(ctx context.Context) (told string, published bool)
	End()
}

// Reading is a file that is read.
type Reading interface {
	io.ReaderAt
	io.Closer
}

// Upload is a file that is being received. Keep or Discard ends it.
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
	// quiet is for how long nothing may change, with no file open for writing, before what was sent is
	// published.
	quiet = time.Second
	// finishTime is how long that may take, also if the client has left.
	finishTime = time.Minute
	// maxFolders is how many empty folders a session may have, which are kept nowhere else.
	maxFolders = 1000
	// maxFailed is how many names of refused files are remembered.
	maxFailed = 64
	// maxTold is how many problems of one file are reported to an author, and maxComplaints how many reasons
	// for other refused requests, in a session.
	maxTold, maxComplaints = 20, 256
)

// ErrRefused ends the session of an author if something of what was sent is refused.
var ErrRefused = errors.New("not all that was sent is published")

// Messages to authors.
const (
	notPublished = "nothing is published: mend what is listed above, and send it again\n"
	cutShort     = "the upload was cut: nothing of it is published, send it again\n"
)

var (
	errName    = errors.New("the name has a character that cannot be seen, or is too long: rename it")
	errOutside = errors.New("the path leads out of the posts: leave out what leads up")
	errOthers  = errors.New("only posts can be changed: write to posts/")
	errTop     = errors.New("the folder of the posts stays: change what is in it")
	errExists  = errors.New("there is something of that name")
	errFilled  = errors.New("the folder is not empty")
	errLinks   = errors.New("links are not published: send the file itself")
	errFolders = errors.New("too many empty folders: put files into them first")
)

// author is the part of an SFTP or scp session that writes. A transfer is published after a pause in what is
// sent, and the next request begins another.
type author struct {
	client *Client
	timer  *time.Timer // of the pause; nil before the first transfer
	over   chan struct{}
	closed bool // used by close alone

	mu       sync.Mutex
	transfer Transfer // nil: none is under way
	changed  bool     // it has something that was sent, or removed
	// failed are the names of files that were refused and have not been replaced since; "" stands for names
	// that do not fit. While there are any, nothing is published.
	failed  map[string]bool //ledger:counted at most maxFailed
	refused bool            // something was refused in the session
	shows   bool            // the client shows the text of statuses
	// complaints counts them, and complaint is the last one.
	complaints int
	complaint  string
	uploads    []*upload //ledger:counted at most maxHandles and the one that was cut
	// cut is a file that was truncated by its name; mostly the client goes on to write to it.
	cut *upload
	// folders are those that are empty, or were a moment ago; they are not published.
	folders map[string]bool //ledger:counted at most maxFolders, taken from the account
	taken   int64           // for folders
	listing *own            // the folder that was listed last, until something changes
	names   []string        //ledger:counted names that the transfer has, see all; taken from the account
	crash   any             // the panic of the goroutine that publishes after a pause
}

func newAuthor(c *Client) *author {
	return &author{client: c, over: make(chan struct{}), folders: make(map[string]bool), failed: make(map[string]bool)}
}

// lock locks the transfer.
func (a *author) lock() (unlock func()) {
	a.mu.Lock()
	if a.crash != nil {
		defer a.mu.Unlock()
		panic(a.crash)
	}
	return a.mu.Unlock
}

// begin begins a transfer, if none is under way. The caller holds the lock, as for all methods below.
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
	a.transfer, a.changed = t, false
	a.timer.Reset(quiet)
	return nil
}

// rest publishes after each pause.
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

// finish ends the transfer. It is published if the input is whole and nothing was refused.
func (a *author) finish(ctx context.Context, whole bool) {
	t := a.transfer
	if t == nil {
		return
	}
	defer t.End()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if whole = whole && a.writing() == 0; whole && a.cut != nil {
		_ = a.keep(ctx, a.cut) // the error is reported already
	}
	for len(a.uploads) > 0 {
		a.drop(a.uploads[0])
	}
	a.transfer = nil
	a.forgetListing()
	a.forgetNames()
	defer clear(a.failed)
	switch {
	case !whole && (a.changed || len(a.failed) > 0):
		a.tell(cutShort)
		a.refused = true
	case len(a.failed) > 0:
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

// tell writes to the author's standard error.
func (a *author) tell(text string) { _, _ = io.WriteString(a.client.Stderr, text) }

// refuse records that a file is refused, and returns the error.
func (a *author) refuse(name string, err error) error {
	if err != nil && a.transfer != nil {
		if len(a.failed) >= maxFailed {
			name = ""
		}
		a.failed[name] = true
		a.touch()
	}
	return err
}

// toldError is an error that was reported to the author already.
type toldError struct{ error }

// complain writes to the client's standard error why a request for a file is refused, since most SFTP clients show
// only a text of their own, and returns the error. Errors that clients display themselves, or probe for, are not
// reported.
func (a *author) complain(name string, err error) error {
	_, told := errors.AsType[toldError](err)
	if err == nil || told || errors.Is(err, ErrNone) || errors.Is(err, errExists) || errors.Is(err, errShort) || errors.Is(err, errNoHandle) {
		return err
	}
	line := err.Error() + "\n"
	if at, ok := clean(name); ok && at != "/" {
		line = at[1:] + ": " + line
	}
	if line != a.complaint && a.complaints < maxComplaints {
		a.complaints++
		a.complaint = line
		a.tell(line)
	}
	return err
}
