package ops

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
)

func TestDocuments(t *testing.T) {
	var fails error
	s := serve(t, Config{Documents: map[string]func(io.Writer) error{"sources": func(w io.Writer) error {
		if fails != nil {
			return fails
		}
		_, err := io.WriteString(w, `{"sources":[]}`)
		return err
	}}})
	if status, body := s.get("/-/sources"); status != http.StatusOK || body != `{"sources":[]}` {
		t.Errorf("%d %s", status, body)
	}
	for method, want := range map[string]int{http.MethodPost: http.StatusMethodNotAllowed, http.MethodDelete: http.StatusMethodNotAllowed, http.MethodHead: http.StatusOK} {
		if status, _ := s.do(method, "/-/sources"); status != want {
			t.Errorf("%s: %d", method, status)
		}
	}
	if status, _ := s.get("/-/others"); status != http.StatusNotFound {
		t.Errorf("another document: %d", status)
	}
	fails = errors.New("the server is starting")
	if status, body := s.get("/-/sources"); status != http.StatusServiceUnavailable || body != `{"error":"the server is starting"}`+"\n" {
		t.Errorf("without a document: %d %s", status, body)
	}
}

// Documents have the guards of all pages: no host name that a web page could have chosen, and
// nothing that is kept or taken for something else.
func TestDocumentsAreGuarded(t *testing.T) {
	handler := New(Config{Metrics: newMetrics(), Documents: map[string]func(io.Writer) error{"sources": func(w io.Writer) error {
		_, err := io.WriteString(w, "{}")
		return err
	}}}).http.Handler
	for host, want := range map[string]int{"127.0.0.1:9222": http.StatusOK, "evil.example.com": http.StatusMisdirectedRequest} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/-/sources", http.NoBody)
		r.Host = host
		c := &conn{all: newConns(nil)}
		c.at = c.all.waiting.PushBack(c)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(connContext(r.Context(), c)))
		if w.Code != want || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("for %s: %d %v", host, w.Code, w.Header())
		}
	}
}

// A document is made for one at a time, however many ask and do not read, and probes are
// answered meanwhile.
func TestDocumentsAreMadeOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		making, most := 0, 0
		s := serveOn(t, l, Config{Documents: map[string]func(io.Writer) error{"sources": func(w io.Writer) error {
			making++
			most = max(most, making)
			defer func() { making-- }()
			_, err := io.WriteString(w, strings.Repeat("{}\n", 1<<20))
			return err
		}}})
		defer s.stop()
		const ask = "GET /-/sources HTTP/1.1\r\nHost: x\r\n\r\n"
		held := crowd(l, 1, ask)
		synctest.Wait()
		c := l.dial()
		go func() { _, _ = io.WriteString(c, ask) }()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
			t.Errorf("the second gets %d", res.StatusCode)
		}
		_ = res.Body.Close()
		_ = c.Close()
		held = append(held, crowd(l, 3*maxConns, ask)...)
		synctest.Wait()
		if status := probe(t, l); status != http.StatusOK || most != 1 {
			t.Errorf("livez: %d; %d were made at once", status, most)
		}
		for _, c := range held {
			_ = c.Close()
		}
	})
}
