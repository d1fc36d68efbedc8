package sshd

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// readAll reads until the peer closes.
func readAll(t *testing.T, nc net.Conn) string {
	t.Helper()
	if err := nc.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(nc)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatal("the connection was not closed")
	}
	return string(text)
}

// Connections that say nothing, or a byte now and then, are held no longer
// than a handshake may take.
func TestSilentConnections(t *testing.T) {
	server := serve(t, Config{HandshakeTimeout: 100 * time.Millisecond})
	check := baseline(t)
	silent, slow := server.connect(t, "127.0.0.1"), server.connect(t, "127.0.0.1")
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for _, b := range []byte("SSH-2.0-" + strings.Repeat("x", 100)) {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				if _, err := slow.Write([]byte{b}); err != nil {
					return
				}
			}
		}
	}()
	readAll(t, silent)
	readAll(t, slow)
	server.idle(t)
	_ = silent.Close()
	_ = slow.Close()
	check()
	if n := server.Stats().EndedConns[HandshakeTimeout]; n != 2 {
		t.Errorf("ended for %v", server.Stats().EndedConns)
	}
}

// Of many silent connections from one source its share is held, and readers
// from elsewhere are served meanwhile.
func TestConnectionsPerSource(t *testing.T) {
	server := serve(t, Config{MaxConnsPerSource: 5, Handler: who})
	for i := range 50 {
		server.connect(t, "127.0.0.2")
		if i < 5 {
			eventually(t, "connections held", func() bool { return server.Stats().Connections == i+1 })
		}
	}
	eventually(t, "45 refusals", func() bool { return server.Stats().Refused[SourceConns] == 45 })
	if n := server.Stats().Connections; n != 5 {
		t.Errorf("%d connections are held, want 5", n)
	}
	if out, err := server.session(t).Output("who"); err != nil || string(out) != "nobody" {
		t.Errorf("a reader from elsewhere: %q, %v", out, err)
	}
	if refused := readAll(t, server.connect(t, "127.0.0.2")); refused != SourceConns.line()+"\r\n" {
		t.Errorf("a refused client reads %q", refused)
	}
	if lines := server.log.lines("reason=source_connections"); len(lines) != 1 {
		t.Errorf("refusals logged %d times, want once: %q", len(lines), lines)
	}
}

func TestConnectionRate(t *testing.T) {
	server := serve(t, Config{ConnRate: 1e-9, ConnBurst: 3})
	for range 3 {
		_ = server.dial(t).Close()
	}
	if refused := readAll(t, server.connect(t, "127.0.0.1")); refused != SourceRate.line()+"\r\n" {
		t.Errorf("a refused client reads %q", refused)
	}
}

// A source whose connections fail one after another is shut out for a while.
func TestPenalty(t *testing.T) {
	server := serve(t, Config{})
	for i := range penaltyFloor/penaltyFailed + 1 {
		nc := server.connect(t, "127.0.0.3")
		_, _ = io.WriteString(nc, "GET / HTTP/1.1\r\n\r\n")
		_ = nc.Close()
		eventually(t, "the failure counted", func() bool { return server.Stats().EndedConns[HandshakeFailed] == uint64(i+1) })
	}
	eventually(t, "a penalty", func() bool { return server.Stats().Penalised == 1 })
	if refused := readAll(t, server.connect(t, "127.0.0.3")); refused != Penalty.line()+"\r\n" {
		t.Errorf("a penalised client reads %q", refused)
	}
	server.dial(t)
}

func TestServerFull(t *testing.T) {
	server := serve(t, Config{MaxConns: 2, Random: func() float64 { return 1 }})
	server.dial(t)
	server.dial(t)
	if refused := readAll(t, server.connect(t, "127.0.0.1")); refused != Full.line()+"\r\n" {
		t.Errorf("a refused client reads %q", refused)
	}
}

