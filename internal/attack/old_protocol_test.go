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
		i := 0
		for version, served := range map[string]bool{
			"SSH-1.5-attack": false, "SSH-1.0-attack": false, "SSH-2.0-attack": true, "SSH-1.99-attack": true, // RFC 4253 §5.1
		} {
			w, err := s.hello(source(i), version)
			if err == nil {
				err = w.shake(version)
			}
			if (err == nil) != served {
				s.Errorf("a client that says %q is served: %t, want %t (%v)", version, !served, served, err)
			}
			i++
		}
	})
}
