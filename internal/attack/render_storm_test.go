//go:build linux

package attack

import (
	"io"
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
// seconds, after which who is faster is disconnected (TestWindowStorm). The cache has
// 8 MiB and the shared parts of frames 12, which stay. The long form is judged with both
// full, as they are after a while whoever reads: from empty ones a minute of this takes
// them, what sessions hold, and as much again of garbage, 50 to 53 MB.
func TestRenderStorm(t *testing.T) {
	p := start(t)
	if !*full {
		p.stays = 8<<20 + 12<<20
		p.withstands(func(s *siege) { s.rendering(3 * time.Second) })
		return
	}
	s := &siege{T: t, p: p}
	s.rendering(time.Minute)
	s.lift()
	p.withstands(func(s *siege) { s.rendering(time.Minute) })
}

// rendering has all sessions of one source ask for another page, over and over.
func (s *siege) rendering(lasts time.Duration) {
	s.Helper()
	until := time.Now().Add(lasts)
	var wg sync.WaitGroup
	for i, channel := range s.sessions(one) {
		pace := 20 * time.Millisecond
		if i%2 == 0 {
			pace = 80 * time.Millisecond
		}
		wg.Go(func() {
			_, _ = io.WriteString(channel, "\r") // opens a post
			for n := 0; time.Now().Before(until); n++ {
				keys := "T"
				if n%50 == 49 {
					keys = "nT" // the next post
				}
				size := windowChange{Columns: uint32(20 + (7*n+i)%61), Rows: uint32(5 + n%190)}
				if _, err := channel.SendRequest("window-change", false, ssh.Marshal(size)); err != nil {
					s.Errorf("a reader was dropped: %v", err)
					return
				}
				if _, err := io.WriteString(channel, keys); err != nil {
					s.Errorf("a reader was dropped: %v", err)
					return
				}
				time.Sleep(pace) // the pace of the attack
			}
		})
	}
	wg.Wait()
}
