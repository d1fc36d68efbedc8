package ops

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// However many connections do nothing, half of something, or do not read, a
// probe is answered at once, and there are never more than maxConns.
func TestProbesAreNotKeptOut(t *testing.T) {
	const whole = " HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, sends := range map[string]string{
		"silent":              "",
		"half a request":      "GET /livez HTTP/1.1\r\nHost: x\r\nX: ",
		"a body that is late": "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
		"livez, not read":     "GET /livez" + whole,
		"metrics, not read":   "GET /metrics" + whole,
		"profile, not read":   "GET /debug/pprof/goroutine?debug=2" + whole,
		"a long profile":      "GET /debug/pprof/heap?seconds=20" + whole,
		"a bad host":          "GET /metrics HTTP/1.1\r\nHost: evil.example.com\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				s := serveOn(t, l, Config{Pprof: true})
				defer s.stop()
				held := crowd(l, 3*maxConns, sends)
				synctest.Wait()
				began := time.Now()
				for range 2 * maxConns {
					if status := probe(t, l); status != http.StatusOK {
						t.Fatalf("livez: %d", status)
					}
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("the probes waited for %s", took)
				}
				if n := open(held); n > maxConns {
					t.Errorf("%d connections are held, want at most %d", n, maxConns)
				}
				for _, c := range held {
					_ = c.Close()
				}
			})
		})
	}
}

// However fast others come, whoever has connected has time to be answered.
func TestProbesHaveTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		s := serveOn(t, l, Config{})
		defer s.stop()
		held := crowd(l, maxConns, "")
		c := l.dial()
		comes := make(chan []*quiet)
		go func() { comes <- crowd(l, 3*maxConns, "") }()
		time.Sleep(leastStay - time.Millisecond) // a busy machine
		go func() { _, _ = io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") }()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		_ = c.Close()
		for _, c := range append(held, <-comes...) {
			_ = c.Close()
		}
	})
}

// crowd opens n connections that send something and read nothing.
func crowd(l *pipes, n int, sends string) []*quiet {
	held := make([]*quiet, n)
	for i := range held {
		held[i] = &quiet{Conn: l.dial()}
		go func() { _, _ = io.WriteString(held[i], sends) }()
	}
	return held
}

// probe asks for /livez on a connection of its own.
func probe(t *testing.T, l *pipes) int {
	t.Helper()
	c := l.dial()
	defer func() { _ = c.Close() }()
	go func() { _, _ = io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1:9222\r\n\r\n") }()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// quiet is a client's end that reads nothing.
type quiet struct{ net.Conn }

// open counts the connections whose other end is there. Reading is the only way
// to learn that of a pipe, so they are of no use afterwards.
func open(held []*quiet) (n int) {
	for _, c := range held {
		_ = c.SetReadDeadline(time.Now())
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
			n++
		}
	}
	return n
}

// Over TCP, as it is: all that a keep-alive holds, and more.
func TestKeepAlivesDoNotKeepProbesOut(t *testing.T) {
	s := serve(t, Config{})
	for range maxConns + 8 {
		nc, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = nc.Close() }) // all of them are held until then
		if _, err := io.WriteString(nc, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(nc), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if !res.Close {
			t.Error("the connection is kept")
		}
	}
	if status, body := s.get("/livez"); status != http.StatusOK {
		t.Errorf("livez: %d %s", status, body)
	}
}

// A profile that is being made is not closed for a crowd.
func TestWorkIsSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		s := serveOn(t, l, Config{Pprof: true, Reload: func(context.Context) (int, any) { return http.StatusOK, nil }})
		defer s.stop()
		profile := l.dial()
		go func() { _, _ = io.WriteString(profile, "GET /debug/pprof/heap?seconds=20 HTTP/1.1\r\nHost: x\r\n\r\n") }()
		synctest.Wait()
		others := make([]net.Conn, maxWorking-1)
		for i := range others {
			others[i] = l.dial()
			go func() {
				_, _ = io.WriteString(others[i], "GET /debug/pprof/heap?seconds=20 HTTP/1.1\r\nHost: x\r\n\r\n")
			}()
		}
		synctest.Wait()
		late := l.dial()
		_, _ = io.WriteString(late, "POST /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if answer := receive(t, late); !strings.HasPrefix(answer, "HTTP/1.1 503 ") || !strings.Contains(answer, "application/json") || !strings.Contains(answer, `{"error":"too many requests at once"}`) {
			t.Errorf("who is one too many gets %q", answer)
		}
		for _, c := range others {
			_ = c.Close()
		}
		held := crowd(l, 3*maxConns, "")
		res, err := http.ReadResponse(bufio.NewReader(profile), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("the profile ends with %d, %v", res.StatusCode, err)
		}
		_ = res.Body.Close()
		_ = profile.Close()
		for _, c := range held {
			_ = c.Close()
		}
	})
}