func TestSessionsFull(t *testing.T) {
	server := serve(t, Config{MaxSessions: 2, Handler: waits, Exempt: prefixes("127.0.0.0/8")})
	client := server.dial(t)
	for range 2 {
		if err := newSession(t, client).Shell(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "two sessions", func() bool { return server.Stats().Started[Text] == 2 }) // one that has not begun is refused
	refusedWith(t, server.session(t), SessionsFull)
}

// refusedWith runs a session that has to be refused for a reason.
func refusedWith(t *testing.T, session *gossh.Session, why Reason) {
	t.Helper()
	var said bytes.Buffer
	session.Stderr = &said
	if code := exitStatus(t, session.Run("ls")); code != 1 {
		t.Errorf("exit status %d, want 1", code)
	}
	if said.String() != why.line()+"\n" {
		t.Errorf("the client reads %q, want %q", said.String(), why.line())
	}
}

func TestSessionRate(t *testing.T) {
	server := serve(t, Config{SessionRate: 1e-9, SessionBurst: 2, Handler: who})
	client := server.dial(t)
	for range 2 {
		if err := newSession(t, client).Run("ls"); err != nil {
			t.Fatal(err)
		}
	}
	refusedWith(t, newSession(t, client), SessionRate)
	refusedWith(t, server.session(t), SessionRate) // nor does a new connection help
	if n := server.Stats().Refused[SessionRate]; n != 2 {
		t.Errorf("%d refusals counted, want 2", n)
	}
	if lines := server.log.lines("session refused", "reason=session_rate"); len(lines) != 1 { // as of all refusals, in ten seconds
		t.Errorf("logged as %q", lines)
	}
}

func TestExemptSource(t *testing.T) {
	server := serve(t, Config{
		ConnRate: 1e-9, ConnBurst: 1, SessionRate: 1e-9, SessionBurst: 1, MaxConnsPerSource: 1,
		Exempt: prefixes("127.0.0.0/30"), Handler: who,
	})
	for range 5 {
		if err := server.session(t).Run("ls"); err != nil {
			t.Fatal(err)
		}
	}
}

// A client that takes no data loses its connection, whichever way it does so:
// with a full socket, or with a channel window that it never enlarges.
func TestClientThatNeverReads(t *testing.T) {
	failed := make(chan error, 1)
	write := func(s ssh.Session) {
		frame := make([]byte, 64<<10)
		for {
			if _, err := s.Write(frame); err != nil {
				failed <- err
				return
			}
		}
	}
	t.Run("window", func(t *testing.T) {
		server := serve(t, Config{WriteTimeout: 100 * time.Millisecond, Handler: write})
		// The client's library reads its socket, but nobody reads the channel.
		request(t, openChannel(t, server.dial(t)), "shell", nil)
		receive(t, failed, "the write to fail")
		server.idle(t)
		if n := server.Stats().EndedConns[WriteTimeout]; n != 1 {
			t.Errorf("ended for %v", server.Stats().EndedConns)
		}
	})
	t.Run("socket", func(t *testing.T) {
		server := serve(t, Config{WriteTimeout: 100 * time.Millisecond, Handler: write})
		nc := &stoppable{Conn: server.connect(t, "127.0.0.1"), resumed: make(chan struct{})}
		defer close(nc.resumed)
		sc, chans, reqs, err := gossh.NewClientConn(nc, server.addr, &gossh.ClientConfig{
			User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey(),
		})
		if err != nil {
			t.Fatal(err)
		}
		session := newSession(t, gossh.NewClient(sc, chans, reqs))
		nc.stopped.Store(true)
		go func() { _ = session.Start("read") }() // its answer may not be read any more
		receive(t, failed, "the write to fail")
		server.idle(t)
		if n := server.Stats().EndedConns[WriteTimeout]; n != 1 {
			t.Errorf("ended for %v", server.Stats().EndedConns)
		}
	})
}

// A session may send so much, and is told when it was too much.
func TestInputLimit(t *testing.T) {
	server := serve(t, Config{MaxInput: 1000, Handler: func(s ssh.Session) { _, _ = io.Copy(io.Discard, s) }})
	session := server.session(t)
	var said bytes.Buffer
	session.Stderr = &said
	session.Stdin = strings.NewReader(strings.Repeat("x", 2000))
	if code := exitStatus(t, session.Run("ls")); code != 1 || said.String() != InputLimit.line()+"\n" {
		t.Errorf("exit status %d, %q", code, said.String())
	}
}

// Data that nobody reads holds the connection up before it fills the memory, and
// after a while ends it: on a channel that runs nothing, and on the client's stderr.
func TestUnreadInput(t *testing.T) {
	tests := map[string]struct {
		shell  bool
		stream func(gossh.Channel) io.Writer
		floods bool
	}{
		"before the shell":    {false, func(c gossh.Channel) io.Writer { return c }, true},
		"handler not reading": {true, func(c gossh.Channel) io.Writer { return c }, true},
		"stderr is discarded": {true, func(c gossh.Channel) io.Writer { return c.Stderr() }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			handler, packets := waits, 100_000
			if !test.floods {
				handler, packets = echo, 10_000 // several times stderrAfter, with what SSH adds to each
			}
			server := serve(t, Config{Handler: handler, InputRate: 1 << 30, WriteTimeout: 2 * time.Second})
			channel := openChannel(t, server.dial(t))
			if test.shell {
				request(t, channel, "shell", nil)
			}
			sent := make(chan error, 1)
			go func() {
				to := test.stream(channel)
				for range packets {
					if _, err := to.Write([]byte("x")); err != nil {
						sent <- err
						return
					}
				}
				sent <- nil
			}()
			receive(t, sent, "the end of the flood")
			if !test.floods {
				if _, err := channel.Write([]byte("still here")); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len("still here"))
				if _, err := io.ReadFull(channel, got); err != nil || string(got) != "still here" {
					t.Errorf("got %q, %v", got, err)
				}
				if goroutinesIn("(*session).discardStderr.func1") != 1 {
					t.Error("nobody reads stderr, so the library keeps it")
				}
				return
			}
			server.idle(t)
			if n := server.Stats().EndedConns[Flood]; n != 1 {
				t.Errorf("ended for %v", server.Stats().EndedConns)
			}
		})
	}
}

