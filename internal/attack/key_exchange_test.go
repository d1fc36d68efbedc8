//go:build linux

package attack

import (
	"crypto/rand"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A key exchange costs the server half a millisecond and a client that cheats
// next to nothing, and the protocol lets a client ask for one whenever it
// wants (RFC 4253 §9): one connection keeps a core busy.
//
// Here a connection has 32 of them, and one more every second, and a source 64, and eight
// more every second; the client waits for its answer.
func TestKeyExchangeStorm(t *testing.T) {
	const lasts, burst, perSecond = time.Second, 64, 8
	p := start(t)
	p.withstands(func(s *siege) {
		var wg sync.WaitGroup
		var exchanges atomic.Int64
		began := time.Now()
		for range fullNumber {
			conn, chans, reqs, err := ssh.NewClientConn(s.tcp(source(0)), p.addr, &ssh.ClientConfig{
				User: "reader", HostKeyCallback: ssh.InsecureIgnoreHostKey(),
				Config: ssh.Config{RekeyThreshold: 256, KeyExchanges: []string{ssh.KeyExchangeCurve25519}, Rand: counting{&exchanges}},
			})
			if err != nil {
				s.Fatal(err)
			}
			client := ssh.NewClient(conn, chans, reqs)
			channel := s.channel(client)
			s.ask(channel, "pty-req", ptyRequest{Term: "xterm", Columns: 80, Rows: 24})
			s.ask(channel, "shell", nil)
			// Each answer lets the exchange happen that so much data is worth
			// to this client.
			wg.Go(func() {
				defer func() { _ = client.Close() }()
				for time.Since(began) < lasts {
					if _, err := channel.SendRequest("keepalive@openssh.com", true, make([]byte, 512)); err != nil {
						s.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		// Those of the logins, and of each connection one that is answered late.
		n, most := exchanges.Load(), int64(2*fullNumber+burst+perSecond*time.Since(began).Seconds())
		s.Logf("%d exchanges", n)
		if n < fullNumber+burst || n > most {
			s.Errorf("there were %d exchanges, want %d to %d", n, fullNumber+burst, most)
		}
	})
}

// counting is a client's random source: an X25519 exchange reads one key.
type counting struct{ exchanges *atomic.Int64 }

func (c counting) Read(p []byte) (int, error) {
	if len(p) == 32 {
		c.exchanges.Add(1)
	}
	return rand.Read(p)
}

// Before anybody has logged in the server has done the expensive half of the
// work. A client that leaves there and comes again pays a fraction of it.
//
// Here a source connects five times a second after a burst of 64, and one whose
// logins fail has to stay away.
func TestAbandonedLogins(t *testing.T) {
	p := start(t)
	p.withstands(func(s *siege) {
		refused := 0
		for range 200 {
			nc := s.tcp(source(0))
			// The exchange is done when the host key is shown.
			_, _, _, err := ssh.NewClientConn(nc, p.addr, &ssh.ClientConfig{
				User: "reader",
				HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error {
					_ = nc.Close()
					return net.ErrClosed
				},
			})
			if err != nil && !isClosed(err) {
				refused++
			}
		}
		if refused < 200-64 {
			s.Errorf("%d of 200 were refused", refused)
		}
		p.logged(1, "connection refused", "remote="+source(0)+":", "reason=penalty")
	})
}
