//go:build linux

package attack

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// Channels that are refused, for a client that does not read the refusals: each
// has a goroutine that waits to say no, and as they wait they add up.
//
// Here a connection that asks a thousand times in vain is closed, and with it
// all who wait.
func TestUnreadRefusals(t *testing.T) {
	p := start(t)
	p.withstands(func(s *siege) {
		for i := range fullNumber {
			nc := s.earplugs(source(i))
			client, err := p.login(nc)
			if err != nil {
				s.Fatal(err)
			}
			s.reads(client)
			nc.in.Store(true)
			for range 1500 { // each of them waits for its own answer
				go func() { _, _, _ = client.OpenChannel("direct-tcpip", make([]byte, 400)) }()
			}
		}
		p.logged(fullNumber, "session ended", "remote=127.10.", "reason=flood")
	})
}

// A connection that runs one command after another counts as one connection,
// and each command is a session with all that belongs to it.
//
// Here a source starts five sessions a second after a burst of 64, over
// however many connections, and is told so in a line.
func TestCommandStorm(t *testing.T) {
	const burst = 64
	p := start(t)
	p.withstands(func(s *siege) {
		served, refused := 0, 0
		for range 4 {
			client := s.client(source(0))
			for range 100 {
				session, err := client.NewSession()
				if err != nil {
					s.Fatal(err)
				}
				var said strings.Builder
				session.Stderr = &said
				_ = session.Run("ls") // the answer tells
				switch text := said.String(); text {
				case "Too many requests from your address. Try again in a minute.\r\n":
					refused++
				default:
					served++
				}
			}
			_ = client.Close()
		}
		if served > burst*2 || refused < 400-burst*2 {
			s.Errorf("%d were served and %d refused", served, refused)
		}
		p.logged(1, "session ended", "reason=session_rate")
	})
}

// A channel has a window of two megabytes before anybody reads from it, and
// x/crypto keeps every packet for itself: in packets of one byte that is many
// times as much, on every channel of every connection.
//
// Here who sends before a shell runs what nobody reads is disconnected after a
// quarter of a megabyte on the wire, and so is who sends to stderr.
func TestDataForNobody(t *testing.T) {
	p := start(t)
	p.withstands(func(s *siege) {
		var wg sync.WaitGroup
		for _, client := range s.clients(source) {
			channel := s.channel(client)
			wg.Go(func() {
				if _, err := io.Copy(channel, oneByOne{time.Now().Add(patience())}); err == nil {
					s.Error("all of it was taken")
				}
			})
		}
		wg.Wait()
		p.logged(1, "connection ended", "reason=flood")
	})
}

// oneByOne is read a byte at a time, for a while.
type oneByOne struct{ until time.Time }

func (o oneByOne) Read(p []byte) (int, error) {
	if time.Now().After(o.until) {
		return 0, io.EOF
	}
	return copy(p, "x"), nil
}
