//go:build linux

package attack

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A client that asks for more and more and reads nothing holds, on a plain
// server, 7 MB for as long as it likes: what is written to it waits, and so
// does all else on its connection. It can leave its socket full, or read the
// socket and never enlarge the channel's window (RFC 4254 §5.2), which no
// deadline of the socket sees.
//
// Here a write that takes as long as the write timeout ends the connection.
func TestClientsThatNeverRead(t *testing.T) {
	var settings []string
	if !*full {
		settings = []string{"--write-timeout", "1s"}
	}
	start(t, settings...).withstands(func(s *siege) {
		var deaf []*ssh.Client
		for i := range fullNumber {
			nc := s.earplugs(source(0))
			if tcp, ok := nc.Conn.(*net.TCPConn); ok {
				_ = tcp.SetReadBuffer(4 << 10)
			}
			client, err := s.p.login(nc)
			if err != nil {
				s.Fatal(err)
			}
			deaf = append(deaf, client)
			channel := s.channel(client)
			s.ask(channel, "pty-req", ptyRequest{Term: "xterm", Columns: 500, Rows: 200})
			s.ask(channel, "shell", nil)
			nc.in.Store(i%2 == 0) // every other one only leaves the channel unread
			go scroll(channel)
		}
		s.p.logged(len(deaf), "session ended", "reason=write_timeout")
		if n := s.p.held(source(0)); n != 0 {
			s.Errorf("%d connections are still held", n)
		}
	})
}

// scroll opens a post and jumps from its one end to the other until the channel
// is closed. The keys come apart, and no faster than the program acts on them,
// so that each has a screen drawn.
func scroll(channel ssh.Channel) {
	for key := "\r"; ; {
		if _, err := io.WriteString(channel, key); err != nil {
			return
		}
		if key == "G" {
			key = "g"
		} else {
			key = "G"
		}
		time.Sleep(12 * time.Millisecond) // the pace of the attack
	}
}

// earplugs is a connection whose reader can be stopped: the kernel still takes
// what comes, as long as it has room.
type earplugs struct {
	net.Conn
	in  atomic.Bool
	out chan struct{}
}

// earplugs connects with them, which are out yet. They come out for good when
// the siege is lifted.
func (s *siege) earplugs(from string) *earplugs {
	s.Helper()
	e := &earplugs{Conn: s.tcp(from), out: make(chan struct{})}
	s.Cleanup(func() { close(e.out) })
	return e
}

func (e *earplugs) Read(p []byte) (int, error) {
	if e.in.Load() {
		<-e.out
	}
	return e.Conn.Read(p)
}
