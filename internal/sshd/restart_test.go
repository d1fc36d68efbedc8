//go:build unix

package sshd

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// While servers at one socket follow each other, many connect without pause: none is refused or
// lost, whether the server before has stopped, as with a socket unit, or retires, as with an upgrade.
func TestRestartsRefuseNobody(t *testing.T) {
	const generations, callers = 24, 16
	shared, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var came atomic.Int64
	var over atomic.Bool
	var calling, serving sync.WaitGroup
	t.Cleanup(func() {
		over.Store(true)
		_ = shared.Close()
		calling.Wait()
		serving.Wait()
	})
	key := HostKey{Signer: newSigner(t)}
	begin := func() (s *Server, stop func(), done chan error) {
		file, err := shared.File()
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.FileListener(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		s, err = New(Config{
			HostKeys: []HostKey{key}, Drain: time.Hour, SharedSockets: true, MaxConnsPerSource: 1000, NetworkShare: 1, WideNetworkShare: 1,
			ConnRate: 1e6, ConnBurst: 1e6, SessionRate: 1e6, SessionBurst: 1e6,
			Handler: func(s ssh.Session) { _, _ = io.WriteString(s, "served") },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done = make(chan error, 1)
		serving.Go(func() { done <- s.Serve(ctx, l) })
		return s, cancel, done
	}
	for range callers {
		calling.Go(func() {
			for !over.Load() {
				if err := call(shared.Addr().String()); err != nil {
					t.Error(err)
					return
				}
				came.Add(1)
			}
		})
	}
	for i := range generations {
		before := came.Load()
		s, stop, done := begin()
		eventually(t, "somebody comes", func() bool { return came.Load() >= before+int64(i%5) || t.Failed() })
		if i%2 == 1 {
			s.Retire(time.Hour)
			continue
		}
		stop()
		if err := receive(t, done, "the end"); err != nil {
			t.Error(err)
		}
	}
	_, stop, _ := begin()
	over.Store(true)
	calling.Wait()
	stop()
	t.Logf("%d servers, %d sessions", generations+1, came.Load())
}

// call has a session on a connection of its own, and returns what was wrong with it.
func call(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return fmt.Errorf("refused: %w", err)
	}
	return callOn(conn)
}

// callOn has a session on a connection, which it closes.
func callOn(conn net.Conn) error {
	defer func() { _ = conn.Close() }()
	transport, channels, requests, err := gossh.NewClientConn(conn, "", &gossh.ClientConfig{User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey()})
	if err != nil {
		return fmt.Errorf("refused: %w", err)
	}
	client := gossh.NewClient(transport, channels, requests)
	defer func() { _ = client.Close() }()
	session, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("no session: %w", err)
	}
	if out, err := session.CombinedOutput(""); err != nil || string(out) != "served" {
		return fmt.Errorf("not served: %q, %w", out, err)
	}
	return nil
}
