package sshd

import (
	"charm.land/ssh"
	"charm.land/wish/v2"
)

// middleware is what every session passes through, in this order:
//
//	recovery   nothing below it can end the process
//	logging    one line at the end, whatever becomes of the session; so it
//	           stands outside all that refuses
//	shutdown   no new sessions while the server stops
//	capacity   no more sessions than there is memory for
//	rateLimit  no more sessions than a source's share. It comes last because it
//	           takes a token: whoever is refused for another reason keeps it
//	handler    the application
//
// wish runs the middleware that is listed last first, so the list below reads
// from the inside out.
func (s *Server) middleware() ssh.Option {
	return wish.WithMiddleware(
		s.handler,
		s.rateLimit,
		s.capacity,
		s.shutdown,
		s.logging,
		s.recovery,
	)
}

// guarded returns a session as what it is: only openSession makes sessions,
// and only the chain's own middleware asks.
func guarded(sess ssh.Session) *session {
	s, _ := sess.(*session)
	return s
}

// handler is the end of the chain: the application, or the subsystem that was
// asked for. It is a middleware without a next.
func (s *Server) handler(ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		s.stats.started[guarded(sess).kind].Add(1)
		if name := sess.Subsystem(); name != "" {
			s.cfg.Subsystems[name](sess)
			return
		}
		s.cfg.Handler(sess)
	}
}
