//go:build linux

package attack

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// After the login a client may begin another key exchange whenever it wants (RFC
// 4253 §9), with a list of algorithms as large as before it, and never go on with
// that: 64 sessions had this server take 429 MB, for as long as a session may last.
//
// Here no packet after the login has more than 40 KiB. An exchange has the time
// that a login has, and who takes longer is disconnected.
func TestEndlessRekey(t *testing.T) {
	t.Run("large", func(t *testing.T) {
		commas := newKexInit(strings.Repeat(",", 255<<10))
		sieges(t, nil, func(s *siege, from []string) {
			const soon = 5 * time.Second // half of what an exchange may take
			s.ends(s.readers(from), soon, func(c *screen) { _ = c.send(commas) })
		})
	})
	t.Run("small", func(t *testing.T) {
		var settings []string
		timeout := 10 * time.Second
		if !*full {
			timeout = 2 * time.Second
			settings = []string{"--handshake-timeout", timeout.String()}
		}
		sieges(t, nil, func(s *siege, from []string) {
			refused := s.p.refused()
			all := s.readers(from)
			s.ends(all, timeout+5*time.Second, func(c *screen) { _ = c.send(newKexInit("")) })
			// Exchanges of all connections take more than a source may have: then some
			// are ended for that, before it is a flood.
			s.p.eventually(recovery, func() bool { // of those for which there was no room not each is logged
				return len(s.p.lines("session ended", "client="+attackVersion))+s.p.refused()-refused >= len(all)
			}, "they are not logged")
			if len(from) == 1 {
				floods := len(s.p.lines("session ended", "client="+attackVersion, "reason=flood"))
				if short := len(s.p.lines("session ended", "client="+attackVersion, "reason=resources")); floods == 0 || floods+short != len(all) {
					s.Errorf("of %d %d are logged as a flood, and %d for want of memory", len(all), floods, short)
				}
			}
		}, settings...)
	})
}

// ends has all of them do something for which the program has to end their
// connections soon.
func (s *siege) ends(all []*screen, soon time.Duration, do func(*screen)) {
	s.Helper()
	var waiting sync.WaitGroup
	var held atomic.Int64
	for _, c := range all {
		waiting.Go(func() {
			do(c)
			select {
			case <-c.closed:
			case <-time.After(soon):
				held.Add(1)
			}
		})
	}
	waiting.Wait()
	if n := held.Load(); n > 0 {
		s.Errorf("%d connections are held for %s and more", n, soon)
	}
}
