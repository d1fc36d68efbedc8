package sshd

import (
	"fmt"

	"charm.land/ssh"
)

// recovery ends a session whose handler panics, and no other: exit status 1
// for the client, the stack for the log. Go ends the process for a panic that
// nobody recovers on its own goroutine, so whatever goroutines a handler starts
// need the same from it.
func (s *Server) recovery(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		defer func() {
			if r := recover(); r != nil {
				g := guarded(sess)
				g.settle(Panic)
				s.logPanic("serving a session", r, "session", fmt.Sprintf("%016x", g.id))
			}
		}()
		next(sess)
	}
}
