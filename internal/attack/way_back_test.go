//go:build linux

package attack

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// A reader who follows links can go back as many steps, and a find comes back with
// its results. 64 times "find e, choose the next link, follow it" are 630 bytes of
// keys, and had this server keep 8.2 MB a session for as long as that lasted.
//
// Here the way back remembers places, and what was found there is looked for
// again.
func TestLongWayBack(t *testing.T) {
	steps := 16
	if *full {
		steps = 64
	}
	sieges(t, ring(), func(s *siege, from []string) {
		var walking sync.WaitGroup
		for _, c := range s.readers(from) {
			walking.Go(func() {
				c.write([]byte("\r"))
				for range steps {
					time.Sleep(200 * time.Millisecond) // until the post is there
					if !c.write([]byte("/e\r\t\r")) {
						return
					}
				}
				time.Sleep(200 * time.Millisecond)
			})
		}
		walking.Wait()
	})
}

// ring is some posts, each with links to the next, and the last to the first.
func ring() map[string]string {
	const posts = 8
	all := make(map[string]string)
	for i := range posts {
		var text strings.Builder
		fmt.Fprintf(&text, "---\ntitle: Ring number %d\ndate: 2026-02-%02d\n---\n", i, 1+i)
		for j := range 200 {
			fmt.Fprintf(&text, "## Section %d\n\n[The next](ring-%d.md), %s.\n\n", j, (i+1)%posts, strings.TrimSpace(strings.Repeat("here we see eleven bees between these trees ", 8)))
		}
		all[fmt.Sprintf("ring-%d.md", i)] = text.String()
	}
	return all
}
