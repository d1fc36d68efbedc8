//go:build linux

package attack

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// One request, from anyone: a terminal of 4294967295 × 4294967295 cells. A
// server that makes a screen of the size asked for allocates 103 GB and dies
// in the same moment; no recover catches that. One of 2000 × 2000 takes 874 MB
// and does not kill at once, and 65535² keeps growing after the client has
// left. The same sizes can be asked for later, by a window that changes.
//
// Here a screen has at most 500 × 200 cells, whichever way it comes by them.
func TestHugeWindows(t *testing.T) {
	sizes := []uint32{2000, 65535, 1<<31 - 1, 1 << 31, 1<<32 - 1}
	p := start(t)
	p.withstands(func(s *siege) {
		for i, client := range s.clients(one) {
			size := sizes[i/2%len(sizes)]
			at := fmt.Sprintf("%d × %d", size, size)
			if i%2 == 0 {
				later := s.reads(client)
				if !s.ask(later, "window-change", windowChange{size, size, size, size}) {
					s.Errorf("%s: the change was refused", at)
				}
				continue
			}
			first := s.channel(client)
			if !s.ask(first, "pty-req", ptyRequest{Term: "xterm", Columns: size, Rows: size, PixelsX: size, PixelsY: size}) || !s.ask(first, "shell", nil) {
				s.Errorf("%s: no shell", at)
			}
			s.sees(first, firstFrame)
		}
	})
	p.logged(fullNumber, "session ended", "remote=127.10.", "size=500x200")
}

// A window that changes its size as fast as the network carries it, to sizes
// that were never seen before: a server that draws each one keeps a core busy
// for as long as the client likes, one that queues them grows.
//
// Here a change replaces the one that was not drawn yet.
func TestWindowStorm(t *testing.T) {
	start(t).withstands(func(s *siege) {
		until := time.Now().Add(lasts() / 2)
		var wg sync.WaitGroup
		for _, channel := range s.sessions(one) {
			wg.Go(func() {
				for n := uint32(0); time.Now().Before(until); n++ {
					size := windowChange{Columns: 20 + n%481, Rows: 5 + n%197}
					if n%2 == 0 {
						size = windowChange{Columns: 1 << 31, Rows: 1 << 31}
					}
					if _, err := channel.SendRequest("window-change", false, ssh.Marshal(size)); err != nil {
						return // taken for a flood, and rightly
					}
				}
			})
		}
		wg.Wait()
	})
}
