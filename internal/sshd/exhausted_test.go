package sshd

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// starved is a listener that now and then fails as a real one without
// descriptors does.
type starved struct {
	*net.TCPListener
	mu       sync.Mutex
	failures []error
}

func (l *starved) Accept() (net.Conn, error) {
	l.mu.Lock()
	if len(l.failures) > 0 {
		err := l.failures[0]
		l.failures = l.failures[1:]
		l.mu.Unlock()
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", err)}
	}
	l.mu.Unlock()
	return l.TCPListener.Accept()
}

// serveStarved starts a server on a listener that fails at first. What waits
// does is done when the listener is open and nobody accepts yet.
func serveStarved(t *testing.T, waits func(*served), failures ...error) *served {
	t.Helper()
	s := serve(t, Config{Handler: who})
	inner, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s.addr = inner.Addr().String()
	waits(s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, &starved{TCPListener: inner, failures: failures}) }()
	t.Cleanup(func() {
		cancel()
		if err := receive(t, done, "Serve to return"); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// Without descriptors the server says so, once, and is not ready; the client
// that waits is told instead of left to hang; and readers are served again as
// soon as there are some.
func TestDescriptorsExhausted(t *testing.T) {
	var waiting net.Conn
	s := serveStarved(t, func(s *served) { waiting = s.connect(t, "127.0.0.1") },
		syscall.EMFILE)
	if text := readAll(t, waiting); text != Descriptors.line()+"\r\n" {
		t.Errorf("the client that waited reads %q", text)
	}
	if !s.Stats().Exhausted {
		t.Error("out of descriptors, it does not say so")
	}
	if lines := s.log.lines("ulimit -n", "reason=descriptors"); len(lines) != 1 {
		t.Errorf("logged %d times: %q", len(lines), lines)
	}
	eventually(t, "a reader served", func() bool {
		client, err := s.tryDial(&gossh.ClientConfig{User: "reader"})
		if err != nil {
			return false // turned away with the descriptor in reserve
		}
		_ = client.Close()
		return true
	})
}

// The one descriptor in reserve is let go for the client that waits, and taken again.
func TestDescriptorInReserve(t *testing.T) {
	reserve := &reserve{}
	reserve.take()
	defer reserve.release()
	if reserve.file == nil {
		t.Fatal("there is none")
	}
	released := false
	serve(t, Config{}).shortOfDescriptors(listenerFunc(func() (net.Conn, error) {
		released = reserve.file == nil
		return nil, os.ErrDeadlineExceeded
	}), reserve, syscall.EMFILE)
	if !released {
		t.Error("it is held while a client waits for one")
	}
	if reserve.file == nil {
		t.Error("there is none for the next time")
	}
}

// listenerFunc is a listener by how it accepts.
type listenerFunc func() (net.Conn, error)

func (f listenerFunc) Accept() (net.Conn, error)     { return f() }
func (f listenerFunc) Close() error                  { return nil }
func (f listenerFunc) Addr() net.Addr                { return nil }
func (f listenerFunc) SetDeadline(_ time.Time) error { return nil }

func TestAcceptRecovers(t *testing.T) {
	s := serveStarved(t, func(*served) {}, syscall.ECONNABORTED, syscall.EPROTO, syscall.ECONNRESET)
	s.dial(t)
}

func TestListenerThatFails(t *testing.T) {
	server, err := New(Config{Handler: echo, HostKeys: []HostKey{{Signer: newSigner(t)}}, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	if err := server.Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}
