package sshd

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/sshblog/sshblog/internal/ledger"
)

// conn is one client's TCP connection: a net.Conn that bounds what its peer
// can make the server hold or wait for, and the state that the connection's
// sessions share. It runs no goroutine of its own; one timer covers the login
// and the time without a session.
type conn struct {
	net.Conn
	server   *Server
	source   netip.Prefix
	remote   string          // client's address as it is logged
	admitted *admitted       // the connection as admission control counts it
	account  *ledger.Account // of the connection and its sessions
	identity *identity
	since    time.Duration // when it was accepted, on the server's clock

	loggedIn  atomic.Bool
	authors   atomic.Pointer[rate.Limiter] // of what all authors of the source send; nil: the newest session is no author's
	gone      atomic.Bool                  // reading has failed: the peer has closed the connection
	mute      atomic.Bool                  // our half is closed, and writes are discarded
	asked     atomic.Bool                  // the client has sent more than its version
	received  atomic.Int64                 // bytes read from the network
	delivered atomic.Int64                 // bytes of channel data that handlers have read
	writing   atomic.Int32                 // calls of Write in progress
	renewAt   atomic.Int64                 // when Write sets a new deadline, on the server's clock

	input    *input // budget of what this connection may send
	exchange exchange
	packets  packets
	drained  chan struct{}      // capacity 1: a handler has called Read
	life     context.Context    //nolint:containedctx // the connection's own; its sessions' are part of it
	cancel   context.CancelFunc // ends life

	// The fields up to mu are used only by Read, which the library calls from one
	// goroutine.

	shared      *input        // budget of all connections of the source; nil: no limit
	sharedKnown bool          // shared has been looked up
	ahead       []byte        // read from the network, but not yet asked for
	opening     *opening      // parser of what is sent unencrypted; nil once all is encrypted
	checked     int64         // received at the last check of unread data
	unreadTaken int64         // bytes taken from the account for unread data
	heldFor     time.Duration // how long reading was delayed since a handler last read
	heldAt      int64         // delivered at that time

	// Rate of all bytes: when everything began to come too fast (zero: it does not), and
	// received at that time.
	slowSince time.Time
	slowFrom  int64

	// Rate of bytes that are not channel data; see overhead.
	overheadSince time.Time // start of the current measurement
	overheadBytes int       // bytes since then
	sinceLogin    int64     // bytes read since the login
	dryAt         int64     // received when last no reply was waiting for the client
	maybeData     int64     // of sinceLogin: bytes that may still turn out to be channel data
	charged       int64     // of the rest: bytes already charged to the budgets

	proofs  int           // signatures that the client has asked for; used only by answerRequests
	awaited chan struct{} // awaitAnswers waits for answerRequests

	mu       sync.Mutex
	timer    *time.Timer // ends a connection that does not log in, or runs no session
	why      Reason      // why the connection has ended; None while it is open
	channels int         // open or being opened
	// Sessions whose channel is open.
	sessions []*session //ledger:counted at most Config.MaxChannels
	running  int        // sessions whose handler runs
	served   bool       // a session has started
	keyAsked bool       // "none" was refused: the client is asked for a key
	signing  bool       // it has offered one
	unsure   bool       // it took long to accept our host key, and got Config.SignTimeout for it
	leaving  bool       // it is being closed to make room for others

	keepalive *time.Timer // next check for a vanished client
	heard     int64       // received at the last check
	silences  int         // checks in a row that found nothing new
	asking    bool        // a keepalive request waits for its reply
}

func newConn(nc net.Conn, s *Server, in *admitted, account *ledger.Account) *conn {
	life, cancel := context.WithCancel(context.Background())
	c := &conn{
		Conn:     nc,
		server:   s,
		source:   in.source.key,
		account:  account,
		identity: s.identity.Load(),
		admitted: in,
		since:    s.clock(),
		remote:   remoteName(nc.RemoteAddr(), s.cfg.TruncateAddrs),
		opening:  &opening{},
		drained:  make(chan struct{}, 1),
		awaited:  make(chan struct{}),
		life:     life,
		cancel:   cancel,
		packets:  packets{granted: make(chan struct{})},
		input:    newInput(s.cfg.InputRate, 1, 1),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(s.cfg.HandshakeTimeout, c.expire) //nolint:forbidigo // one of a connection, which is counted
	return c
}

// aheadBytes is the size, in bytes, of a read ahead. It is more than clients send before
// the server's first answer: a version and, from some, a packet.
const aheadBytes = 128

// Read reads from the client, no faster than its input budget allows. Waiting
// here fills the socket's buffer, so it is TCP that slows the sender.
//
// The library reads a client's version byte by byte, which would be thirty system calls:
// a Read of one byte reads ahead.
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
		c.ahead, err = buf[1:n], nil // the next read returns the error again
	}
	return copy(p, buf[:n]), err
}

