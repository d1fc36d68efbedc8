// Package files offers the published posts of a library as a tree of read-only files, over the
// protocols that clients copy files with:
//
//	posts/SLUG.md
//	categories/CATEGORY/SLUG.md
//
// SFTP speaks version 3 of the SSH File Transfer Protocol (draft-ietf-secsh-filexfer-02), Source
// the sending side of what scp speaks with -O, rcp's protocol. Both read from a client and write to
// it, and know nothing of SSH.
//
// The tree is made of the library's index at each request, so a reload shows at once, and holds
// what that publishes: no draft, and no path of the machine. A file that is open stays as it was.
//
// What a client can make this hold is bounded before it is held. A session answers one request at a
// time on one goroutine, and its buffers have a fixed size, whatever a client says of its packets.
// Handles are counted, and the text of each open file is taken from the session's account. A folder
// is listed in pages, from the index as it is then, and a handle holds no more of it than a number.
//
// This is why the protocol is served here and not by github.com/pkg/sftp: its server starts eleven
// goroutines for each session, whose panics nothing can contain, and allocates up to 256 KiB for
// four bytes of a client that say how long a packet will be.
package files

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// Library has the index that is current.
type Library interface {
	Current() *library.Index
}

// Files offers the posts of a library. It is safe for concurrent use, and must not be copied.
type Files struct {
	// Library has the posts.
	Library Library
	// Text returns the text of a post's file. It must be the same each time as long as the index
	// is, and take no more memory than Cost says.
	Text func(*post.Post) string
	// Cost is a bound, in bytes, of what Text takes for a post, its result included.
	Cost func(*post.Post) int64
	// Others are further files, in the top folder.
	Others []File

	sizes sizes
}

// File is a file that is made of an index.
type File struct {
	// Name is its name, without a slash.
	Name string
	// Make returns the file's text as of an index. It takes what it needs from the account; whoever
	// calls it takes the text's length. The error is for the client.
	Make func(ctx context.Context, index *library.Index, account *ledger.Account) (text string, err error)
}

// Client is who copies files.
type Client struct {
	// Input and Output are the protocol's streams. Stderr goes to the person at the client.
	Input          io.Reader
	Output, Stderr io.Writer
	// Account is where open files, and turns of the processor, are taken from.
	Account *ledger.Account
	// Language is that in which the client reads, or "" for the blog's own.
	Language string
	// Await, if set, waits before a request is answered for as long as the client asks faster
	// than it may. Its error ends the session.
	Await func(context.Context) error
}

// ReadOnly is what those are told who want to write.
const ReadOnly = "this blog is read-only: nothing can be uploaded, changed or deleted"

// errNoMemory says that an account does not have the memory for a file.
var errNoMemory = errors.New("the server has no memory for another open file now: close some, or come back later")

// text returns the text of a file, which is taken from the client's account: the caller gives
// taken back when it holds the text no longer. It uses the caller's turn.
func (f *Files) text(ctx context.Context, c *Client, turn *ledger.Turn, index *library.Index, e *entry) (text string, taken int64, err error) {
	if e.other != nil {
		turn.End() // it may wait for others who make it
		text, err := e.other.Make(ctx, index, c.Account)
		c.Account.Begin(turn)
		if err != nil {
			return "", 0, err
		}
		if taken = int64(len(text)); !c.Account.TakeExtra(taken) {
			return "", 0, errNoMemory
		}
		return text, taken, nil
	}
	cost := f.Cost(e.post)
	if !c.Account.TakeExtra(cost) {
		return "", 0, errNoMemory
	}
	text = f.Text(e.post)
	f.sizes.set(index, e.post, len(text))
	taken = min(int64(len(text)), cost)
	c.Account.Give(cost - taken)
	return text, taken, nil
}

// attributes returns those of an entry. It uses the caller's turn.
func (f *Files) attributes(ctx context.Context, c *Client, turn *ledger.Turn, index *library.Index, e *entry) (attributes, error) {
	a := attributes{folder: e.folder != nil, when: e.when}
	if a.folder {
		return a, nil
	}
	if e.post != nil {
		if n, ok := f.sizes.of(index, e.post); ok {
			a.size = n
			return a, nil
		}
	}
	text, taken, err := f.text(ctx, c, turn, index, e)
	c.Account.Give(taken)
	a.size = int64(len(text))
	return a, err
}

// maxSizes is how many sizes are remembered: each takes some 100 bytes.
const maxSizes = 16 << 10

// sizes remembers how long the files of one index are. A listing has all of them, and each is known
// only once its text has been made.
type sizes struct {
	mu    sync.Mutex
	index <-chan struct{}  // is closed when the index is superseded, and tells it from others
	known map[sized]uint32 //ledger:counted at most maxSizes
}

// sized is a post of an index.
type sized struct{ address, language string }

func (s *sizes) of(index *library.Index, p *post.Post) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index != index.Superseded() {
		return 0, false
	}
	n, ok := s.known[sized{p.Address, p.Language}]
	return int64(n), ok
}

func (s *sizes) set(index *library.Index, p *post.Post, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index != index.Superseded() || len(s.known) >= maxSizes {
		s.index, s.known = index.Superseded(), make(map[sized]uint32)
	}
	s.known[sized{p.Address, p.Language}] = uint32(n) //nolint:gosec // a post has 256 KB at most
}
