//go:build linux

package attack

import (
	"strings"
	"testing"
	"time"
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

// Characters that reorder what is seen, or hide: a search prompt that echoes them shows
// something else than what is searched for, and so does whatever is copied from it.
//
// Here nothing of them comes back, typed or pasted.
func TestHiddenCharacters(t *testing.T) {
	const hidden = "\u202a\u202e\u2066\u2069\u200e\u061c\u00ad\ufeff\u2028\u0085\u009b"
	sieges(t, nil, func(s *siege, from []string) {
		all := s.readers(from)
		for _, c := range all {
			c.write([]byte("/" + strings.Join(strings.Split("typed", ""), hidden) + hidden))
			c.write([]byte("\x1b[200~ " + hidden + "pasted" + hidden + "\x1b[201~"))
		}
		missing := 0
		deadline := time.Now().Add(recovery)
		for _, c := range all {
			written, shown := c.until("NOTHING FOUND", time.Until(deadline))
			if !shown && !strings.Contains(written, "no memory left for this") {
				missing++ // a search takes memory, of which a source has a share
			}
			if at := strings.IndexAny(written, hidden); at >= 0 {
				s.Errorf("hidden characters are written back: %q", written[at:min(at+20, len(written))])
			}
		}
		if missing > s.madeRoom(from) {
			s.Errorf("%d of %d sessions did not look for it", missing, len(all))
		}
	})
}
