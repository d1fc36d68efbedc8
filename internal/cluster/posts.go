package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sshblog/sshblog/internal/push"
)

// Posts is the history of the posts, a [push.Shared]: the objects of its repository by their hashes, and the
// newest version, which is replaced by compare-and-set. An object is stored in pieces of its own bytes, so that
// all servers, and repeated attempts, write the same; the first piece is written last, and shows that all are
// there.
type Posts struct{ c *Cluster }

// Posts returns the store, which needs no server of NATS before it is used.
func (c *Cluster) Posts() *Posts { return &Posts{c} }

// The keys of the newest version, and of who pushed one.
const (
	headKey   = "head"
	pushedKey = "pushed."
)

// The format of a head. A server writes format, and reads each whose least is not above its own.
const (
	headFormat = 1
	headLeast  = 1
)

// head is the newest version.
type head struct {
	Format  int       `json:"format"`
	Least   int       `json:"least"` // the format that a server has to know to make sense of it
	Version string    `json:"version"`
	When    time.Time `json:"when"`
}

// over returns the record that replaces another one, and keeps the fields that a later version of sshblog has
// added, as long as that says that this one need not know them.
func (h head) over(old []byte) ([]byte, error) {
	all := make(map[string]json.RawMessage)
	if len(old) > 0 {
		if err := json.Unmarshal(old, &all); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(h)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// ErrNewer says that a newer version of sshblog has written what this one cannot read.
var ErrNewer = errors.New("the cluster's posts are in a format that this version of sshblog does not know: upgrade this server")

func (p *Posts) head(ctx context.Context) (head, record, error) {
	is, err := p.c.get(ctx, blog, headKey)
	if err != nil || is.gone {
		return head{}, is, err
	}
	var h head
	if err := json.Unmarshal(is.value, &h); err != nil {
		return head{}, is, fmt.Errorf("what the cluster has as its newest version cannot be read: %w", err)
	}
	if h.Least > headFormat {
		return head{}, is, ErrNewer
	}
	return h, is, nil
}

// apart converts the error for an unreachable NATS to package push's.
func apart(err error) error {
	if errors.Is(err, ErrAway) || errors.Is(err, errClosed) {
		return fmt.Errorf("%w (%w)", push.ErrApart, err)
	}
	return err
}

// Head implements [push.Shared].
func (p *Posts) Head(ctx context.Context) (string, error) {
	h, _, err := p.head(ctx)
	return h.Version, apart(err)
}

// Move implements [push.Shared]. The others are told.
func (p *Posts) Move(ctx context.Context, from, to string) error {
	is, old, err := p.head(ctx)
	switch {
	case err != nil:
		return apart(err)
	case is.Version == to:
		return nil
	case is.Version != from:
		return push.ErrBehind
	}
	text, err := head{max(headFormat, is.Format), max(headLeast, is.Least), to, time.Now().UTC().Truncate(time.Second)}.over(old.value)
	if err == nil {
		_, err = p.c.put(ctx, blog, headKey, text, old.revision)
	}
	if err != nil { // it may be there all the same: then only the answer was lost
		switch is, _, failed := p.head(ctx); {
		case failed == nil && is.Version == to:
			err = nil
		case errors.Is(err, errChanged):
			err = push.ErrBehind
		default: // or it is still written
			err = errors.Join(push.ErrUnsure, err)
		}
	}
	if err == nil {
		p.c.Announce(to)
	}
	return apart(err)
}

// pieceSize is that of the pieces of an object, in bytes. It belongs to the format.
const pieceSize = 256 << 10

// underWay is how many pieces are sent and not yet answered.
const underWay = 32

// headerPieces says in the first piece how many an object has.
const headerPieces = "Sshblog-Pieces"

// Put implements [push.Shared].
func (p *Posts) Put(ctx context.Context, contents iter.Seq2[push.Content, error]) error {
	s := &sending{c: p.c}
	for content, err := range contents {
		if err == nil {
			err = s.object(ctx, content)
		}
		if err != nil {
			return apart(err)
		}
	}
	return apart(s.settle(ctx, 0))
}

// sending is what is sent and not answered.
type sending struct {
	c     *Cluster
	acks  []jetstream.PubAckFuture //ledger:counted at most underWay
	asked int                      // for how many objects it was asked what is there
	there map[string]uint64        //ledger:counted pieces of the blog's own history; nil: not all are known
}

// askEach is for how many objects it is asked one by one what of them is there: then it is asked for all.
const askEach = 32

// has returns which pieces of an object are there.
func (s *sending) has(ctx context.Context, name string) (func(piece int) bool, error) {
	_, subject := s.c.names(objects)
	there, filter := s.there, subject+name+".*"
	if there == nil {
		if s.asked++; s.asked > askEach {
			filter = subject + ">"
		}
		var err error
		if there, err = s.c.subjects(ctx, objects, filter); err != nil {
			return nil, err
		}
		if s.asked > askEach {
			s.there = there
		}
	}
	return func(piece int) bool { return there[subject+pieceKey(name, piece)] > 0 }, nil
}

// object sends what is not there of one.
func (s *sending) object(ctx context.Context, content push.Content) error {
	has, err := s.has(ctx, content.Name)
	if err != nil {
		return err
	}
	pieces := max(int((content.Size+pieceSize-1)/pieceSize), 1)
	lacks := 0
	for piece := range pieces {
		if !has(piece) {
			lacks++
		}
	}
	if lacks == 0 {
		return nil
	}
	from, err := content.Open()
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was only read
	var first []byte
	for piece := range pieces {
		text := make([]byte, min(pieceSize, content.Size-int64(piece)*pieceSize)) // NATS has it until it is answered
		if _, err := io.ReadFull(from, text); err != nil {
			return fmt.Errorf("object %s: %w", content.Name, err)
		}
		switch {
		case piece == 0:
			first = text
		case !has(piece):
			err = s.send(ctx, content.Name, piece, text, 0)
		}
		if err != nil {
			return err
		}
	}
	if has(0) {
		return nil
	}
	if pieces > 1 {
		if err := s.settle(ctx, 0); err != nil {
			return err
		}
	}
	return s.send(ctx, content.Name, 0, first, pieces)
}

func pieceKey(name string, piece int) string { return name + "." + strconv.Itoa(piece) }

// send sends a piece. pieces is how many there are, in the first.
func (s *sending) send(ctx context.Context, name string, piece int, text []byte, pieces int) error {
	if err := s.settle(ctx, underWay-1); err != nil {
		return err
	}
	m := s.c.message(objects, pieceKey(name, piece), text)
	if pieces > 0 {
		m.Header.Set(headerPieces, strconv.Itoa(pieces))
	}
	ack, err := s.c.js.PublishMsgAsync(m, jetstream.WithExpectLastSequencePerSubject(0))
	if err != nil {
		return s.c.failure(err)
	}
	s.acks = append(s.acks, ack)
	if s.there != nil {
		s.there[m.Subject] = 1 // a history has many an object more than once
	}
	return nil
}

// settle waits until at most most requests are without an answer.
func (s *sending) settle(ctx context.Context, most int) error {
	for len(s.acks) > most {
		select {
		case <-s.acks[0].Ok():
		case err := <-s.acks[0].Err():
			if !conflict(err) {
				s.c.lost(objects, err)
				return s.c.failure(err)
			}
			if err := s.sure(ctx, s.acks[0].Msg()); err != nil {
				return err
			}
		case <-ctx.Done():
			return s.c.failure(ctx.Err())
		}
		s.acks = s.acks[1:]
	}
	return nil
}

// sure waits until a piece is really stored that NATS reports as stored by another request: it reports that
// already while the other request is under way, and may yet fail.
func (s *sending) sure(ctx context.Context, m *nats.Msg) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	for {
		there, err := s.c.subjects(ctx, objects, m.Subject)
		if err != nil || there[m.Subject] > 0 {
			return err
		}
		again := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: nats.Header{headerServer: {s.c.server}}}
		if pieces := m.Header.Get(headerPieces); pieces != "" {
			again.Header.Set(headerPieces, pieces)
		}
		if _, err = s.c.js.PublishMsg(ctx, again, jetstream.WithExpectLastSequencePerSubject(0)); !conflict(err) {
			return s.c.failure(err)
		}
		if err := pause(ctx); err != nil {
			return s.c.failure(err)
		}
	}
}

