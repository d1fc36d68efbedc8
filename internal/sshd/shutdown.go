package sshd

import "charm.land/ssh"

// shutdown refuses sessions once the server has begun to stop: a connection
// that is still open may ask for one.
func (s *Server) shutdown(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		if s.stopping() {
			guarded(sess).refuse(Draining)
			return
		}
		next(sess)
	}
}
