// Package files offers the published posts of a library as a tree of files, over the
// protocols that clients copy files with. Readers can only read them; what authors send goes to a [Transfer]:
//
//	posts/SLUG.md
//	categories/CATEGORY/SLUG.md
//
// and further files at the top, such as feed.atom.
//
// SFTP speaks version 3 of the SSH File Transfer Protocol (draft-ietf-secsh-filexfer-02), Source
// the sending side of what scp speaks with -O, rcp's protocol. Both read from a client and write to
// it, and know nothing of SSH.
//
// The tree is made of the library's index at each request, so a reload shows at once, and holds
// what that publishes: no draft, and no path of the machine. A file that is open stays as it was.
//
// What a client can make this hold is bounded before it is held. A session answers one request at a
// time on one goroutine (for authors, another publishes what has come after a pause), and its buffers have a fixed size, whatever a client says of its packets.
// Handles are counted, and the text of each open file is taken from the session's account. A folder
// is listed in pages, from the index as it is then, and a handle holds no more of it than a number.
//
// This is why the protocol is served here and not by github.com/pkg/sftp: its server starts eleven
// goroutines for each session, whose panics nothing can contain, and allocates up to 256 KiB for
// four bytes of a client that say how long a packet will be.
package files

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
)

// Library has the index that is current.
type Library interface {
	Current() *library.Index
}

// Files offers the posts of a library. It is safe for concurrent use.
type Files struct {
	// Library has the posts.
	Library Library
	// Others are further files in the top folder.
	Others []File
}

// File is a file that is made of the current index.
type File struct {
	// Name is its name, without a slash.
	Name string
	// Write writes the file's text, and Size returns its length, which a listing of the top folder
	// asks for, too. They take what they need from the account. Errors are for the client.
	Write func(context.Context, *ledger.Account, io.Writer) error
	Size  func(context.Context, *ledger.Account) (int64, error)
}

// Client is one session that copies files.
type Client struct {
	// Input and Output are the protocol's streams. Stderr goes to the person at the client.
	Input          io.Reader
	Output, Stderr io.Writer
	// Account is where open files, and turns of the processor, are taken from.
	Account *ledger.Account
	// Language is that in which the client reads, or "" for the blog's own.
	Language string
	// Await, if set, delays the answer to a request while the client asks faster than it may. Its error ends
	// the session.
	Await func(context.Context) error
	// Begin, if set, begins a transfer of the client's author. For other clients writing is refused with
	// Refusal, or else ReadOnly.
	Begin   func(context.Context) (Transfer, error)
	Refusal string
	// Refused, if set, is called once when somebody who is no author tries to write.
	Refused func()
	// Whole reports, after Input has ended, whether the client ended it; otherwise the connection was lost. If
	// it is nil, the client did.
	Whole func() bool
}

// whole calls Whole.
func (c *Client) whole() bool { return c.Whole == nil || c.Whole() }

// refusal is the line for those who may not write.
func (c *Client) refusal() string { return cmp.Or(c.Refusal, ReadOnly) }

// ReadOnly is the message for clients that try to write.
const ReadOnly = "this blog is read-only: nothing can be uploaded, changed or deleted"

// errNoMemory says that an account does not have the memory for a file.
var errNoMemory = errors.New("the server has no memory for another open file now: close some, or come back later")

// text returns the text of a file, which is taken from the client's account: the caller gives taken back when
// it no longer holds the text. It runs in the caller's turn.
func (f *Files) text(ctx context.Context, c *Client, turn *ledger.Turn, e *entry) (text string, taken int64, err error) {
	if e.other != nil {
		turn.End() // it may wait for another session that makes it
		defer c.Account.Begin(turn)
		return e.other.text(ctx, c.Account)
	}
	taken = int64(e.post.SourceSize())
	if !c.Account.TakeExtra(taken) {
		return "", 0, errNoMemory
	}
	var b strings.Builder
	b.Grow(int(taken)) //ledger:counted just taken
	for piece := range e.post.Source() {
		turn.Yield()
		b.WriteString(piece)
	}
	return b.String(), taken, nil
}

// attributes returns those of an entry. It runs in the caller's turn.
func (f *Files) attributes(ctx context.Context, c *Client, turn *ledger.Turn, e *entry) (attributes, error) {
	a := attributes{folder: e.folder != nil, when: e.when}
	switch {
	case a.folder:
	case e.own != "":
		a.size = e.size
	case e.post != nil:
		a.size = int64(e.post.SourceSize())
	default:
		turn.End()
		defer c.Account.Begin(turn)
		var err error
		if a.size, err = e.other.Size(ctx, c.Account); err != nil {
			return a, err
		}
	}
	return a, nil
}

// text returns the text of a file, which is taken from the account.
func (f *File) text(ctx context.Context, account *ledger.Account) (text string, taken int64, err error) {
	if taken, err = f.Size(ctx, account); err != nil {
		return "", 0, err
	}
	if !account.TakeExtra(taken) {
		return "", 0, errNoMemory
	}
	b := &bounded{left: int(taken)}
	b.text.Grow(b.left) //ledger:counted just taken
	if err := f.Write(ctx, account, b); err != nil {
		account.Give(taken)
		return "", 0, err
	}
	return b.text.String(), taken, nil
}

// bounded keeps what is written to it, up to so many bytes.
type bounded struct {
	text strings.Builder //ledger:counted at most left, which was taken
	left int
}

// errAnew says that a file became longer while it was made.
var errAnew = errors.New("the blog has just changed: ask again")

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errAnew
	}
	b.left -= len(p)
	return b.text.Write(p)
}
