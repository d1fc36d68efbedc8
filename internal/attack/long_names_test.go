//go:build linux

package attack

import (
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
)

// A user's name has no bound in the protocol but the packet's, and a plain server
// keeps it for as long as the session: 64 names of 250 KB took 40 MB.
//
// Here they are too much for a login.
func TestLongUserNames(t *testing.T) {
	login := ssh.Marshal(struct {
		User, Service, Method string `sshtype:"50"`
	}{strings.Repeat("x", 250_000), "ssh-connection", "none"})
	service := ssh.Marshal(struct {
		Service string `sshtype:"5"`
	}{"ssh-userauth"})
	sieges(t, nil, func(s *siege, from []string) {
		var letIn atomic.Int64
		s.refuses(from, func(source string) (*wire, error) {
			w, err := s.hello(source, attackVersion)
			if err == nil {
				err = w.shake(attackVersion)
			}
			return w, err
		}, func(w *wire) error {
			if err := w.send(service); err != nil {
				return err
			}
			if err := w.send(login); err != nil {
				return err
			}
			_, err := w.expect(msgAuthSuccess)
			if err == nil {
				letIn.Add(1)
			}
			return err
		})
		if n := letIn.Load(); n > 0 {
			s.Errorf("%d users with names of 250 KB are let in", n)
		}
	})
}
