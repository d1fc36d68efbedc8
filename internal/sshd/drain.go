package sshd

import (
	"context"
	"slices"
	"time"
)

// closeGrace is how long the server waits, after the drain, for handlers to
// return, which is when terminals are restored, and again for clients to
// close. Close does not shorten it: a client that takes no data is not waited for
// any longer either.
const closeGrace = time.Second

// drain lets sessions finish for Config.Drain, then ends those that are left,
// then closes all connections, once clients have what was written. Those whose readers
// have quit by themselves are about to close theirs: ours is half closed until then. Else
// it is enough that the client's system has it all. Close cuts the first wait short.
func (s *Server) drain() {
	s.drainOnce.Do(func() { close(s.draining) })
	quit := s.await(s.roster.whenQuiet(), s.cfg.Drain, s.closed)
	s.endSessions()
	s.await(s.roster.whenQuiet(), closeGrace, nil)
	if quit {
		s.each((*conn).endWriting)
		s.await(s.roster.whenEmpty(), closeGrace, nil)
	} else {
		s.awaitTaken()
	}
	s.endConns()
	s.await(s.roster.whenEmpty(), closeGrace, nil)
}

// awaitTaken waits up to closeGrace until the clients' systems have all that was written.
func (s *Server) awaitTaken() {
	const most = 50 * time.Millisecond
	pause := 100 * time.Microsecond
	for left := closeGrace; left > 0; left -= pause {
		if !slices.ContainsFunc(s.roster.all(), func(c *conn) bool { return untaken(c.Conn) }) {
			return
		}
		time.Sleep(pause)
		pause = min(2*pause, most)
	}
}

// await waits for an event, up to a limit or until cut is closed, and reports whether it
// has happened.
func (s *Server) await(event <-chan struct{}, limit time.Duration, cut <-chan struct{}) bool {
	ctx, cancel := context.WithTimeout(context.Background(), max(0, limit))
	defer cancel()
	select {
	case <-event:
		return true
	case <-ctx.Done():
	case <-cut:
	}
	return false
}

// Close cuts the drain short, or comes before it: sessions end at once, whose
// handlers have a second to restore their terminals, and clients one to close; then
// connections do. It does not wait for that. If Serve has been told to stop, it returns
// within three seconds.
func (s *Server) Close() {
	s.drainOnce.Do(func() { close(s.draining) })
	s.closeOnce.Do(func() {
		close(s.closed)
		s.endSessions()
		time.AfterFunc(2*closeGrace, s.endConns) //nolint:forbidigo // one of the server
	})
}

func (s *Server) endSessions() {
	s.each(func(c *conn) {
		c.each(func(sess *session) { sess.end(Draining) })
	})
}

func (s *Server) endConns() {
	s.each(func(c *conn) {
		c.end(Draining)
		_ = c.Close() // if it was only half closed
	})
}

// each calls f for every connection.
func (s *Server) each(f func(*conn)) {
	for _, c := range s.roster.all() {
		f(c)
	}
}

// Draining is closed when the server begins to stop.
func (s *Server) Draining() <-chan struct{} { return s.draining }
