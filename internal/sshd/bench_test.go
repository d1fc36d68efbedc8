package sshd

import (
	"io"
	"net"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// What the server adds to a write: the guard of the channel's window.
func BenchmarkSessionWrite(b *testing.B) {
	server, err := New(Config{Handler: echo, HostKeys: []HostKey{{Signer: newSigner(b)}}})
	if err != nil {
		b.Fatal(err)
	}
	s := &session{server: server, conn: &conn{server: server}}
	line := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.send(io.Discard, line); err != nil {
			b.Fatal(err)
		}
	}
}

// What the server adds to a packet: the write deadline, moved now and then.
func BenchmarkConnWrite(b *testing.B) {
	server, err := New(Config{Handler: echo, HostKeys: []HostKey{{Signer: newSigner(b)}}})
	if err != nil {
		b.Fatal(err)
	}
	here, there := net.Pipe()
	defer func() { _, _ = here.Close(), there.Close() }()
	c := &conn{server: server, Conn: discard{here}}
	line := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(line); err != nil {
			b.Fatal(err)
		}
	}
}

// discard is a connection that takes everything.
type discard struct{ net.Conn }

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// A whole session: connect, log in, run a command, leave.
func BenchmarkConnect(b *testing.B) {
	server := serve(b, Config{Handler: who, ConnRate: 1e9, SessionRate: 1e9})
	cfg := &gossh.ClientConfig{User: "reader"}
	for b.Loop() {
		client, err := server.tryDial(cfg)
		if err != nil {
			b.Fatal(err)
		}
		session, err := client.NewSession()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := session.Output("who"); err != nil {
			b.Fatal(err)
		}
		_ = client.Close()
	}
}

// What it costs to let somebody in for whom somebody else has to leave, with 7,500
// connections held.
func BenchmarkMakeRoom(b *testing.B) {
	g := newAdmission(Config{MaxConns: 10_000, MaxHandshakes: 10_000, ConnBurst: 1e6}.withDefaults(), func() time.Duration { return time.Hour })
	enter := func(i int) *admitted {
		a, why := g.admit(subnet("2001:db8:%x:%x::1", i%50, i%1000))
		if why != None {
			return nil
		}
		g.attach(a, nil, func() { g.release(a, MadeRoom) })
		g.loggedIn(a)
		return a
	}
	for i := range 10_000 {
		enter(i)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		key := subnet("203.%d.113.1", i%200)
		a, why := g.admit(key)
		if why != None {
			b.Fatal(why)
		}
		g.release(a, ConnectionLost)
		enter(i)
	}
	b.ReportMetric(float64(g.held[forConns]), "held")
}
