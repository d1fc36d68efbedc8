package sshd

import (
	"charm.land/ssh"
	"charm.land/wish/v2"
)

// middleware returns the chain that every session passes through, in this order:
//
//	recovery     a panic below it does not end the process
//	logging      logs one line at the end; of sessions that are refused below, not each
//	refuseLate   refuses new sessions while the server stops
//	capacity     refuses sessions that there is no memory for
//	sessionRate  refuses sessions of a source that starts too many. It comes last because
//	             it takes a token, which a session refused for another reason keeps
//	application  the handler of Config
func (s *Server) middleware() ssh.Handler {
	chain := ssh.Handler(s.application)
	for _, outer := range [...]wish.Middleware{s.sessionRate, s.capacity, s.refuseLate, s.logging, s.recovery} {
		chain = outer(chain)
	}
	return chain
}

// sessionOf returns the session behind the interface: only openSession makes sessions,
// and only the middleware above calls it.
func sessionOf(sess ssh.Session) *session {
	s, _ := sess.(*session)
	return s
}

// application is the end of the chain: it runs the handler of Config, or that of the subsystem
// that was requested.
func (s *Server) application(sess ssh.Session) {
	session := sessionOf(sess)
	s.stats.started[session.kind].Add(1)
	if session.PublicKey() != nil {
		session.author = s.cfg.Author(session)
	}
	session.conn.setAuthor(session.author != "")
	if session.author != "" {
		session.ending.Store(&ending{over: make(chan struct{})})
	}
	if name := sess.Subsystem(); name != "" {
		s.cfg.Subsystems[name](sess)
		return
	}
	s.cfg.Handler(sess)
}
