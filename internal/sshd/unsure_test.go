package sshd

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// There is time to read what a client asks about a host key that it does not know, in every mode, but not for
// ever; then there is the time of a login again. Who has sent less than its part of the exchange has no more.
func TestTimeForTheHostKey(t *testing.T) {
	for name, test := range map[string]struct {
		key, then time.Duration
		in        bool
	}{
		"a long look":            {key: 110 * time.Second, in: true},
		"and one more":           {key: 110 * time.Second, then: 9 * time.Second, in: true},
		"and one that is longer": {key: 30 * time.Second, then: 11 * time.Second},
		"a break before it":      {key: 3 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, stop := serveInBubble(t, Config{Handler: who, Identify: all})
				defer stop()
				here, there := wire()
				defer func() { _ = here.Close() }()
				server.conns <- local{there}
				client, _, _, err := gossh.NewClientConn(here, "", &gossh.ClientConfig{
					User: "reader", Auth: []gossh.AuthMethod{thinking(test.then)},
					HostKeyCallback: func(string, net.Addr, gossh.PublicKey) error {
						time.Sleep(test.key)
						return nil
					},
				})
				if (err == nil) != test.in {
					t.Fatalf("logged in: %v", err)
				}
				if err == nil {
					_ = client.Close()
					return
				}
				synctest.Wait()
				if stats := server.Stats(); stats.EndedConns[HandshakeTimeout] != 1 {
					t.Errorf("ended: %v", stats.EndedConns)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		server, stop := serveInBubble(t, Config{Handler: who})
		defer stop()
		here, there := wire()
		defer func() { _ = here.Close() }()
		server.conns <- local{there}
		if _, err := io.WriteString(here, "SSH-2.0-slow\r\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if stats := server.Stats(); stats.Connections != 0 {
			t.Errorf("a client that has not begun the exchange is still here: %v", stats.EndedConns)
		}
	})
}

// Users who are asked about the host key keep out nobody: newcomers of their source take their places.
func TestQuestionsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, stop := serveInBubble(t, Config{Handler: who, MaxHandshakes: 16})
		defer stop()
		dial := func(look time.Duration) error {
			here, there := wire()
			server.conns <- local{there}
			client, _, _, err := gossh.NewClientConn(here, "", &gossh.ClientConfig{User: "reader", HostKeyCallback: func(string, net.Addr, gossh.PublicKey) error {
				time.Sleep(look)
				return nil
			}})
			if err == nil {
				_ = client.Close()
			}
			_ = here.Close()
			return err
		}
		done := make(chan error)
		const asked = 64
		for range asked {
			go func() { done <- dial(time.Minute) }()
			time.Sleep(time.Second) // or it would connect too often
			if n := server.Stats().Handshakes; n > 16 {
				t.Fatalf("%d handshakes at once", n)
			}
		}
		if err := dial(0); err != nil {
			t.Errorf("a newcomer is kept out: %v", err)
		}
		out := 0
		for range asked {
			if <-done != nil {
				out++
			}
		}
		if out == 0 {
			t.Error("more handshakes were kept than there may be")
		}
	})
}
