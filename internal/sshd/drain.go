package sshd

import (
	"context"
	"slices"
	"time"
)

// closeGrace is how long the server waits, after the drain, for handlers to return (they
// restore terminals), and again for clients to receive the rest and close. Close does not
// shorten it.
const closeGrace = time.Second

// Retire closes the listeners of Serve, and goes on serving the open connections until all have ended, or for
// patience at most. After that the server stops as if its context had ended. It is for a server whose listeners
// another process has, too, so that no client notices.
func (s *Server) Retire(patience time.Duration) {
	s.retireOnce.Do(func() {
		s.patience = patience
		close(s.retired)
	})
}

// isRetired reports whether Retire was called.
func (s *Server) isRetired() bool {
	select {
	case <-s.retired:
		return true
	default:
		return false
	}
}

// awaitLeaving waits until a retired server has no connection any more, for its patience at most, and no longer
// than until ctx ends or Close is called.
func (s *Server) awaitLeaving(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	const look = 20 * time.Millisecond
	for s.front.Taken().Goroutines > 0 && ctx.Err() == nil && !s.stopping() { // they are no connections yet
		time.Sleep(look)
	}
	select {
	case <-s.connections.whenEmpty():
	case <-s.closed:
	case <-ctx.Done():
	}
}

// newcomersGrace is how long, when the server stops, a connection may take from being accepted
// to its first session: whoever connected a moment before is served, not sent away.
const newcomersGrace = 3 * time.Second

// awaitNewcomers waits until no connection is on its way to its first session, for a time at
// most.
func (s *Server) awaitNewcomers(limit time.Duration) {
	const look = 5 * time.Millisecond
	coming := func(c *conn) bool { return s.clock()-c.since < newcomersGrace && c.isNew() }
	for until := s.clock() + limit; s.clock() < until && !s.stopping(); {
		if s.front.Taken().Goroutines == 0 && !slices.ContainsFunc(s.connections.all(), coming) {
			return
		}
		time.Sleep(look)
	}
}

// drain lets sessions finish for Config.Drain, ends those that are left, and closes all
// connections once clients have received what was written. If all sessions have finished by
// themselves, the clients are about to close their connections, so ours are half-closed and
// that is waited for. Otherwise it is enough that the clients' systems have acknowledged
// everything. Close cuts the first wait short.
func (s *Server) drain() {
	until := s.clock() + s.cfg.Drain
	s.awaitNewcomers(min(s.cfg.Drain, newcomersGrace))
	s.drainOnce.Do(func() { close(s.draining) })
	quit := s.await(s.connections.whenQuiet(), until-s.clock(), s.closed)
	s.endSessions()
	s.await(s.connections.whenQuiet(), closeGrace, nil)
	if quit {
		s.each((*conn).endWriting)
		s.await(s.connections.whenEmpty(), closeGrace, nil)
	} else {
		s.awaitTaken()
	}
	s.endConns()
	s.await(s.connections.whenEmpty(), closeGrace, nil)
}

// awaitTaken waits up to closeGrace until the clients' systems have acknowledged everything
// that was written.
func (s *Server) awaitTaken() {
	const most = 50 * time.Millisecond
	pause := 100 * time.Microsecond
	for left := closeGrace; left > 0; left -= pause {
		if !slices.ContainsFunc(s.connections.all(), func(c *conn) bool { return untaken(c.Conn) }) {
			return
		}
		time.Sleep(pause)
		pause = min(2*pause, most)
	}
}

// await waits for an event, but not longer than limit or until cut is closed, and reports
// whether it has happened.
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

// Close ends all sessions at once, whether the server is draining or not. Handlers have a
// second to restore terminals and clients a second to close; then connections are closed.
// Close does not wait for that. If Serve has been told to stop, it returns within three
// seconds.
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
	for _, c := range s.connections.all() {
		f(c)
	}
}

// Draining is closed when the server begins to stop.
func (s *Server) Draining() <-chan struct{} { return s.draining }
