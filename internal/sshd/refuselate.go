package sshd

import "charm.land/ssh"

// refuseLate refuses sessions that come once the server has begun to stop: connections that are
// still open may ask for them.
func (s *Server) refuseLate(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		if own := sessionOf(sess); own.late {
			own.refuse(Draining)
			return
		}
		next(sess)
	}
}