// Get implements [push.Shared].
func (p *Posts) Get(ctx context.Context, name string) (io.Reader, error) {
	is, err := p.c.get(ctx, objects, pieceKey(name, 0))
	if err != nil {
		return nil, apart(err)
	}
	pieces, err := strconv.Atoi(is.header.Get(headerPieces))
	if is.gone || err != nil || pieces < 1 {
		return nil, fmt.Errorf("object %s: %w", name, push.ErrLost)
	}
	piece := 0
	return &pieceReader{left: is.value, next: func() ([]byte, error) {
		if piece++; piece == pieces {
			return nil, io.EOF
		}
		is, err := p.c.get(ctx, objects, pieceKey(name, piece))
		if err == nil && is.gone {
			err = fmt.Errorf("piece %d of object %s: %w", piece, name, push.ErrLost)
		}
		return is.value, apart(err)
	}}, nil
}

// extent is the extent of a stream from which nothing is ever removed.
type extent struct {
	Created time.Time `json:"created"`
	First   uint64    `json:"first"`
	Removed int       `json:"removed"`
	Last    uint64    `json:"last"`
}

// Lost implements [push.Shared], by one request.
func (p *Posts) Lost(ctx context.Context, since string) (now string, lost bool, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	info, err := p.c.info(ctx, objects)
	if err != nil {
		return "", false, apart(err)
	}
	is := extent{info.Created, max(info.State.FirstSeq, 1), info.State.NumDeleted, info.State.LastSeq}
	var was extent
	lost = json.Unmarshal([]byte(since), &was) != nil || !is.Created.Equal(was.Created) || is.First != was.First || is.Removed != was.Removed || is.Last < was.Last
	text, err := json.Marshal(is)
	return string(text), lost, err
}

