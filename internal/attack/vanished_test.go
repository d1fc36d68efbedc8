//go:build linux

package attack

import (
	"testing"
)

// A laptop is closed, a network is gone, a proxy keeps its end open: no packet
// tells. TCP's own keepalive does not ask while data is under way, and is
// answered by a proxy's kernel, or that of a process that has stopped. Each of
// those sessions stays until the idle timeout, and where that is off, for ever.
//
// Here a client that was silent for a minute is asked for a sign of life, and
// leaves the connection if there is none.
func TestVanishedReaders(t *testing.T) {
	var settings []string
	if !*full {
		settings = []string{"--keepalive", "500ms"}
	}
	p := start(t, settings...)
	p.withstands(func(s *siege) {
		for range fullNumber {
			nc := s.earplugs(source(0))
			client, err := p.login(nc)
			if err != nil {
				s.Fatal(err)
			}
			s.reads(client)
			nc.in.Store(true) // the kernel still takes all that comes
		}
		stays := s.reads(s.client(source(1))) // reads, and types nothing
		p.logged(fullNumber, "session ended", "reason=unanswered")
		if !s.ask(stays, "window-change", windowChange{Columns: 90, Rows: 30}) {
			s.Error("the reader who is still there is not served any more")
		}
	})
}
