//go:build linux

package attack

import (
	"syscall"
	"testing"
	"time"
)

// In an article "/" finds while it is typed, and a letter that is in most words
// has thousands of results: a letter and backspace, without end, at 64 sessions
// had others wait for 7.7 s. A core was busy for 8 of the 10 s after they had
// left, and SIGTERM took 23 s.
//
// Here keys that have come together are one find, others have their turn, and
// who has left is forgotten.
func TestFindStorm(t *testing.T) {
	sieges(t, ring(), func(s *siege, from []string) {
		s.storm(func() []*screen { return s.readers(from) }, "e\x7f", 8_000_000, "\r", "/")
	})
}

// A find is the slowest key there is, and no reader's keys wait long for those of
// others: a turn of the processors goes to the network, the source and the session
// that have used least.
func TestSlowKeys(t *testing.T) {
	sieges(t, ring(), func(s *siege, from []string) {
		s.judgesKeys = true
		s.storm(func() []*screen { return s.readers(from) }, "e\x7f", 8_000_000, "\r", "/")
	})
}

// A storm with the help, which opens and closes with one key.
func TestHelpStorm(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.storm(func() []*screen { return s.readers(from) }, "??", 8_000_000)
	})
}

// And the operator can stop it meanwhile.
func TestStopUnderFindStorm(t *testing.T) {
	const drain, grace = 2 * time.Second, 3 * time.Second
	p := startBox(t, 1, ring(), "--drain", drain.String())
	s := &siege{T: t, p: p}
	defer s.lift()
	all := s.readers(networks(1))
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.types(all, "e\x7f", 8_000_000, "\r", "/")
	}()
	time.Sleep(lasts() / 2) // in the middle of it
	began := time.Now()
	p.signal(syscall.SIGTERM)
	p.eventually(patience(), p.dead, "the program does not end") // the container does so later
	took := time.Since(began)
	t.Logf("stopped after %s, of which %s are the readers'", took.Round(time.Millisecond), drain)
	if took > drain+grace {
		t.Errorf("SIGTERM takes %s, and readers have %s", took, drain)
	}
	s.lift()
	<-over
}