// take reads from the network, counts and inspects what it has read.
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
		c.each((*session).awaitEnd)
		c.gone.Store(true)
	}
	return n, err
}

// inspect checks what has been read before the library sees it, and returns why the
// connection has to end, or None.
func (c *conn) inspect(p []byte) Reason {
	c.endExchange()
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

// hasRead wakes awaitReading: a handler reads data.
func (c *conn) hasRead() {
	select {
	case c.drained <- struct{}{}:
	default:
	}
}

// Write writes to the client. If the client takes nothing for Config.WriteTimeout the
// connection is closed: x/crypto holds a lock while it writes, so everything on this
// connection would wait for ever.
//
// The deadline is renewed only when a quarter of it has passed, so that few writes of a
// busy session need the system call.
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
		// x/crypto would only notice at the next write. A client that closes the
		// connection during a write has done nothing wrong, so that is no WriteTimeout.
		why := ConnectionLost
		if errors.Is(err, os.ErrDeadlineExceeded) {
			why = WriteTimeout
		}
		c.end(why)
	}
	return n, err
}

// Close closes the connection to the client.
func (c *conn) Close() error {
	c.cancel()
	return c.Conn.Close()
}

// end closes the connection for a reason. Only the first reason counts.
func (c *conn) end(why Reason) {
	if c.settle(why) {
		_ = c.Close() // the peer may have closed it already
	}
}

// settle records why the connection ends, and reports whether this is the first reason.
func (c *conn) settle(why Reason) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.why == None
	if first {
		c.why = why
	}
	return first
}

// endWriting closes our half of a connection because the server stops. The client receives
// everything that was written, and closes the other half. If both halves were closed
// while something from the client is unread, the kernel would reset the connection, and
// the client could lose the end of it, which restores its terminal.
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

// isNew reports whether the connection is open and has not started a session yet.
func (c *conn) isNew() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.served && c.why == None && !c.gone.Load()
}

// expire is the timer's function: the handshake took too long, or the
// connection runs no session.
func (c *conn) expire() {
	answered := c.exchange.unconfirmed()
	c.mu.Lock()
	if answered && !c.unsure && !c.loggedIn.Load() && c.why == None {
		c.unsure = true // its user may have been asked about our host key
		c.timer.Reset(c.server.cfg.SignTimeout)
		c.mu.Unlock()
		return
	}
	why := NoSession
	if !c.loggedIn.Load() {
		why = HandshakeTimeout
		if c.signing {
			why = Unidentified // its user may have been asked for a passphrase
		}
	}
	busy := c.running > 0 // a session started while the timer fired
	c.mu.Unlock()
	if !busy {
		c.end(why)
	}
}

// authenticated records that the client has logged in. It now has Config.Linger to start a
// session.
func (c *conn) authenticated() {
	c.mu.Lock()
	first := !c.loggedIn.Swap(true)
	if first && c.why == None {
		c.timer.Reset(c.server.cfg.Linger)
	}
	c.mu.Unlock()
	if first {
		c.server.admission.loggedIn(c.admitted)
	}
}

// askedForKey records that the client has been refused the method "none", so that it offers its
// keys.
func (c *conn) askedForKey() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keyAsked = true
}

// awaitSignature gives the client Config.SignTimeout for its login, once: it has offered a key.
func (c *conn) awaitSignature() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.signing && c.why == None {
		c.signing = true
		c.timer.Reset(max(c.server.cfg.SignTimeout, c.server.cfg.HandshakeTimeout))
	}
}

// confirmed records that the client goes on after our part of the key exchange. A user who was asked about our
// host key has taken their time, and the rest of the login gets its own.
func (c *conn) confirmed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unsure && c.why == None && !c.loggedIn.Load() {
		c.timer.Reset(c.server.cfg.HandshakeTimeout)
	}
}

// over records that the connection has ended, and returns why: the reason of the first
// call of end, or else what the client did.
func (c *conn) over() Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.stopKeepalive()
	switch {
	case !c.loggedIn.Load() && !c.asked.Load() && (c.why == None || c.why == ConnectionLost):
		c.why = Knocked
	case !c.loggedIn.Load() && (c.why == None || c.why == ConnectionLost || c.why == WriteTimeout): // which of our read and write fails first is chance
		c.why = HandshakeFailed
	case c.why == None:
		c.why = ConnectionLost
	}
	return c.why
}

// fate returns why the connection has ended, or None if it is open.
func (c *conn) fate() Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == None && c.gone.Load() {
		return ConnectionLost
	}
	return c.why
}
