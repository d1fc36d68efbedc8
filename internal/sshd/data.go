package sshd

import (
	"io"
	"sync"
	"time"
)

// MaxWrite is the most data, in bytes, that is given to x/crypto in one write. It becomes
// one packet, which a client receives as a whole or not at all, unless it has let the
// channel's window (RFC 4254 §5.2) run out.
//
// Each channel and each cipher keeps a buffer as large as the largest packet it has sent
// until the connection ends. With header, padding and tag this much still fits the 4 KiB
// buffer that x/crypto writes from, so a large frame costs neither memory afterwards nor
// more system calls.
const MaxWrite = 4000

// Read reads what the client has sent.
func (s *session) Read(p []byte) (int, error) {
	n, total, err := s.take(p)
	limit := s.server.cfg.MaxInput
	if s.author != "" {
		limit = s.server.cfg.AuthorMaxInput
	}
	if n > 0 && limit > 0 && total > limit && s.kind != Subsystem {
		s.end(InputLimit)
		return 0, io.EOF
	}
	return n, err
}

// discard reads what the client was still sending when the handler returned, and nobody wants any more: as
// much as the channel's window let it, until it has closed the channel. Left unread it would hold up the
// connection, which may have other sessions, and look like a flood.
func (s *session) discard() {
	var buf [1 << 10]byte
	for {
		if _, _, err := s.take(buf[:]); err != nil {
			return
		}
	}
}

// take reads from the channel and counts that. total is how much that was by now. Of several goroutines that
// wait for the end of a channel the library wakes one, so that only one may: a handler may have left one behind.
func (s *session) take(p []byte) (n int, total int64, err error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	t := &s.traffic
	before := s.conn.received.Load()
	t.waitingSince.Store(max(int64(s.server.clock()), 1))
	s.conn.hasRead()
	n, err = s.Channel.Read(p)
	t.waitingSince.Store(0)
	if n == 0 {
		if err != nil {
			s.readEnd()
		}
		return n, t.in.Load(), err
	}
	now := int64(s.server.clock())
	t.lastInput.Store(now)
	s.conn.admitted.heard.Store(now)
	t.taken.Add(int64(n))
	s.conn.delivered.Add(int64(n))
	if n < len(p) {
		// x/crypto returns everything that it has, so all that had been received before
		// this Read has been read now.
		t.dryAt.Store(before)
		t.taken.Store(0)
	}
	return n, t.in.Add(int64(n)), err
}

// emptyAfter is how long a Read has to wait until its channel is known to be empty. One
// that has just begun, or is not scheduled on a busy machine, may still find data.
const emptyAfter = 50 * time.Millisecond

// backlog returns an upper bound, in bytes on the wire, of what waits to be read when the
// connection has received total.
func (s *session) backlog(total int64) int64 {
	t := &s.traffic
	since := t.waitingSince.Load()
	if since > 0 && int64(s.server.clock())-since >= int64(emptyAfter) && !s.conn.heldUp() {
		t.dryAt.Store(total)
		t.taken.Store(0)
	}
	return total - t.dryAt.Load() - t.taken.Load()
}

// discardStderr reads and discards the client's stderr stream. No client sends any, but
// x/crypto would keep it. This takes a goroutine, so it is done only for connections that
// have sent more than stderrAfter.
func (s *session) discardStderr() {
	if s.traffic.discarding.Swap(true) {
		return
	}
	stderr := s.Channel.Stderr()
	if !s.account.Go(func() {
		defer s.conn.contain("discarding stderr")
		_, _ = io.Copy(io.Discard, stderr) // ends with the channel
	}) {
		s.conn.end(Flood)
	}
}

// Write writes to the client. It returns early if the channel is closed, and
// closes the connection if the client does not take the data.
func (s *session) Write(p []byte) (int, error) { return s.send(s.Channel, p) }

// Stderr returns the session's other stream. Reading it gives nothing of use.
func (s *session) Stderr() io.ReadWriter {
	return stderr{Reader: s.Channel.Stderr(), session: s}
}

type stderr struct {
	io.Reader
	session *session
}

func (e stderr) Write(p []byte) (int, error) {
	return e.session.send(e.session.Channel.Stderr(), p)
}

// send writes p to one of the channel's streams.
func (s *session) send(w io.Writer, p []byte) (int, error) {
	if s.traffic.firstOut.Load() == 0 {
		s.traffic.firstOut.CompareAndSwap(0, int64(s.server.clock()))
	}
	sent := 0
	for {
		chunk := p[sent:min(len(p), sent+MaxWrite)]
		s.sending.begin(s.conn)
		n, err := w.Write(chunk)
		s.sending.end(s.conn)
		sent += n
		s.traffic.out.Add(int64(n))
		if err != nil || sent >= len(p) {
			return sent, err
		}
	}
}

// sending is the timeout of a session's writes. The connection's write deadline is not
// enough: a client that reads its socket but never enlarges the channel's window (RFC
// 4254 §5.2) blocks writes inside x/crypto, where only the end of the connection wakes
// them.
type sending struct {
	mu     sync.Mutex
	active int
	timer  *time.Timer
}

func (w *sending) begin(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active++
	switch {
	case w.timer == nil:
		w.timer = time.AfterFunc(c.server.cfg.WriteTimeout, func() { c.end(WriteTimeout) }) //nolint:forbidigo // one of a session, which is counted
	case w.active == 1:
		w.timer.Reset(c.server.cfg.WriteTimeout)
	}
}

// underWay reports whether something is being written.
func (w *sending) underWay() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.active > 0
}

func (w *sending) end(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active--
	if w.active == 0 {
		w.timer.Stop()
	} else {
		w.timer.Reset(c.server.cfg.WriteTimeout) // the client takes data, so others get more time
	}
}
