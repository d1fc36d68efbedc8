package sshd

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"charm.land/ssh"
)

// Clients that have connected, and that no Accept has taken yet when the server stops, are served if
// their socket ends with the server, and else left to who has the socket.
func TestStoppingServesWhoWaits(t *testing.T) {
	const waiting = 20
	for _, shared := range []bool{false, true} {
		l, err := Listen(t.Context(), "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if shared {
			file, err := l.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = file.Close() })
		}
		conns := make([]net.Conn, waiting)
		for i := range conns {
			if conns[i], err = net.Dial("tcp", l.Addr().String()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conns[i].Close() })
		}
		s, err := New(Config{
			HostKeys: []HostKey{{Signer: newSigner(t)}}, Drain: time.Hour, SharedSockets: shared,
			Handler: func(s ssh.Session) { _, _ = io.WriteString(s, "served") },
		})
		if err != nil {
			t.Fatal(err)
		}
		stopped, stop := context.WithCancel(t.Context())
		stop()
		done := make(chan error, 1)
		go func() { done <- s.Serve(stopped, l) }()
		served := 0
		if !shared {
			for _, conn := range conns {
				if err := callOn(conn); err != nil {
					t.Error(err)
				} else {
					served++
				}
			}
		}
		if err := receive(t, done, "the end"); err != nil {
			t.Error(err)
		}
		if taken := int(s.stats.accepted.Load()); taken != served {
			t.Errorf("sockets are shared: %v: %d are taken, and %d served", shared, taken, served)
		}
	}
}

// However many wait or come, a listener that is to be closed is.
func TestStoppingTakesNoMoreThanSome(t *testing.T) {
	s := serve(t, Config{})
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for range 5 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	for i, want := range []uint64{3, 5, 5} {
		if s.acceptWaiting(l, 3); s.stats.accepted.Load() != want {
			t.Errorf("after %d times three, %d are taken, want %d", i+1, s.stats.accepted.Load(), want)
		}
	}
}