// So it is with a handler that reads slowly: its client waits.
func TestSlowHandler(t *testing.T) {
	t.Parallel()
	server := serve(t, Config{Handler: func(s ssh.Session) {
		for buf := make([]byte, 4<<10); ; time.Sleep(20 * time.Millisecond) { // its pace
			if _, err := s.Read(buf); err != nil {
				return
			}
		}
	}})
	channel := openChannel(t, server.dial(t))
	request(t, channel, "shell", nil)
	if n, err := channel.Write(make([]byte, 4<<20)); err != nil {
		t.Errorf("after %d bytes: %v", n, err)
	}
}

// Every byte of a session that reads gets through, however it is cut, and though the
// client begins to read when its handler already waits for that.
func TestLargeInputAndOutput(t *testing.T) {
	for name, late := range map[string]time.Duration{"at once": 0, "late": time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, Config{})
			channel := openChannel(t, server.dial(t))
			request(t, channel, "shell", nil)
			sent := make([]byte, 3<<20)
			_, _ = rand.Read(sent)
			go func() {
				for rest := sent; len(rest) > 0; {
					n := min(len(rest), 1+len(rest)%7919)
					if _, err := channel.Write(rest[:n]); err != nil {
						return
					}
					rest = rest[n:]
				}
				_ = channel.CloseWrite()
			}()
			time.Sleep(late)
			if got, err := io.ReadAll(channel); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%d bytes came back (%v), %d were sent", len(got), err, len(sent))
			}
		})
	}
}

// stoppable is a connection whose reader can be stopped.
type stoppable struct {
	net.Conn
	stopped atomic.Bool
	resumed chan struct{}
}

func (s *stoppable) Read(p []byte) (int, error) {
	if s.stopped.Load() {
		<-s.resumed
	}
	return s.Conn.Read(p)
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}
