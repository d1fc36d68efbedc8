//go:build linux

package attack

import (
	"strings"
	"testing"
)

// A mouse report that is cut in two where a buffer ends: 251 keys, and then
// CSI M in its form of eight bits with three letters. What decodes keys panicked;
// that ended the session, and wrote a stack of 5 KB to the log each time.
//
// Here nothing panics, and the session goes on.
func TestKeysThatPanic(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		all := s.readers(from)
		ended := 0
		for i, c := range all {
			// All places in a buffer of 256 bytes, and the one that it was.
			c.write([]byte(strings.Repeat("j", 251) + "\x9bMabc"))
			c.write([]byte(strings.Repeat("j", 200+i%64) + "\x9bMabc"))
		}
		for _, c := range all {
			if !c.write([]byte("?")) || !c.awaits("every key there is", recovery) {
				ended++
			}
		}
		if ended > s.madeRoom(from) {
			s.Errorf("%d of %d sessions have ended", ended, len(all))
		}
		if stacks := s.p.lines("panic"); len(stacks) > 0 {
			s.Errorf("%d panics are logged, the first with: %.400s", len(stacks), stacks[0])
		}
	})
}
