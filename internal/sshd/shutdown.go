package sshd

import "charm.land/ssh"

// shutdown refuses sessions once the server has begun to stop: connections that are still
// open may ask for them.
func (s *Server) shutdown(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		if s.stopping() {
			sessionOf(sess).refuse(Draining)
			return
		}
		next(sess)
	}
}
