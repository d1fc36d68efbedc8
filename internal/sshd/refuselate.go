package sshd

import "charm.land/ssh"

// refuseLate refuses sessions that are requested after the server has begun to stop, on connections that are
// still open.
func (s *Server) refuseLate(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		if own := sessionOf(sess); own.late {
			own.refuse(Draining)
			return
		}
		next(sess)
	}
}
