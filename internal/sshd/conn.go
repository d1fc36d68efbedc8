package sshd

import (
	"container/list"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// inputBurst is how much a connection may send at once, in bytes on the wire,
// before Config.InputRate slows it: more than the 2 MiB window that x/crypto
// gives a channel, so a paste or a small upload never waits.
const inputBurst = 4 << 20

// conn is one client's TCP connection: a net.Conn that bounds what its peer
// can make the server hold or wait for, and the state that the connection's
// sessions share. It runs no goroutine; one timer serves its whole life.
type conn struct {
	net.Conn
	server *Server
	source netip.Prefix
	remote string // as it is logged

	since    time.Duration // when it was accepted, on the server's clock
	gone     atomic.Bool   // the peer has closed it
	kexes    atomic.Int64  // key exchanges
	received atomic.Int64  // bytes read
	renewAt  atomic.Int64  // when the write deadline is due for renewal, on the server's clock
	input    *rate.Limiter // bytes read
	checked  int64         // received when the backlog was looked at last; Read's own
	ahead    []byte        // read and not asked for yet; Read's own

	mu       sync.Mutex
	timer    *time.Timer // ends the connection that does not log in, or runs no session
	loggedIn bool
	why      Reason     // why the connection ended, once it has
	channels int        // open or opening
	sessions []*session // of those, the open ones
	running  int        // of those, the ones whose handler runs
	strikes  int        // channels refused

	// For the keepalive: received at the last look, how many looks in a row
	// found nothing new, and whether a question is under way.
	heard    int64
	silences int
	asking   bool

	// The keepalive's place for it, under the pulse's lock.
	watched *list.Element
	lookAt  time.Duration // on the server's clock
}

func newConn(nc net.Conn, s *Server, source netip.Prefix) *conn {
	c := &conn{
		Conn:   nc,
		server: s,
		source: source,
		since:  s.clock(),
		remote: remoteName(nc.RemoteAddr(), s.cfg.TruncateAddrs),
		input:  rate.NewLimiter(rate.Limit(s.cfg.InputRate), inputBurst),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(s.cfg.HandshakeTimeout, c.expire)
	return c
}

// aheadBytes is more than clients send before they are answered: their version,
// and some their first packet.
const aheadBytes = 128

// Read reads from the client, no faster than its input budget allows. Waiting
// here fills the socket's buffer, so it is TCP that slows the sender.
//
// The library reads a client's version byte by byte. That shall not be thirty
// system calls.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
			c.ahead = nil
		}
		return n, nil
	}
	if len(p) != 1 {
		return c.take(p)
	}
	buf := make([]byte, aheadBytes)
	n, err := c.take(buf)
	if n > 1 {
		c.ahead, err = buf[1:n], nil // an error comes again
	}
	return copy(p, buf[:n]), err
}

// take reads what has come.
func (c *conn) take(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.meter(n)
	}
	if err != nil {
		c.gone.Store(true)
	}
	return n, err
}

// meter counts n bytes read, waits if they came too fast, and now and then
// looks whether anybody takes them.
func (c *conn) meter(n int) {
	total := c.received.Add(int64(n))
	if wait := c.input.ReserveN(time.Now(), n).Delay(); wait > 0 {
		time.Sleep(wait) // a second at most: x/crypto reads one packet, 256 KiB, at once
	}
	if total-c.checked >= backlogStep {
		c.checked = total
		c.checkBacklog()
	}
}

// Write writes to the client. A peer that takes nothing for Config.WriteTimeout
// loses the connection: x/crypto holds a lock while it writes, so everything
// on this connection would wait for ever.
//
// The deadline is moved only when a quarter of it has passed, which spares
// nearly every write of a busy session the call.
func (c *conn) Write(p []byte) (int, error) {
	now := c.server.clock()
	if due := c.renewAt.Load(); int64(now) >= due {
		timeout := c.server.cfg.WriteTimeout
		c.renewAt.Store(int64(now + timeout/4))
		if err := c.Conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			return 0, err
		}
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		// x/crypto would only notice at the next write. A reader who closes
		// the window while a frame is under way has done nothing wrong.
		why := ConnectionLost
		if errors.Is(err, os.ErrDeadlineExceeded) {
			why = WriteTimeout
		}
		c.end(why)
	}
	return n, err
}

// SetDeadline does nothing. The library clears all deadlines when the
// handshake is over, and would clear the one that a Write depends on; the
// deadlines of this connection are its own timer and Write.
func (c *conn) SetDeadline(time.Time) error { return nil }

// end closes the connection for a reason; the first one stays.
func (c *conn) end(why Reason) {
	c.mu.Lock()
	first := c.why == None
	if first {
		c.why = why
	}
	c.mu.Unlock()
	if first {
		_ = c.Close() // the peer may have closed it already
	}
}

// expire is the timer's function: the handshake took too long, or the
// connection runs no session.
func (c *conn) expire() {
	c.mu.Lock()
	why := NoSession
	if !c.loggedIn {
		why = HandshakeTimeout
	}
	busy := c.running > 0 // a session started while the timer fired
	c.mu.Unlock()
	if !busy {
		c.end(why)
	}
}

// authenticated notes that the client has logged in. It now has Config.Linger
// to start a session.
func (c *conn) authenticated() {
	c.mu.Lock()
	first := !c.loggedIn
	c.loggedIn = true
	if first && c.why == None {
		c.timer.Reset(c.server.cfg.Linger)
	}
	c.mu.Unlock()
	if first {
		c.server.gate.loggedIn()
	}
}

// over notes that the connection has ended and returns how: whether the client
// had logged in, and what the connection was ended for, if we did it.
func (c *conn) over() (loggedIn bool, why Reason) {
	c.server.pulse.forget(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	switch {
	case !c.loggedIn && (c.why == None || c.why == ConnectionLost || c.why == WriteTimeout): // whether our read or our write fails first is chance
		c.why = HandshakeFailed
	case c.why == None:
		c.why = ConnectionLost
	}
	return c.loggedIn, c.why
}

// fate returns how the connection has ended, or None if it goes on.
func (c *conn) fate() Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == None && c.gone.Load() {
		return ConnectionLost
	}
	return c.why
}
