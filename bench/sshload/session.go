package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// session is one reader: a connection with a terminal, and what it waits for.
// A key is sent when the one before has been answered, but timed from when it
// was due; so a slow answer is paid for by all the keys that it holds back.
type session struct {
	activity activity
	script   script
	at       int // the next key of the script's cycle
	expect   []byte
	tally    *tally
	check    *witness // nil for most
	nc       net.Conn
	channel  ssh.Channel
	closed   chan struct{} // closed with the channel
	status   uint32        // of the server's exit, if it tells one; to be read when closed is
	over     chan struct{} // closed when nothing more will come

	mu      sync.Mutex
	waiting []*question // the first of them has been sent, or is about to be
	last    kind        // what the bytes that come belong to
	counts  bool        // and whether they count
	tail    []byte      // the end of what has come, where a text may have begun
	lookout *lookout    // nil unless a text is looked out for
	opened  bool        // the first screen has come
	leaving bool
	// ended says that no more keys are sent: one was given up, whose late answer
	// would be taken for the next one's, or the server has ended the session.
	ended  bool
	reason string // for which the server ended it, if it told one
	err    error
}

// question is a key that has no answer yet.
type question struct {
	key
	due    time.Time
	counts bool          // false while readers go to their places
	sent   bool          // what came before it was sent is no answer
	began  time.Time     // when the answer began to come
	before string        // the witness's screen before
	done   chan struct{} // closed when it is answered or given up
	err    error         // why it was given up
}

// lookout waits for a text that no key asks for.
type lookout struct {
	text  []byte
	since time.Time
	seen  *histogram
	done  func()
}

// open asks for a terminal and a shell.
func (s *session) open(set *settings) error {
	pty := struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{set.Term, uint32(set.Size.Width), uint32(set.Size.Height), 0, 0, "\x00"} //nolint:gosec // checked
	// As OpenSSH does, without waiting in between (RFC 4254 §6.2, §6.5).
	if _, err := s.channel.SendRequest("pty-req", false, ssh.Marshal(&pty)); err != nil {
		return err
	}
	ok, err := s.channel.SendRequest("shell", true, nil)
	if err != nil {
		<-s.over // it says why
		return s.failure()
	}
	if !ok {
		return errors.New("the server refused one")
	}
	return nil
}

// prepare brings the reader to its place.
func (s *session) prepare(ctx context.Context, patience time.Duration) error {
	for _, k := range s.script.first {
		if err := s.await(ctx, s.ask(k, time.Now(), false), patience); err != nil {
			return fmt.Errorf("going to its place, at %q (%v): %w", k.bytes, k.kind, err)
		}
	}
	return nil
}

// next sends the next key of the cycle, due at a time.
func (s *session) next(due time.Time) {
	k := s.script.cycle[s.at]
	s.at = (s.at + 1) % len(s.script.cycle)
	s.ask(k, due, true)
}

// ask sends a key, or lets it wait for the answers to those before.
func (s *session) ask(k key, due time.Time, counts bool) *question {
	q := &question{key: k, due: due, counts: counts, done: make(chan struct{})}
	s.mu.Lock()
	if s.ended {
		s.drop(q, nil)
		s.mu.Unlock()
		return q
	}
	s.waiting = append(s.waiting, q)
	alone := len(s.waiting) == 1
	if alone {
		s.prompt(q)
		q.sent = true
	}
	s.mu.Unlock()
	if alone {
		s.send(q)
	}
	return q
}

// prompt notes that q is about to be sent. The lock is held.
func (s *session) prompt(q *question) {
	s.last, s.counts = q.kind, q.counts
	if s.check != nil {
		q.before = s.check.text()
	}
}

// send sends a key. It waits while the server takes none, but no longer than for
// an answer. It is not left to a goroutine, whose start would be taken for the
// server's time.
func (s *session) send(q *question) {
	if q.bytes == "" {
		return
	}
	enough := time.AfterFunc(s.tally.patience, func() { _ = s.nc.Close() })
	defer enough.Stop()
	_, _ = io.WriteString(s.channel, q.bytes) // the reading side tells what is wrong
}

// rest is how long a reader who is late waits after an answer before the next
// key: a large screen comes in pieces, and one that was still to come would be
// taken for the next answer.
const rest = 5 * time.Millisecond

// sendLater sends q, whose turn it is, after a rest.
func (s *session) sendLater(q *question) {
	time.AfterFunc(rest, func() {
		s.mu.Lock()
		given := len(s.waiting) == 0 || s.waiting[0] != q // up meanwhile
		q.sent = !given
		if !given {
			s.prompt(q)
		}
		s.mu.Unlock()
		if !given {
			s.send(q)
		}
	})
}

