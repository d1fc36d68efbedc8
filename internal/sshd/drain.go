package sshd

import (
	"context"
	"time"
)

// closeGrace is how long the server waits, after the drain, for handlers to
// return and for connections to close.
const closeGrace = time.Second

// drain lets sessions finish for Config.Drain, then ends those that are left,
// then closes all connections. Close cuts it short.
func (s *Server) drain() {
	s.drainOnce.Do(func() { close(s.draining) })
	s.await(s.roster.whenQuiet(), s.cfg.Drain)
	for _, c := range s.roster.all() {
		c.each(func(sess *session) { sess.end(Draining) })
	}
	s.await(s.roster.whenQuiet(), closeGrace)
	for _, c := range s.roster.all() {
		c.end(Draining)
	}
	s.await(s.roster.whenEmpty(), closeGrace)
}

// await waits for an event, up to a limit or until Close.
func (s *Server) await(event <-chan struct{}, limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), max(0, limit))
	defer cancel()
	select {
	case <-event:
	case <-ctx.Done():
	case <-s.closed:
	}
}

// Close ends everything at once. Serve returns soon after.
func (s *Server) Close() {
	s.drainOnce.Do(func() { close(s.draining) })
	s.closeOnce.Do(func() { close(s.closed) })
	for _, c := range s.roster.all() {
		c.end(Draining)
	}
}

// Draining is closed when the server begins to stop.
func (s *Server) Draining() <-chan struct{} { return s.draining }
