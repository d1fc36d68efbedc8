//go:build linux

package attack

import (
	"sync/atomic"
	"testing"
)

// SSH 1 has been broken for decades, and a client that says it speaks that one
// says nothing that this server could answer; it went on as if it had not heard.
//
// Here it is refused before any cryptography.
func TestOldProtocol(t *testing.T) {
	old := []string{"SSH-1.5-attack", "SSH-1.0-attack"}
	sieges(t, nil, func(s *siege, from []string) {
		var n, served atomic.Int64
		s.fullNumber(from, func(source string) error {
			version := old[n.Add(1)%2]
			w, err := s.hello(source, version)
			if err == nil {
				err = w.shake(version)
			}
			if err == nil {
				served.Add(1)
			}
			return nil // which is what is wanted
		})
		if n := served.Load(); n > 0 {
			s.Errorf("%d clients of SSH 1 are served", n)
		}
		for i, version := range []string{"SSH-2.0-attack", "SSH-1.99-attack"} { // RFC 4253 §5.1
			w, err := s.hello(source(i), version)
			if err == nil {
				err = w.shake(version)
			}
			if err != nil {
				s.Errorf("a client that says %q is not served: %v", version, err)
			}
		}
	})
}