// await waits for the answer to q.
func (s *session) await(ctx context.Context, q *question, patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-q.done:
		return q.err
	case <-s.over:
		return s.failure()
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return s.giveUp(time.Now(), 0)
	}
}

// giveUp gives the session up if it has left a key unanswered for longer than
// patience: with it go the keys that wait, and those to come. It returns what is
// wrong with the first of them, or nil if none waits for so long.
func (s *session) giveUp(now time.Time, patience time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 || now.Sub(s.waiting[0].due) < patience {
		return nil
	}
	first := s.waiting[0]
	s.end(nil)
	return first.err
}

// end drops the keys that wait, because of err or for want of an answer. The
// lock is held.
func (s *session) end(err error) {
	for _, q := range s.waiting {
		s.drop(q, err)
	}
	s.waiting, s.ended = nil, true
}

// drop counts a key as unanswered, because of err or for want of an answer. The
// lock is held.
func (s *session) drop(q *question, err error) {
	q.err = s.tally.unanswered(q, s.check)
	if err != nil {
		q.err = err
	}
	close(q.done)
}

// pop takes the first question away and returns the next, to be sent. The lock
// is held.
func (s *session) pop() *question {
	close(s.waiting[0].done)
	s.waiting[0] = nil
	s.waiting = s.waiting[1:]
	if len(s.waiting) == 0 {
		s.waiting = nil
		return nil
	}
	return s.waiting[0]
}

// receive takes what the server writes until it writes no more.
func (s *session) receive() {
	defer close(s.over)
	// Room for a whole screen: what is left of one answer would be taken for the
	// next.
	buf := make([]byte, 16<<10)
	for {
		n, err := s.channel.Read(buf)
		if n > 0 {
			s.received(buf[:n], time.Now())
		}
		if err != nil {
			<-s.closed // what the server says of the end may follow the last of the text
			s.lost(err)
			return
		}
	}
}

func (s *session) received(p []byte, now time.Time) {
	s.mu.Lock()
	if s.counts {
		s.tally.kinds[s.last].bytes.Add(int64(len(p)))
	}
	if s.check != nil {
		s.check.write(p)
	}
	var next *question
	if len(s.waiting) > 0 && s.waiting[0].sent {
		q := s.waiting[0]
		if q.began.IsZero() {
			q.began = now
		}
		if s.answers(q, p) {
			s.tally.answered(q, now)
			next = s.pop()
		}
	}
	if s.lookout != nil && s.sees(p, s.lookout.text) {
		s.lookout.seen.add(now.Sub(s.lookout.since))
		s.lookout.done()
		s.lookout = nil
	}
	s.mu.Unlock()
	if next != nil {
		s.sendLater(next)
	}
}

// answers reports whether p completes the answer to q. Only a witness sees the
// screen; of the others the first screen is looked at, and that there is an
// answer to every key.
func (s *session) answers(q *question, p []byte) bool {
	switch {
	case s.check != nil:
		return s.check.answers(q)
	case q.kind == arrive:
		return s.sees(p, s.expect)
	default:
		return true
	}
}

// sees reports whether text has come with p, or began before it.
func (s *session) sees(p, text []byte) bool {
	p = append(s.tail, p...)
	if bytes.Contains(p, text) {
		s.tail = nil
		return true
	}
	s.tail = bytes.Clone(p[max(len(p)-len(text)+1, 0):])
	return false
}

// lost notes that the session is over.
func (s *session) lost(err error) {
	// A server that ends a session says why on the other stream.
	why, _ := io.ReadAll(io.LimitReader(s.channel.Stderr(), 200))
	if !errors.Is(err, io.EOF) {
		why = []byte(err.Error())
	}
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(why), "?")), " ")
	if text == "" && s.status != 0 {
		text = fmt.Sprintf("exit status %d", s.status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.check != nil {
		s.check.close()
	}
	s.reason = text
	s.err = errors.New("the server ended the session: " + cmp.Or(text, "no reason given"))
	if s.leaving {
		return
	}
	if s.opened { // else it is told with the connect that failed
		s.tally.problem(s.err.Error())
	}
	s.end(s.err)
}

func (s *session) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// look looks out for a text, and calls done once when it has come.
func (s *session) look(l *lookout) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail, s.lookout = nil, l
}

// pending reports whether a key waits for its answer.
func (s *session) pending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting) > 0
}

// leave ends the session from this side.
func (s *session) leave() {
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	_ = s.nc.Close()
}
