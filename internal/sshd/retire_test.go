package sshd

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// retiring starts a server on two listeners, each of which another process might have too: its
// duplicates stay open.
func retiring(t *testing.T, cfg Config) (s *served, duplicates [2]*net.TCPListener) {
	t.Helper()
	cfg.HostKeys, cfg.Handler, cfg.Drain = []HostKey{{Signer: newSigner(t)}}, echo, -1
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	var listeners []net.Listener
	for i := range duplicates {
		l, err := Listen(ctx, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Skip("a listener cannot be duplicated here: ", err)
		}
		duplicate, err := net.FileListener(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = duplicate.Close() })
		duplicates[i] = duplicate.(*net.TCPListener)
		listeners = append(listeners, l)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listeners...) }()
	return &served{Server: server, addr: listeners[0].Addr().String(), stop: cancel, done: done}, duplicates
}

// answering starts a session, and returns a function that reports whether it sends back what it is sent.
func answering(t *testing.T, session *gossh.Session) func() bool {
	t.Helper()
	in, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		one := make([]byte, 1)
		_, wrong := in.Write([]byte("x"))
		_, failed := io.ReadFull(out, one)
		return wrong == nil && failed == nil
	}
}

func TestServeOnSeveralListeners(t *testing.T) {
	s, both := retiring(t, Config{})
	for _, l := range both {
		other := *s
		other.addr = l.Addr().String()
		if !answering(t, other.session(t))() {
			t.Errorf("%s does not serve", other.addr)
		}
	}
	if !s.Stats().Accepting {
		t.Error("it does not say that it accepts")
	}
	s.stop()
	if err := receive(t, s.done, "the end"); err != nil {
		t.Error(err)
	}
	if s.Stats().Accepting {
		t.Error("it says that it still accepts")
	}
}

// A listener that fails stops the server, and its error is told.
func TestOneOfTheListenersFails(t *testing.T) {
	server, err := New(Config{HostKeys: []HostKey{{Signer: newSigner(t)}}, Handler: echo, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	var both [2]net.Listener
	for i := range both {
		if both[i], err = Listen(t.Context(), "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	_ = both[1].Close()
	done := make(chan error, 1)
	go func() { done <- server.Serve(t.Context(), both[:]...) }()
	if err := receive(t, done, "the end"); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", both[0].Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("the other still listens")
	}
}

func TestRetire(t *testing.T) {
	s, both := retiring(t, Config{})
	client := s.dial(t)
	alive := answering(t, newSession(t, client))
	if !alive() {
		t.Fatal("no session")
	}
	s.Retire(time.Hour)
	eventually(t, "it accepts no more", func() bool { return !s.Stats().Accepting })
	// Whoever comes now waits for the other process.
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = both[0].SetDeadline(time.Now().Add(patience))
	accepted, err := both[0].Accept()
	if err != nil {
		t.Fatalf("who came after it is not there for the other: %v", err)
	}
	_ = accepted.Close()
	if !alive() || s.stopping() {
		t.Fatal("the session has noticed")
	}
	if !answering(t, newSession(t, client))() {
		t.Error("the connection gets no further session")
	}
	select {
	case err := <-s.done:
		t.Fatalf("it ended with a session: %v", err)
	default:
	}
	_ = client.Close()
	if err := receive(t, s.done, "the end after the last connection"); err != nil {
		t.Error(err)
	}
}

// What ends the wait of a server that is retired.
func TestRetireEnds(t *testing.T) {
	for name, c := range map[string]struct {
		patience time.Duration
		end      func(*served)
	}{
		"patience": {time.Nanosecond, func(*served) {}},
		"context":  {time.Hour, func(s *served) { s.stop() }},
		"close":    {time.Hour, func(s *served) { s.Close() }},
		"twice":    {time.Nanosecond, func(s *served) { s.Retire(time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := retiring(t, Config{})
			if !answering(t, s.session(t))() {
				t.Fatal("no session")
			}
			s.Retire(c.patience)
			c.end(s)
			if err := receive(t, s.done, "the end"); err != nil {
				t.Error(err)
			}
		})
	}
}

// Whoever has connected just before the server stops still gets a session.
func TestStoppingServesNewcomers(t *testing.T) {
	s := serve(t, Config{Drain: time.Hour, Handler: func(s ssh.Session) { _, _ = io.WriteString(s, "served") }})
	client := s.dial(t)
	s.stop()
	eventually(t, "it accepts no more", func() bool { return !s.Stats().Accepting })
	out, err := newSession(t, client).Output("")
	if err != nil || string(out) != "served" {
		t.Errorf("%q, %v", out, err)
	}
}

// A stop that begins between a session's request and its handler does not refuse it.
func TestStoppingServesWhoHasAsked(t *testing.T) {
	asked := make(chan struct{})
	s := servePrepared(t, Config{Drain: time.Hour, Handler: func(s ssh.Session) { _, _ = io.WriteString(s, "served") }}, func(s *Server) {
		chain := s.chain
		s.chain = func(session ssh.Session) {
			close(asked)
			<-s.draining
			chain(session)
		}
	})
	session := newSession(t, s.dial(t))
	output := make(chan string, 1)
	go func() {
		out, _ := session.CombinedOutput("")
		output <- string(out)
	}()
	receive(t, asked, "the session")
	s.stop()
	if out := receive(t, output, "the output"); out != "served" {
		t.Errorf("%q", out)
	}
}

// Who had a session, or never comes to one, does not hold up a stop.
func TestStoppingDoesNotWaitForTheSilent(t *testing.T) {
	s := serve(t, Config{Drain: time.Hour})
	client := s.dial(t)
	session := newSession(t, client)
	if !answering(t, session)() {
		t.Fatal("no session")
	}
	_ = session.Close()
	silent, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	s.stop()
	err = receive(t, s.done, "the end")
	s.done <- err
	if err != nil {
		t.Error(err)
	}
}
