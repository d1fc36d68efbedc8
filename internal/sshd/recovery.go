package sshd

import (
	"fmt"

	"charm.land/ssh"
)

// recovery ends only the session whose handler panics: the client gets exit status 1, the
// log the stack. It cannot recover panics of goroutines that the handler starts; the handler
// has to.
func (s *Server) recovery(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		defer func() {
			if r := recover(); r != nil {
				g := sessionOf(sess)
				g.settle(Panic)
				s.logPanic("serving a session", r, "session", fmt.Sprintf("%016x", g.id))
			}
		}()
		next(sess)
	}
}
