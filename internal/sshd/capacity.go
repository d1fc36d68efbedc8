package sshd

import "charm.land/ssh"

// capacity refuses sessions over Config.MaxSessions. Connections have a limit
// of their own, but each may carry several sessions, and it is sessions that
// take the memory.
func (s *Server) capacity(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		if s.roster.sessions() > s.cfg.MaxSessions { // this one is counted
			guarded(sess).refuse(SessionsFull)
			return
		}
		next(sess)
	}
}
