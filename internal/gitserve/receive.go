package gitserve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/push"
)

// main is the one branch.
const mainBranch = "refs/heads/main"

// maxCommands is how many references one push may change.
const maxCommands = 64

// agent is what the server says of itself.
const agent = "agent=sshblog object-format=sha1"

// Receive serves a client that pushes, and reports whether everything it asked for was done. Refusals are sent
// to the client; the error is about the connection, or for the client.
func Receive(ctx context.Context, c *Client, a *Author) (done bool, err error) {
	t, err := a.Begin(ctx)
	if err != nil {
		return false, err
	}
	defer t.End()
	repository, err := a.Repository()
	if err != nil {
		return false, err
	}
	repository.Head = t.Version() // there may be a newer one
	r := &receiver{client: c, author: a, transfer: t, repository: repository, turn: c.Account.Turn()}
	defer func() {
		r.turn.End()
		c.Account.Give(r.taken)
	}()
	if !c.Account.TakeExtra(inBytes + maxLine) {
		return false, errMemory
	}
	r.taken = inBytes + maxLine
	r.in = newInput(ctx, c, r.turn)
	if err := r.advertise(); err != nil {
		return false, err
	}
	if err := r.commands(); err != nil || len(r.wanted) == 0 {
		return err == nil, err
	}
	return r.serve(ctx)
}

// receiver is one push.
type receiver struct {
	client     *Client
	author     *Author
	transfer   *push.Transfer
	repository *push.Repository
	turn       *ledger.Turn
	in         *input
	taken      int64 // from the client's account

	wanted  []*update //ledger:counted at most maxCommands
	shallow bool
	report  bool // the client asked for a report
	bands   bool // it knows side bands
}

// update is what a client wants a reference to be.
type update struct {
	name    string
	was, is plumbing.Hash
	refusal string // or ""
}

// write writes outside of a turn.
func (r *receiver) write(text string) error {
	r.turn.End()
	defer r.client.Account.Begin(r.turn)
	_, err := io.WriteString(r.client.Output, text)
	return err
}

// advertise sends the refs and capabilities.
func (r *receiver) advertise() error {
	const can = "\x00report-status side-band-64k ofs-delta quiet " + agent + "\n"
	ref := plumbing.ZeroHash.String() + " capabilities^{}"
	if r.repository.Head != "" {
		ref = r.repository.Head + " " + mainBranch
	}
	return r.write(packet(ref+can) + flushPacket)
}

// commands reads what the client wants.
func (r *receiver) commands() error {
	buf := make([]byte, maxLine)
	for {
		text, err := r.in.line(buf)
		if errors.Is(err, io.EOF) && len(r.wanted) == 0 { // it has only looked
			return nil
		}
		if err != nil || text == nil {
			return err
		}
		line, can, _ := strings.Cut(string(text), "\x00")
		if strings.HasPrefix(line, "shallow ") {
			r.shallow = true
			continue
		}
		if len(r.wanted) == 0 {
			r.abilities(can)
		}
		if len(r.wanted) == maxCommands {
			return fmt.Errorf("a push has at most %d branches and tags: push main alone", maxCommands)
		}
		u, err := r.update(line)
		if err != nil {
			return err
		}
		r.wanted = append(r.wanted, u)
	}
}

func (r *receiver) abilities(can string) {
	for word := range strings.FieldsSeq(can) {
		switch word {
		case "report-status":
			r.report = true
		case "side-band-64k":
			r.bands = true
		}
	}
}

// update parses a command, and sets its refusal as far as that does not depend on the pack.
func (r *receiver) update(line string) (*update, error) {
	was, rest, _ := strings.Cut(line, " ")
	is, name, _ := strings.Cut(rest, " ")
	u := &update{name: name}
	var ok, too bool
	u.was, ok = hashOf(was)
	u.is, too = hashOf(is)
	if !ok || !too || name == "" {
		return nil, errProtocol
	}
	switch {
	case name != mainBranch:
		u.refusal = "there is only the branch main here"
	case u.is.IsZero():
		u.refusal = "main cannot be deleted"
	case u.was != plumbing.NewHash(r.repository.Head):
		u.refusal = "fetch first"
	case r.shallow:
		u.refusal = "your clone is shallow: git fetch --unshallow, and push again"
	}
	for _, other := range r.wanted {
		if other.name == name {
			return nil, errProtocol
		}
	}
	return u, nil
}

