//go:build linux

package attack

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A post is rendered for its reader's width and colours, which takes thousands
// of times what it takes to ask: a window that changes its size with an open
// post, and a key that goes on to the next theme. Four clients who do that as
// fast as they can had this server take 225 MB, most of it for good, and 64 of
// them 890 MB: each question waited for its answer, though there was another
// already, and the answers filled a cache that was too large for what it is
// good for.
//
// Here a question that is followed by another is dropped, and one that follows
// another has to stand for a moment before anything is rendered. Some here know
// that, and wait; the others are as fast as a source may be for longer than a few
// seconds, after which who is faster is disconnected (TestWindowStorm).
func TestRenderStorm(t *testing.T) {
	siegesOfNew(t, boxSpec{}, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			all := s.readers(from)
			since = time.Now()
			s.rendering(all, since.Add(lasts()))
			if ended := len(s.p.lines("session ended", "client="+attackVersion)); ended > s.madeRoom(from) {
				s.Errorf("%d of %d readers were dropped", ended, len(all))
			}
			return since
		})
	})
}

// rendering has all sessions ask for another page, over and over.
func (s *siege) rendering(all []*screen, until time.Time) {
	s.Helper()
	var wg sync.WaitGroup
	for i, c := range all {
		pace := 20 * time.Millisecond
		if i%2 == 0 {
			pace = 80 * time.Millisecond
		}
		wg.Go(func() {
			open := c.write([]byte("\r")) // a post
			for n := 0; open && time.Now().Before(until); n++ {
				keys := "T"
				if n%50 == 49 {
					keys = "nT" // the next post
				}
				size := windowChange{Columns: uint32(20 + (7*n+i)%61), Rows: uint32(5 + n%190)}
				open = c.ask("window-change", false, ssh.Marshal(size)) == nil && c.write([]byte(keys))
				time.Sleep(pace) // the pace of the attack
			}
		})
	}
	wg.Wait()
}
