//go:build linux

package attack

import "testing"

// SSH 1 has been broken for decades, and a client that says it speaks that one
// says nothing that this server could answer; it went on as if it had not heard.
//
// Here it is refused before any cryptography.
func TestOldProtocol(t *testing.T) {
	p := start(t)
	p.withstands(func(s *siege) {
		for i, version := range []string{"SSH-1.5-attack", "SSH-1.0-attack"} {
			w, err := s.hello(source(i), version)
			if err == nil {
				err = w.shake(version)
			}
			if err == nil {
				s.Errorf("a client that says %q is served", version)
			}
		}
	})
}