// serve executes the commands, and answers.
func (r *receiver) serve(ctx context.Context) (done bool, err error) {
	told := r.client.Stderr
	var remote, answer *band
	if r.bands {
		remote, answer = newBand(r.client.Output, bandRemote, r.client.Account, r.turn), newBand(r.client.Output, bandData, r.client.Account, r.turn)
		told = remote
	} else {
		answer = newBand(r.client.Output, 0, r.client.Account, r.turn)
	}
	status := "ok"
	for _, u := range r.wanted {
		if u.refusal != "" {
			continue
		}
		var why error
		if status, why, err = r.main(ctx, u, told); err != nil {
			return false, err
		}
		if why != nil {
			tell(told, why.Error())
		}
	}
	if r.bands {
		if err := remote.flush(); err != nil {
			return false, err
		}
	}
	done = true
	for _, u := range r.wanted {
		done = done && u.refusal == ""
	}
	if r.report {
		_, _ = io.WriteString(answer, r.status(status)) // it is told of by flush
		err = answer.flush()
	}
	if r.bands && err == nil {
		err = r.write(flushPacket)
	}
	if !done && err == nil {
		r.drain(ctx)
	}
	return done, err
}

// drainPause is how long a client that was refused may send nothing before its session ends.
const drainPause = 5 * time.Second

// drain reads what a refused client is still sending, since it reads the answer only after that; unread data
// would be taken for a flood. The server ends a session that sends too much in all.
func (r *receiver) drain(ctx context.Context) {
	r.transfer.End() // it holds what others may want to send
	r.turn.End()
	var came atomic.Bool
	over := make(chan struct{})
	if !r.client.Account.Go(func() { // until the channel is closed, when this has returned
		defer close(over)
		var buf [4 << 10]byte
		for {
			if _, err := r.client.Input.Read(buf[:]); err != nil {
				return
			}
			came.Store(true)
			if r.client.Await != nil && r.client.Await(ctx) != nil {
				return
			}
		}
	}) {
		return
	}
	look := time.NewTicker(drainPause)
	defer look.Stop()
	for {
		select {
		case <-over:
			return
		case <-ctx.Done():
			return
		case <-look.C:
			if !came.Swap(false) {
				return
			}
		}
	}
}

// status returns the report on all references.
func (r *receiver) status(unpacked string) string {
	var b strings.Builder
	b.WriteString(packet("unpack " + unpacked + "\n"))
	for _, u := range r.wanted {
		line := "ok " + u.name
		if u.refusal != "" {
			line = "ng " + u.name + " " + u.refusal
		}
		b.WriteString(packet(line + "\n"))
	}
	return b.String() + flushPacket
}

// main publishes the pack for the branch, or sets the refusal. It returns the status of the pack, and the
// reason of a refusal in words for people; err is about the connection.
func (r *receiver) main(ctx context.Context, u *update, told io.Writer) (status string, why, err error) {
	status = "ok"
	spool, err := r.transfer.Spool()
	if err != nil {
		return "", nil, err
	}
	defer spool.Close()
	limits := r.transfer.Limits()
	r.in.most, r.in.tooLarge = r.in.offset()+limits.Transfer, fmt.Errorf("the pack has more than %s: push fewer commits at once", digitsOf(limits.Transfer))
	p := &unpacker{
		unpacked: unpacked{spool: spool}, in: r.in, account: r.client.Account, taken: &r.taken,
		repository: r.repository, file: limits.File, most: limits.Transfer,
	}
	if why = p.unpack(ctx); why != nil {
		if Lost(why) || ctx.Err() != nil {
			return "", nil, why
		}
		u.refusal = "unpacker error"
		return plaintext.Clean(why.Error()), nil, nil
	}
	if why = r.transfer.Adopt(ctx, r.turn, r.repository, u.is, p); why != nil {
		u.refusal = "it cannot be published"
		if errors.Is(why, push.ErrNotFast) {
			u.refusal, why = push.ErrNotFast.Error(), nil
		}
		return status, why, ctx.Err()
	}
	r.turn.End()
	defer r.client.Account.Begin(r.turn)
	out, why := r.author.Finish(ctx, r.transfer)
	switch {
	case why != nil && r.kept(u.is):
	case errors.Is(why, push.ErrOutdated):
		u.refusal = "fetch first"
	case why != nil:
		u.refusal = "it cannot be published"
	case out.Refused():
		u.refusal = "posts have problems"
		fallthrough
	default:
		tell(told, out.Text(r.client.Address))
	}
	return status, why, nil
}

// kept reports whether a commit is the newest version: then the push succeeded, and what failed came after it.
func (r *receiver) kept(commit plumbing.Hash) bool {
	now, err := r.author.Repository()
	return err == nil && now.Head == commit.String()
}

// Lost reports whether an error is about a connection that was lost.
func Lost(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// tell writes a line for a person, without control characters.
func tell(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		_, _ = io.WriteString(w, plaintext.Clean(strings.TrimSuffix(line, "\n"))+"\n") // the client may be gone
	}
}
