//go:build linux

package attack

import (
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Before a shell runs a client may set variables, as many and as long as it
// likes: 20,000 of 30 KB are 865 MB on a plain server, and nobody has logged
// a session yet.
//
// Here 16 of 512 bytes are kept, of those that are of use to a reader; and who
// sends a quarter of a megabyte before a shell is disconnected.
func TestEnvironment(t *testing.T) {
	start(t).withstands(func(s *siege) {
		large := ssh.Marshal(envRequest{"LC_ALL", strings.Repeat("x", 30<<10)})
		var wg sync.WaitGroup
		for _, client := range s.clients(source) {
			channel := s.channel(client)
			wg.Go(func() {
				for range 20_000 {
					if _, err := channel.SendRequest("env", false, large); err != nil {
						return
					}
				}
				s.Error("all 20,000 variables were taken")
			})
		}
		wg.Wait()
		s.p.logged(1, "connection ended", "reason=flood")
	})
}

// The terminal's name has no bound in the protocol, and a plain server keeps it
// for every session, looks it up and logs it: a megabyte of it does.
//
// Here it has 64 bytes of what such names are made of, and is "dumb" else.
func TestTerminalName(t *testing.T) {
	start(t).withstands(func(s *siege) {
		for _, client := range s.clients(one) {
			channel := s.channel(client)
			s.ask(channel, "pty-req", ptyRequest{Term: strings.Repeat("x", 12<<10), Columns: 80, Rows: 24})
			s.ask(channel, "shell", nil)
			s.sees(channel, "Page 1 of 3")
			// A packet this large is none of SSH (RFC 4253 §6.1).
			_, _ = s.channel(client).SendRequest("pty-req", false, ssh.Marshal(ptyRequest{Term: strings.Repeat("x", 1<<20)}))
			s.gone(client)
		}
		if long := s.p.lines(strings.Repeat("x", 100)); len(long) > 0 {
			s.Errorf("the name is in the log: %.200s", long[0])
		}
		s.p.logged(fullNumber, "session ended", "term=dumb")
	})
}
