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

	"github.com/sshblog/sshblog/internal/ledger"
)

// conn is one client's TCP connection: a net.Conn that bounds what its peer
// can make the server hold or wait for, and the state that the connection's
// sessions share. It runs no goroutine; one timer serves its whole life.
type conn struct {
	net.Conn
	server *Server
	source netip.Prefix
	remote string // as it is logged

	admission *admission // what the gate knows of it

	account *ledger.Account // what the connection and its sessions take

	since        time.Duration // when it was accepted, on the server's clock
	gone         atomic.Bool   // the peer has closed it
	mute         atomic.Bool   // our half is closed: what is written is dropped
	asked        atomic.Bool   // the client has sent more than its version
	received     atomic.Int64  // bytes read
	writing      atomic.Int32  // writes under way
	renewAt      atomic.Int64  // when the write deadline is due for renewal, on the server's clock
	input        *input        // what may be read
	shared       *input        // what all connections of the source may read; nil: no limit; Read's own
	shares       bool          // shared is known; Read's own
	heldFor      time.Duration // for how long it was held up since a handler read; Read's own
	heldAt       int64         // delivered then; Read's own
	checked      int64         // received when what is unread was looked at last; Read's own
	ahead        []byte        // read and not asked for yet; Read's own
	opening      *opening      // what comes in the clear; nil when it is over; Read's own
	slowSince    time.Time     // since when all that comes is too fast; Read's own
	slowFrom     int64         // received then; Read's own
	delivered    atomic.Int64  // bytes of data that sessions have read
	came         int64         // bytes read since the login; Read's own
	unsure       int64         // of those, what sessions may still read, at the last look; Read's own
	paid         int64         // of the rest, what has been paid for; Read's own
	exchange     exchange
	packetsSince time.Time     // since when packetBytes are counted; Read's own
	packetBytes  int           // how much came around data since then; Read's own
	unreadTaken  int64         // bytes taken from the account; Read's own
	drained      chan struct{} // a handler reads; holds one
	closed       chan struct{} // closed by Close
	closing      sync.Once
	packets      packets

	loggedIn atomic.Bool

	mu       sync.Mutex
	timer    *time.Timer // ends the connection that does not log in, or runs no session
	why      Reason      // why the connection ended, once it has
	channels int         // open or opening
	sessions []*session  // of those, the open ones
	running  int         // of those, the ones whose handler runs
	strikes  int         // channels refused
	leaving  bool        // it is being closed to make room

	// For the keepalive: received at the last look, how many looks in a row
	// found nothing new, and whether a question is under way.
	heard    int64
	silences int
	asking   bool

	// The keepalive's place for it, under the pulse's lock.
	watched *list.Element
	lookAt  time.Duration // on the server's clock
}

func newConn(nc net.Conn, s *Server, admission *admission, account *ledger.Account) *conn {
	c := &conn{
		Conn:      nc,
		server:    s,
		source:    admission.source.key,
		account:   account,
		admission: admission,
		since:     s.clock(),
		remote:    remoteName(nc.RemoteAddr(), s.cfg.TruncateAddrs),
		opening:   &opening{},
		drained:   make(chan struct{}, 1),
		closed:    make(chan struct{}),
		packets:   packets{granted: make(chan struct{})},
		input:     newInput(s.cfg.InputRate, 1, 1),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(s.cfg.HandshakeTimeout, c.expire) //nolint:forbidigo // one of a connection, which is counted
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
	if len(p) > bufferedRead {
		if len(p) > maxPacketRead {
			c.end(Flood)
			return 0, &EndError{Flood}
		}
		c.exchange.read(len(p))
	}
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
	most := c.allowance(len(p))
	if most == 0 {
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p[:most])
	if n > 0 {
		c.meter(n)
		if why := c.inspect(p[:n]); why != None {
			c.end(why)
			return 0, &EndError{why}
		}
		if c.opening == nil {
			c.packets.early += n
		}
	}
	if err != nil {
		c.gone.Store(true)
	}
	return n, err
}

// inspect looks at what has come before the library does, and returns why the
// connection has to end, or None.
func (c *conn) inspect(p []byte) Reason {
	c.endExchange()
	c.exchange.received(len(p))
	if c.loggedIn.Load() {
		c.opening = nil
		return None
	}
	if c.received.Load() > maxBeforeLogin {
		return Flood
	}
	if c.opening == nil {
		return None
	}
	o := c.opening
	why := o.feed(p)
	if why != None || o.asked {
		c.asked.Store(true)
	}
	if why == None && o.kexInit > 0 && !c.takeFirstExchange(o.kexInit) {
		why = Full
	}
	o.kexInit = 0
	if o.over {
		c.opening = nil
	}
	return why
}

// hasRead tells the connection that a handler takes data.
func (c *conn) hasRead() {
	select {
	case c.drained <- struct{}{}:
	default:
	}
}

// Write writes to the client. A peer that takes nothing for Config.WriteTimeout
// loses the connection: x/crypto holds a lock while it writes, so everything
// on this connection would wait for ever.
//
// The deadline is moved only when a quarter of it has passed, which spares
// nearly every write of a busy session the call.
func (c *conn) Write(p []byte) (int, error) {
	if c.mute.Load() {
		return len(p), nil
	}
	now := c.server.clock()
	if due := c.renewAt.Load(); int64(now) >= due {
		timeout := c.server.cfg.WriteTimeout
		c.renewAt.Store(int64(now + timeout/4))
		if err := c.Conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			return 0, err
		}
	}
	c.writing.Add(1)
	n, err := c.Conn.Write(p)
	c.writing.Add(-1)
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

// Close closes the connection to the client.
func (c *conn) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// end closes the connection for a reason; the first one stays.
func (c *conn) end(why Reason) {
	if c.settle(why) {
		_ = c.Close() // the peer may have closed it already
	}
}

// settle notes why the connection ends, and reports whether that is the first reason.
func (c *conn) settle(why Reason) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.why == None
	if first {
		c.why = why
	}
	return first
}

// endWriting ends our half of a connection because the server stops. The client gets all
// that was written, and closes the other half. Closed at once, with something from the
// client unread, the kernel would reset the connection, and what the client had not read
// by then, as what restores its terminal, would be lost.
func (c *conn) endWriting() {
	tcp, ok := tcpOf(c.Conn)
	if !ok {
		c.end(Draining)
		return
	}
	if c.settle(Draining) {
		c.mute.Store(true)
		_ = tcp.CloseWrite() // the peer may have closed it already
	}
}

// expire is the timer's function: the handshake took too long, or the
// connection runs no session.
func (c *conn) expire() {
	c.mu.Lock()
	why := NoSession
	if !c.loggedIn.Load() {
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
	first := !c.loggedIn.Swap(true)
	if first && c.why == None {
		c.timer.Reset(c.server.cfg.Linger)
	}
	c.mu.Unlock()
	if first {
		c.server.gate.loggedIn(c.admission)
	}
}

// over notes that the connection has ended and returns how: what the connection
// was ended for, if we did it.
func (c *conn) over() Reason {
	c.server.pulse.forget(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	switch {
	case !c.loggedIn.Load() && !c.asked.Load() && (c.why == None || c.why == ConnectionLost):
		c.why = Knocked
	case !c.loggedIn.Load() && (c.why == None || c.why == ConnectionLost || c.why == WriteTimeout): // whether our read or our write fails first is chance
		c.why = HandshakeFailed
	case c.why == None:
		c.why = ConnectionLost
	}
	return c.why
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
