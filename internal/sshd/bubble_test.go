package sshd

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// bubble is a server with a network in memory, for tests whose time stands
// still (testing/synctest): all of the server acts as on a real network, and a
// day passes at once.
type bubble struct {
	*Server
	conns chan net.Conn
	log   *logBuffer
}

// serveInBubble starts a server, which the function that it returns stops.
func serveInBubble(t *testing.T, cfg Config) (_ *bubble, stop func()) {
	t.Helper()
	log := &logBuffer{}
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	cfg.HostKeys = []HostKey{{Signer: newSigner(t)}}
	cfg.Drain = -1
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := &bubble{Server: server, conns: make(chan net.Conn), log: log}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	l := &listener{conns: b.conns, closed: make(chan struct{})}
	go func() { served <- server.Serve(ctx, l) }()
	return b, func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

// listener accepts what is sent to it.
type listener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

// guest is somebody with a session in a bubble.
type guest struct {
	client  *gossh.Client
	session *gossh.Session
	keys    io.WriteCloser
	out     io.Reader
	said    bytes.Buffer // on stderr; complete when the session is over
	asked   atomic.Int64 // requests for a sign of life
	line    *tap
}

// enter connects and starts a shell.
func (b *bubble) enter(t *testing.T) *guest {
	t.Helper()
	here, there := wire()
	b.conns <- local{there}
	g := &guest{line: &tap{Conn: here}}
	sc, chans, reqs, err := gossh.NewClientConn(g.line, "", &gossh.ClientConfig{
		User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	counted := make(chan *gossh.Request)
	go func() {
		defer close(counted)
		for r := range reqs {
			if r.Type == keepaliveRequest && r.WantReply {
				g.asked.Add(1)
			}
			counted <- r
		}
	}()
	g.client = gossh.NewClient(sc, chans, counted)
	if g.session, err = g.client.NewSession(); err != nil {
		t.Fatal(err)
	}
	if g.keys, err = g.session.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if g.out, err = g.session.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	g.session.Stderr = &g.said
	if err := g.session.Shell(); err != nil {
		t.Fatal(err)
	}
	return g
}

// types sends keys, which have to come back.
func (g *guest) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(g.keys, keys); err != nil {
		t.Errorf("typing: %v", err)
		return
	}
	back := make([]byte, len(keys))
	if _, err := io.ReadFull(g.out, back); err != nil || !bytes.Equal(back, []byte(keys)) {
		t.Errorf("%q came back as %q: %v", keys, back, err)
	}
}

// tap is a connection that swallows what is sent through it once it is shut:
// the peer has vanished without a word.
type tap struct {
	net.Conn
	shut atomic.Bool
}

func (t *tap) Write(p []byte) (int, error) {
	if t.shut.Load() {
		return len(p), nil
	}
	return t.Conn.Write(p)
}

// local is a connection from 127.0.0.1.
type local struct{ net.Conn }

func (local) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1 << 15} }

// wire returns the ends of a connection that holds what nobody has read yet,
// as a network does and net.Pipe does not.
func wire() (here, there net.Conn) {
	here, a := net.Pipe()
	b, there := net.Pipe()
	go carry(b, a)
	go carry(a, b)
	return here, there
}

func carry(to io.WriteCloser, from io.ReadCloser) {
	packets := make(chan []byte, 1<<12)
	go func() {
		for p := range packets {
			_, _ = to.Write(p) // who is gone reads no more
		}
		_ = to.Close()
	}()
	defer close(packets)
	for {
		buf := make([]byte, 32<<10)
		n, err := from.Read(buf)
		packets <- buf[:n]
		if err != nil {
			return
		}
	}
}
