package sshd

import "charm.land/ssh"

// sessionRate refuses sessions and commands of a source that asks for them
// faster than Config.SessionRate. Admission limits connections only, and one
// connection may start one command after another.
func (s *Server) sessionRate(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		if g := sessionOf(sess); !s.admission.allowSession(g.conn.source) {
			g.refuse(SessionRate)
			return
		}
		next(sess)
	}
}
