//go:build linux

package attack

import (
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A window that changes its size eight times a second, no faster than one that is
// dragged with a mouse, with an article in it: 64 of them had this server take 65
// MB more, as each size is another page.
func TestDraggedWindows(t *testing.T) {
	const pace = time.Second / 8
	sieges(t, ring(), func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			all := s.readers(from)
			for _, c := range all {
				c.write([]byte("\r"))
			}
			since = time.Now()
			n := uint32(0)
			for until := since.Add(lasts()); time.Now().Before(until) && !s.p.dead(); time.Sleep(pace) {
				for i, c := range all {
					n++
					_ = c.ask("window-change", false, ssh.Marshal(windowChange{Columns: 20 + (7*n+uint32(i))%61, Rows: 5 + n%190}))
				}
			}
			return since
		})
	})
}
