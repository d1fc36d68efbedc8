package ops

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// leastStay is how long a connection keeps its place whoever comes: time to be answered, also
// on a busy machine. So 1,280 a second are let in if none leaves by itself.
const leastStay = 50 * time.Millisecond

// conns is a listener that holds at most maxConns connections and makes a new one wait for
// leastStay at most: if all are in use, it closes the oldest that is not working on an answer.
// So connections that are idle, send half a request or do not read their answer cannot keep a
// probe out, nor can those that come faster than they are answered.
//
// There is always one to close, since at most maxWorking (fewer than maxConns) are working.
type conns struct {
	net.Listener

	mu      sync.Mutex
	waiting *list.List // of *conn, the oldest first
	working int
}

// conn is one connection of conns.
type conn struct {
	net.Conn
	all *conns
	at  *list.Element // in all.waiting; nil while it works, and when it is closed
	// since is when it came to its place there.
	since time.Time

	working, closed bool
}

func newConns(l net.Listener) *conns { return &conns{Listener: l, waiting: list.New()} }

// Accept implements [net.Listener].
func (l *conns) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	time.Sleep(l.full()) // further ones wait in the kernel
	c := &conn{Conn: nc, all: l}
	if oldest := l.admit(c); oldest != nil {
		_ = oldest.Close() // nothing to do about an error
	}
	return c, nil
}

// full returns how long the oldest connection keeps its place yet, if there is no other.
func (l *conns) full() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Len()+l.working < maxConns {
		return 0
	}
	oldest, _ := l.waiting.Front().Value.(*conn)
	return leastStay - time.Since(oldest.since)
}

// wait puts c at the end of those that wait. The lock is held.
func (l *conns) wait(c *conn) {
	c.at, c.since = l.waiting.PushBack(c), time.Now()
}

// open returns how many connections there are.
func (l *conns) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len() + l.working
}

// admit adds c, and returns the connection to close for it, or nil.
func (l *conns) admit(c *conn) (oldest *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Len()+l.working >= maxConns {
		oldest, _ = l.waiting.Front().Value.(*conn)
		l.leave(oldest)
	}
	l.wait(c)
	return oldest
}

// leave stops counting c. The lock is held.
func (l *conns) leave(c *conn) {
	switch {
	case c.closed:
		return
	case c.working:
		l.working--
	default:
		l.waiting.Remove(c.at)
	}
	c.closed, c.working, c.at = true, false, nil
}

// work protects c from being closed for another connection, and reports whether it could.
// If so, call rest afterwards.
func (l *conns) work(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.closed || c.working || l.working >= maxWorking {
		return false
	}
	l.waiting.Remove(c.at)
	l.working++
	c.working, c.at = true, nil
	return true
}

// rest ends work.
func (l *conns) rest(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.working {
		l.working--
		c.working = false
		l.wait(c)
	}
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.all.mu.Lock()
	c.all.leave(c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// connKey is the key of a request's *conn in its context.
type connKey struct{}

// connContext is for [http.Server]. Only the context leads from a request to its connection.
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c) //nolint:forbidigo // see above
}

// long serves a page that may take a while to make or to send: its connection
// is not closed for a new one. There can only be so many of these.
func long(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connKey{}).(*conn)
		if !ok || !c.all.work(c) {
			w.Header().Set("Retry-After", "1")
			refuse(w, r, http.StatusServiceUnavailable, "too many requests at once")
			return
		}
		defer c.all.rest(c)
		page.ServeHTTP(w, r)
	})
}
