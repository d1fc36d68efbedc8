package sshd

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What an author sends comes in at the authors' rate, however much it is: it is no flood. All authors of a source
// have four times that together, and a key that is an author's no more has a reader's.
func TestAuthorsInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := bare(t, Config{InputRate: 1 << 20, AuthorInputRate: 4 << 20}).conn
		first.loggedIn.Store(true)
		var conns []*conn
		for range 8 {
			conns = append(conns, &conn{Conn: first.Conn, server: first.server, admitted: first.admitted, drained: make(chan struct{}, 1), life: first.life, cancel: first.cancel, input: newInput(1<<20, 1, 1)})
		}
		send := func(c *conn, mib int) {
			c.loggedIn.Store(true)
			for range mib << 20 / 4096 {
				c.meter(4096)
				c.delivered.Add(4096)
			}
		}
		takes := func(what string, want time.Duration, f func()) {
			t.Helper()
			start := time.Now()
			f()
			if d := time.Since(start); d < want-want/10 || d > want+want/10 {
				t.Errorf("%s takes %v, want %v", what, d, want)
			}
			for _, c := range append(conns, first) {
				if why := c.fate(); why != None {
					t.Fatalf("%s is ended for %s", what, why)
				}
			}
		}
		first.setAuthor(true)
		takes("64 MiB at 4 MiB a second after a burst of 4", 15*time.Second, func() { send(first, 64) })
		time.Sleep(time.Minute)
		takes("16 MiB of each of eight, at 16 MiB a second after a burst of 8", 7500*time.Millisecond, func() {
			var all sync.WaitGroup
			for _, c := range conns {
				c.setAuthor(true)
				all.Go(func() { send(c, 16) })
			}
			all.Wait()
		})
		time.Sleep(time.Minute)
		first.setAuthor(false)
		takes("a reader's 8 MiB at 1 MiB a second after a burst of 4", 4*time.Second, func() { send(first, 8) })
	})
}
