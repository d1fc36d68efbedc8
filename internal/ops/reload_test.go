package ops

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestReloadRequests(t *testing.T) {
	asked, status := 0, http.StatusOK
	handler := New(Config{Metrics: newMetrics(), Reload: func(context.Context) (int, any) {
		asked++
		return status, map[string]string{"result": "1 new post"}
	}}).http.Handler
	for _, test := range []struct {
		method, host, origin string
		does, want           int
	}{
		{http.MethodPost, "127.0.0.1:9222", "", http.StatusOK, http.StatusOK},
		{http.MethodPost, "blog", "", http.StatusConflict, http.StatusConflict},
		{http.MethodPost, "blog", "", http.StatusInternalServerError, http.StatusInternalServerError},
		{http.MethodPost, "blog", "", http.StatusServiceUnavailable, http.StatusServiceUnavailable},
		{http.MethodPost, "blog", "null", 0, http.StatusForbidden},
		{http.MethodPost, "blog", "http://blog", 0, http.StatusForbidden},
		{http.MethodPost, "evil.example.com", "", 0, http.StatusMisdirectedRequest},
		{http.MethodGet, "blog", "", 0, http.StatusMethodNotAllowed},
		{http.MethodHead, "blog", "", 0, http.StatusMethodNotAllowed},
		{http.MethodPut, "blog", "", 0, http.StatusMethodNotAllowed},
		{http.MethodOptions, "blog", "http://blog", 0, http.StatusMethodNotAllowed},
	} {
		asked, status = 0, test.does
		r := httptest.NewRequestWithContext(t.Context(), test.method, "/-/reload", io.MultiReader(unread{t}))
		r.Host = test.host
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		c := &conn{all: newConns(nil)}
		c.at = c.all.waiting.PushBack(c)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(connContext(r.Context(), c)))
		if w.Code != test.want || asked != min(test.does, 1) {
			t.Errorf("%+v: %d, asked %d times: %s", test, w.Code, asked, w.Body)
		}
		if allow := w.Header().Get("Allow"); (w.Code == http.StatusMethodNotAllowed) != (allow == http.MethodPost) {
			t.Errorf("%+v: Allow: %s", test, allow)
		}
		if kind, body := w.Header().Get("Content-Type"), w.Body.String(); test.does != 0 && (kind != "application/json" || body != `{"result":"1 new post"}`+"\n") {
			t.Errorf("%+v: %s %q", test, kind, body)
		}
		var refused struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &refused); test.does == 0 && (err != nil || refused.Error == "" || w.Header().Get("Content-Type") != "application/json") {
			t.Errorf("%+v is refused with %q, %v", test, w.Body, err)
		}
		if later := w.Header().Get("Retry-After"); (later != "") != (test.want == http.StatusServiceUnavailable) {
			t.Errorf("%+v: Retry-After: %q", test, later)
		}
	}
	if status, _ := serve(t, Config{}).do(http.MethodPost, "/-/reload"); status != http.StatusNotFound {
		t.Errorf("where nothing can be reloaded: %d", status)
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

// A reload may take longer than any other answer. Only so many wait for it, each as long as its
// client is there, and scrapes go on.
func TestWaitingForAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow = reloadTimeout - time.Second
		arrived, left := make(chan struct{}), make(chan struct{})
		l := newPipes()
		s := serveOn(t, l, Config{Reload: func(ctx context.Context) (int, any) {
			arrived <- struct{}{}
			select {
			case <-ctx.Done():
				left <- struct{}{}
				return http.StatusServiceUnavailable, "late"
			case <-time.After(slow):
				return http.StatusOK, "done"
			}
		}})
		defer s.stop()
		post := func(body string) net.Conn {
			nc := l.dial()
			_, _ = io.WriteString(nc, "POST /-/reload HTTP/1.1\r\nHost: x\r\n"+body)
			return nc
		}
		var conns []net.Conn
		for range maxReloads {
			conns = append(conns, post("\r\n"))
			<-arrived
		}
		for range 2 * maxConns {
			nc := post("\r\n")
			if answer := receive(t, nc); !strings.HasPrefix(answer, "HTTP/1.1 503 ") || !strings.Contains(answer, "\r\nRetry-After: 1\r\n") {
				t.Errorf("who is one too many gets %q", answer)
			}
		}
		scraper := l.dial()
		_, _ = io.WriteString(scraper, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
		if page := receive(t, scraper); !strings.HasPrefix(page, "HTTP/1.1 200 ") {
			t.Errorf("/metrics meanwhile: %.40q", page)
		}
		_ = conns[0].Close() // who has left makes room
		<-left
		synctest.Wait()
		conns[0] = post("Content-Length: 10\r\n\r\n") // which never come
		<-arrived
		began := time.Now()
		for _, nc := range conns {
			if answer := receive(t, nc); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
				t.Errorf("who has waited gets %q", answer)
			}
		}
		if took := time.Since(began); took < slow/2 || took > reloadTimeout+readTimeout {
			t.Errorf("the answers came after %s", took)
		}
	})
}

// receive returns all that comes on a connection, and closes it.
func receive(t *testing.T, nc net.Conn) string {
	t.Helper()
	text, err := io.ReadAll(nc)
	if err != nil {
		t.Error(err)
	}
	_ = nc.Close()
	return string(text)
}

// A folder that does not answer keeps nobody for ever.
func TestAReloadThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		s := serveOn(t, l, Config{Reload: func(ctx context.Context) (int, any) {
			<-ctx.Done()
			return http.StatusServiceUnavailable, "late"
		}})
		defer s.stop()
		nc := l.dial()
		began := time.Now()
		_, _ = io.WriteString(nc, "POST /-/reload HTTP/1.1\r\nHost: x\r\n\r\n")
		answer := receive(t, nc)
		if took := time.Since(began); took < reloadTimeout || !strings.Contains(answer, "\r\nRetry-After: 10\r\n") {
			t.Errorf("after %s: %q", took, answer)
		}
	})
}

// held is an answer that counts how often its memory is given back.
type held struct {
	Result any
	sent   *int
}

func (h held) Sent() { *h.sent++ }

// gone is a client that takes nothing any more.
type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What was taken for an answer is given back once it is sent, and if it cannot be.
func TestAnswersGiveBack(t *testing.T) {
	for name, answer := range map[string]any{"sent": "done", "no JSON": func() {}} {
		sent := 0
		handler := New(Config{Metrics: newMetrics(), Reload: func(context.Context) (int, any) { return http.StatusOK, held{answer, &sent} }}).http.Handler
		for i, w := range []http.ResponseWriter{httptest.NewRecorder(), gone{httptest.NewRecorder()}} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/-/reload", http.NoBody)
			r.Host = "blog"
			c := &conn{all: newConns(nil)}
			c.at = c.all.waiting.PushBack(c)
			handler.ServeHTTP(w, r.WithContext(connContext(r.Context(), c)))
			if sent != i+1 {
				t.Errorf("%s: given back %d times after %d answers", name, sent, i+1)
			}
		}
	}
}