// Tell implements [push.Shared].
func (p *Posts) Tell(lacks bool) { p.c.announce(announcement{Lacks: lacks}) }

// pieceReader reads what next returns, until that returns an error.
type pieceReader struct {
	left []byte
	next func() ([]byte, error)
	err  error
}

// Read implements [io.Reader].
func (r *pieceReader) Read(b []byte) (int, error) {
	for len(r.left) == 0 && r.err == nil {
		r.left, r.err = r.next()
	}
	n := copy(b, r.left)
	r.left = r.left[n:]
	if n > 0 {
		return n, nil
	}
	return 0, r.err
}

// pushed is who pushed a version by git.
type pushed struct {
	Format int       `json:"format"`
	Least  int       `json:"least,omitempty"` // as that of a head
	After  string    `json:"after,omitempty"` // the version before those that were pushed
	Who    string    `json:"who"`
	When   time.Time `json:"when"`
}

// Note implements [push.Shared].
func (p *Posts) Note(ctx context.Context, version, after string, by push.Signature) error {
	text, err := json.Marshal(pushed{headFormat, headLeast, after, by.Author, by.When.UTC()})
	if err == nil {
		_, err = p.c.put(ctx, blog, pushedKey+version, text, 0)
	}
	if errors.Is(err, errChanged) { // it is there
		err = nil
	}
	return apart(err)
}

// Noted implements [push.Shared].
func (p *Posts) Noted(ctx context.Context, version string) (after string, by push.Signature, ok bool, err error) {
	is, err := p.c.get(ctx, blog, pushedKey+version)
	if err != nil || is.gone {
		return "", push.Signature{}, false, apart(err)
	}
	var n pushed
	if err := json.Unmarshal(is.value, &n); err != nil || n.Least > headFormat {
		return "", push.Signature{}, false, nil //nolint:nilerr // what nobody can read tells nothing
	}
	return n.After, push.Signature{Author: n.Who, When: n.When}, true, nil
}
