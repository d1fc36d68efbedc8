package sshd

import (
	"crypto/rand"
	"io"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const (
	// maxPacketRead is the largest Read, in bytes, that x/crypto makes for a packet of
	// acceptable size (RFC 4253 §6.1: at least 35,000 bytes must be accepted). It reads the
	// rest of a large packet in one call, so the call shows the packet's size, whatever the
	// cipher.
	maxPacketRead = 36 << 10
	// bufferedRead is the size of x/crypto's read buffer, in bytes: as much of a packet may
	// have been read before the call for its rest.
	bufferedRead = 4 << 10
	// exchangeFactor is the worst ratio of a KEXINIT's memory, once parsed, to its length.
	exchangeFactor = 30
)

// exchange is the state of a connection's key exchange (RFC 4253 §7). x/crypto does not
// report exchanges; but it asks for the host key when one begins, before it reads the
// client's part, and signs with that key when it answers.
type exchange struct {
	mu       sync.Mutex
	underWay bool
	began    int   // exchanges so far
	answered bool  // the server has answered; only the client's NEWKEYS is missing
	held     bool  // the server delays its answer
	taken    int64 // bytes taken from the account
	timer    *time.Timer
	time     time.Duration // limit for the client's part
	large    int           // largest Read since the last exchange, in bytes
}

// read records a Read of n bytes: the rest of a packet.
func (x *exchange) read(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.large = max(x.large, n)
}

// beginExchange takes the memory for a key exchange after the login, and gives the client
// Config.HandshakeTimeout for it. A connection that does not get the memory within
// roomTime is ended; the library then fails to send its part, and reads nothing.
func (c *conn) beginExchange() {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.underWay {
		return
	}
	x.underWay, x.answered = true, false
	if x.began++; x.began > 1 && !c.loggedIn.Load() {
		// No client begins a second exchange before the login, and x/crypto would use
		// what the second has negotiated, possibly nothing, in place of the first.
		c.end(HandshakeFailed)
		return
	}
	if !c.loggedIn.Load() {
		return // takeFirstExchange takes its memory, and the login has a timer of its own
	}
	// Reads up to bufferedRead fill the library's buffer: they do not show a packet's size.
	size := max(x.large, bufferedRead) + bufferedRead
	need := int64(size) * exchangeFactor
	x.large = 0
	if c.account.TakeSpareWithin(c.life, roomTime, need) {
		x.taken = need
	} else {
		c.end(Resources)
	}
	x.time = c.server.cfg.HandshakeTimeout
	x.timer = time.AfterFunc(x.time, c.exchangeExpired) //nolint:forbidigo // one of a connection, which is counted
}

// takeFirstExchange takes the memory for the client's first KEXINIT, which is not
// encrypted, and reports whether it was available within roomTime.
func (c *conn) takeFirstExchange(size int) bool {
	need := int64(size) * exchangeFactor
	if !c.account.TakeWithin(c.life, roomTime, need) {
		return false
	}
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	x.taken += need
	return true
}

// exchangeRandom is the random source of one connection's cryptography. It is also the
// only place to delay key exchanges, for which x/crypto has no limit: both methods that
// are allowed here read one X25519 key when the client has sent its part, and nothing else
// reads as many bytes at once (padding takes at most 19, a cookie 16). Without the delay
// one client could keep a core busy with key exchanges.
type exchangeRandom struct{ conn *conn }

// x25519KeySize is the size of a private key, in bytes (RFC 7748 §5).
const x25519KeySize = 32

// Read fills p with random bytes.
func (r exchangeRandom) Read(p []byte) (int, error) {
	if len(p) == x25519KeySize && r.conn.loggedIn.Load() {
		r.conn.holdExchange()
	}
	return rand.Read(p)
}

// holdExchange waits until the connection and its source may have another exchange. A
// connection cannot ask for the next one during the wait, so it waits at most for one
// exchange of each connection of the source, open or just closed. The time limit of the
// exchange starts again afterwards.
func (c *conn) holdExchange() {
	now := time.Now()
	wait := max(c.input.reserveExchange(now), c.server.admission.input(c.admitted).reserveExchange(now))
	if wait <= 0 {
		return
	}
	c.exchange.hold(true)
	defer c.exchange.hold(false)
	c.hold(now.Add(wait))
}

// hold records whether the server delays its answer.
func (x *exchange) hold(held bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.held = held
	if !held && x.timer != nil && x.underWay {
		x.timer.Reset(x.time)
	}
}

// answerExchange records that the server answers the client's part.
func (c *conn) answerExchange() {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answered = true
}

// endExchange ends the exchange if it has been answered: what has been read since is the
// client's NEWKEYS. (If it is anything else, the library ends the connection.)
func (c *conn) endExchange() {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.underWay && x.answered {
		c.confirmed()
		x.underWay = false
		if x.timer != nil {
			x.timer.Stop()
		}
		c.account.Give(x.taken)
		x.taken = 0
	}
}

// unconfirmed reports whether the server has answered, and the client has sent nothing since.
func (x *exchange) unconfirmed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.underWay && x.answered
}

// heldUp reports whether writes may have to wait: for the client to take what was written
// before, or for a key exchange. Then a session's Read may wait as well, although it has
// data: it enlarges the channel's window before it returns.
func (c *conn) heldUp() bool {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.underWay || c.writing.Load() > 0
}

// exchangeExpired ends a connection whose exchange has not been completed in time.
func (c *conn) exchangeExpired() {
	x := &c.exchange
	x.mu.Lock()
	late, answered, held := x.underWay, x.answered, x.held
	x.mu.Unlock()
	switch {
	case !late || !c.loggedIn.Load(): // the login has a timer of its own
	case held: // hold resets the timer after the delay
	case answered:
		c.end(Unanswered)
	default:
		c.end(Flood)
	}
}

// connSigner is a host key that tells its connection when it is used.
type connSigner struct {
	gossh.MultiAlgorithmSigner
	conn *conn
}

// PublicKey returns the public key. The library calls it when an exchange begins.
func (s *connSigner) PublicKey() gossh.PublicKey {
	if s.conn != nil {
		s.conn.beginExchange()
	}
	return s.MultiAlgorithmSigner.PublicKey()
}

// Sign signs with the key's own algorithm.
func (s *connSigner) Sign(random io.Reader, data []byte) (*gossh.Signature, error) {
	return s.SignWithAlgorithm(random, data, "")
}

// SignWithAlgorithm signs the server's part of an exchange. It takes a turn of the
// processor, since a client can ask for many exchanges.
func (s *connSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	turn := s.conn.account.Turn()
	defer turn.End()
	s.conn.answerExchange()
	return s.MultiAlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
}
