package ops

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// served is a server on a port of its own, until the test ends.
type served struct {
	t    *testing.T
	url  string
	stop context.CancelFunc
	done chan error
}

func serve(t *testing.T, cfg Config) *served {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, cfg)
}

func serveOn(t *testing.T, l net.Listener, cfg Config) *served {
	t.Helper()
	if cfg.Metrics == nil {
		cfg.Metrics = newMetrics()
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{t: t, url: "http://" + l.Addr().String(), stop: cancel, done: make(chan error, 1)}
	server := New(cfg)
	go func() { s.done <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-s.done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// get returns the status and the body of a page.
func (s *served) get(path string) (int, string) {
	s.t.Helper()
	return s.do(http.MethodGet, path)
}

func (s *served) do(method, path string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	// A transport of its own, whose connection does not outlive the request.
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func well() error { return nil }

func TestReady(t *testing.T) {
	var wrong error
	s := serve(t, Config{Checks: []Check{{"index", well}, {"draining", func() error { return wrong }}}})
	if status, body := s.get("/readyz"); status != http.StatusOK || body != "index: ok\ndraining: ok\n" {
		t.Errorf("when all is well: %d %q", status, body)
	}
	wrong = errors.New("stopping")
	if status, body := s.get("/readyz"); status != http.StatusServiceUnavailable || body != "index: ok\ndraining: not ok: stopping\n" {
		t.Errorf("when one fails: %d %q", status, body)
	}
	if status, body := s.get("/livez"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("a server that is not ready lives: %d %q", status, body)
	}
}

func TestRoutes(t *testing.T) {
	plain, profiling := serve(t, Config{}), serve(t, Config{Pprof: true})
	for _, test := range []struct {
		s      *served
		method string
		path   string
		status int
	}{
		{plain, http.MethodGet, "/metrics", http.StatusOK},
		{plain, http.MethodHead, "/readyz", http.StatusOK},
		{plain, http.MethodPost, "/readyz", http.StatusMethodNotAllowed},
		{plain, http.MethodDelete, "/metrics", http.StatusMethodNotAllowed},
		{plain, http.MethodGet, "/", http.StatusNotFound},
		{plain, http.MethodGet, "/debug/pprof/", http.StatusNotFound},
		{plain, http.MethodGet, "/debug/pprof/heap", http.StatusNotFound},
		{profiling, http.MethodGet, "/debug/pprof/", http.StatusOK},
		{profiling, http.MethodGet, "/debug/pprof/goroutine?debug=1", http.StatusOK},
		{profiling, http.MethodGet, "/debug/pprof/cmdline", http.StatusOK},
	} {
		if status, body := test.s.do(test.method, test.path); status != test.status {
			t.Errorf("%s %s: %d, want %d: %s", test.method, test.path, status, test.status, body)
		}
	}
}

// What a client can hold is bounded in time.
func TestSlowClientsAreClosed(t *testing.T) {
	for name, client := range map[string]struct {
		sends string
		most  time.Duration
	}{
		"silent":              {"", headerTimeout},
		"headers without end": {"GET /livez HTTP/1.1\r\nHost: x\r\nX: ", headerTimeout},
		"idle after a page":   {"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", time.Second},
		"a body that is late": {"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n", readTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				s := serveOn(t, l, Config{})
				nc := l.dial()
				defer func() { _ = nc.Close() }()
				go func() { _, _ = io.WriteString(nc, client.sends) }()
				began := time.Now()
				if _, err := io.Copy(io.Discard, nc); err != nil {
					t.Errorf("the connection did not end in order: %v", err)
				}
				if held := time.Since(began); held > client.most {
					t.Errorf("held for %s, want at most %s", held, client.most)
				}
				s.stop()
			})
		})
	}
}

func TestLongHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		s := serveOn(t, l, Config{})
		client := l.dial()
		defer func() { _ = client.Close() }()
		go func() { _, _ = io.WriteString(client, "GET /livez?"+strings.Repeat("x", 1<<20)) }()
		answer, err := io.ReadAll(client)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 431 ") {
			t.Errorf("a megabyte of header: %q, %v", answer, err)
		}
		s.stop()
	})
}

// Serve stops in order: idle connections at once, a request under way within
// its grace, and nothing stays.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		l := newPipes()
		asked, release := make(chan struct{}), make(chan struct{})
		s := serveOn(t, l, Config{Checks: []Check{{"slow", func() error {
			close(asked)
			<-release
			return nil
		}}}})
		idle, busy := l.dial(), l.dial()
		go func() { _, _ = io.WriteString(busy, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n") }()
		<-asked
		began := time.Now()
		s.stop()
		err := <-s.done
		s.done <- err
		if err != nil {
			t.Errorf("Serve: %v", err)
		}
		if took := time.Since(began); took != closeGrace {
			t.Errorf("a stuck request held Serve for %s, want %s", took, closeGrace)
		}
		for _, c := range []net.Conn{idle, busy} {
			if _, err := io.ReadAll(c); err != nil {
				t.Errorf("a connection did not end in order: %v", err)
			}
			_ = c.Close()
		}
		close(release)
	})
}

func TestOpenListenerIsWarnedOf(t *testing.T) {
	for address, warned := range map[string]bool{"127.0.0.1:0": false, "[::1]:0": false, ":0": true, "0.0.0.0:0": true} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("not on this machine: %v", err)
			continue
		}
		var log bytes.Buffer
		s := New(Config{Metrics: newMetrics(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Serve(ctx, l); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if got := strings.Contains(log.String(), "open to the network"); got != warned {
			t.Errorf("%s: warned: %t, want %t: %s", address, got, warned, &log)
		}
	}
}

func TestListenerThatFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := New(Config{Metrics: newMetrics()}).Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}

// pipes is a listener inside a synctest bubble, where time stands still.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// dial returns the client's end once the server has accepted the other.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
