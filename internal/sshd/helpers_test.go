package sshd

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// patience is how long a test waits for what has to happen. It bounds a
// failure, not a success.
const patience = 10 * time.Second

func newSigner(t testing.TB) gossh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// served is a server that listens on a loopback port.
type served struct {
	*Server
	addr string
	stop context.CancelFunc
	done chan error
	log  *logBuffer
}

// serve starts a server for a test and stops it at the end. It logs to
// served.log, drains for no time, and is not limited per source or network, unless the
// configuration says so.
func serve(t testing.TB, cfg Config) *served {
	t.Helper()
	return servePrepared(t, cfg, func(*Server) {})
}

// servePrepared is serve with something to do to the server before it serves.
func servePrepared(t testing.TB, cfg Config, prepare func(*Server)) *served {
	t.Helper()
	log := &logBuffer{}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if cfg.HostKeys == nil {
		cfg.HostKeys = []HostKey{{Signer: newSigner(t)}}
	}
	if cfg.Handler == nil {
		cfg.Handler = echo
	}
	fallback(&cfg.Drain, -1)
	fallback(&cfg.MaxConnsPerSource, 1000)
	fallback(&cfg.NetworkShare, 1)
	fallback(&cfg.WideNetworkShare, 1)
	fallback(&cfg.ConnBurst, 1000)
	fallback(&cfg.SessionBurst, 1000)
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	prepare(server)
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{Server: server, addr: listener.Addr().String(), stop: cancel, done: make(chan error, 1), log: log}
	accepts := &firstAccept{TCPListener: listener.(*net.TCPListener), begun: make(chan struct{})}
	go func() { s.done <- server.Serve(ctx, accepts) }()
	receive(t, accepts.begun, "the first accept") // who counts goroutines counts all that serve
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-s.done:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(patience):
			t.Error("Serve did not return")
		}
	})
	return s
}

// echo is a handler that sends back what it reads.
func echo(s ssh.Session) { _, _ = io.Copy(s, s) }

// waits is a handler that returns when its session ends.
func waits(s ssh.Session) { <-s.Context().Done() }

func (s *served) dial(t testing.TB) *gossh.Client {
	t.Helper()
	return s.dialAs(t, &gossh.ClientConfig{User: "reader"})
}

func (s *served) dialAs(t testing.TB, cfg *gossh.ClientConfig) *gossh.Client {
	t.Helper()
	client, err := s.tryDial(cfg)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func (s *served) tryDial(cfg *gossh.ClientConfig) (*gossh.Client, error) {
	cfg.HostKeyCallback = gossh.InsecureIgnoreHostKey()
	return gossh.Dial("tcp", s.addr, cfg)
}

// session opens a session with a new connection.
func (s *served) session(t testing.TB) *gossh.Session {
	t.Helper()
	return newSession(t, s.dial(t))
}

func newSession(t testing.TB, client *gossh.Client) *gossh.Session {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatalf("session: %v", err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// openChannel opens a bare session channel, for requests that gossh.Session
// does not make.
func openChannel(t testing.TB, client *gossh.Client) gossh.Channel {
	t.Helper()
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		t.Fatalf("channel: %v", err)
	}
	go gossh.DiscardRequests(requests)
	t.Cleanup(func() { _ = channel.Close() })
	return channel
}

// request makes a channel request and returns whether it was granted.
func request(t testing.TB, channel gossh.Channel, name string, payload any) bool {
	t.Helper()
	var raw []byte
	if payload != nil {
		raw = gossh.Marshal(payload)
	}
	ok, err := channel.SendRequest(name, true, raw)
	if err != nil {
		t.Fatalf("request %s: %v", name, err)
	}
	return ok
}

// exitStatus runs a session's Wait to its exit status.
func exitStatus(t testing.TB, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	var exit *gossh.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("no exit status: %v", err)
	}
	return exit.ExitStatus()
}

// firstAccept is a listener that tells when the first connection is waited for.
type firstAccept struct {
	*net.TCPListener
	once  sync.Once
	begun chan struct{}
}

func (l *firstAccept) Accept() (net.Conn, error) {
	l.once.Do(func() { close(l.begun) })
	return l.TCPListener.Accept()
}

// receive waits for a value.
func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("never came true: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// baseline returns a check that the goroutines are as many as now again.
func baseline(t testing.TB) func() {
	t.Helper()
	before := runtime.NumGoroutine()
	return func() {
		t.Helper()
		defer func() {
			if t.Failed() {
				stacks := make([]byte, 1<<20)
				t.Logf("%s", stacks[:runtime.Stack(stacks, true)])
			}
		}()
		eventually(t, "goroutines back to the baseline", func() bool { return runtime.NumGoroutine() <= before })
	}
}

// idle waits until the server holds nothing.
func (s *served) idle(t testing.TB) {
	t.Helper()
	eventually(t, "no connections left", func() bool {
		stats := s.Stats()
		return stats.Connections == 0 && stats.Sessions == 0 && stats.Handshakes == 0
	})
}

// connect opens a bare TCP connection from a loopback address.
func (s *served) connect(t testing.TB, from string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	nc, err := dialer.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// logBuffer collects log lines.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// lines returns the lines that contain all the parts.
func (b *logBuffer) lines(parts ...string) []string {
	var found []string
next:
	for line := range strings.Lines(b.String()) {
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue next
			}
		}
		found = append(found, line)
	}
	return found
}
