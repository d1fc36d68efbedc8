package sshd

import (
	"crypto/rand"
	"io"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const (
	// maxPacketRead is the largest Read, in bytes, that x/crypto makes for a packet
	// that we let a client send (RFC 4253 §6.1 wants 35,000 to be taken). What is
	// left of a large packet it reads at once, so its size is seen here, whatever
	// the cipher.
	maxPacketRead = 36 << 10
	// bufferedRead is how much of a packet x/crypto may have read before, in bytes.
	bufferedRead = 4 << 10
	// exchangeFactor is what the bytes of a KEXINIT become in memory, at worst.
	exchangeFactor = 30
)

// exchange is the key exchange of a connection that is under way, if any. x/crypto
// tells of none; but it asks for the host key when it begins one, before it reads
// what the client has sent for it, and signs with that key when it answers.
type exchange struct {
	mu       sync.Mutex
	underWay bool
	began    int  // so many so far
	answered bool // all that is missing is the client's NEWKEYS
	held     bool // the server makes the client wait for its answer
	taken    int64
	timer    *time.Timer
	time     time.Duration // that the client has for it
	large    int           // the largest Read since the last exchange, in bytes
	came     [2]int        // bytes that the last two reads have brought: a small packet is in them
}

// read notes a Read of n bytes, which is as much as a packet still has.
func (x *exchange) read(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.large = max(x.large, n)
}

// received notes that n bytes have come.
func (x *exchange) received(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.came = [2]int{x.came[1], n}
}

// beginExchange takes the memory for a key exchange after the login, and gives the
// client the time of a handshake for it. A connection that has not got the memory
// is ended; the library then fails to send its part, and reads nothing.
func (c *conn) beginExchange() {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.underWay {
		return
	}
	x.underWay, x.answered = true, false
	if x.began++; x.began > 1 && !c.loggedIn.Load() {
		// No client does, and x/crypto takes what a second one has agreed on, which
		// may be nothing, for what the first one has.
		c.end(HandshakeFailed)
		return
	}
	if !c.loggedIn.Load() {
		return // its size is seen in the clear, and logging in has a timer of its own
	}
	size := x.came[0] + x.came[1]
	if x.large > 0 {
		size = x.large + bufferedRead
	}
	need := int64(size) * exchangeFactor
	x.large = 0
	if c.account.TakeSpare(need) {
		x.taken = need
	} else {
		c.end(Resources)
	}
	x.time = c.server.cfg.HandshakeTimeout
	x.timer = time.AfterFunc(x.time, c.exchangeExpired) //nolint:forbidigo // one of a connection, which is counted
}

// takeFirstExchange takes the memory for the client's KEXINIT in the clear, and
// reports whether there was as much, or soon came to be.
func (c *conn) takeFirstExchange(size int) bool {
	need := int64(size) * exchangeFactor
	if !c.account.TakeWithin(roomTime, need) {
		return false
	}
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	x.taken += need
	return true
}

// kexSource is the random source of one connection's cryptography. It is also where
// key exchanges are held up, which x/crypto has no limit for: both exchanges that are
// allowed here read one X25519 key when the client has sent its part, and nothing else
// reads as many bytes at once (padding takes at most 19, a cookie 16). Without it one
// client could keep a core busy with key exchanges.
type kexSource struct{ conn *conn }

// x25519KeySize is the size of a private key, in bytes (RFC 7748 §5).
const x25519KeySize = 32

// Read fills p with random bytes.
func (k kexSource) Read(p []byte) (int, error) {
	if len(p) == x25519KeySize && k.conn.loggedIn.Load() {
		k.conn.holdExchange()
	}
	return rand.Read(p)
}

// holdExchange waits until the connection and its source may have another exchange. The
// client can ask for no more meanwhile, so nobody waits longer than for one of each
// connection of the source, and of each that has gone meanwhile. The time for the
// exchange begins anew then.
func (c *conn) holdExchange() {
	now := time.Now()
	wait := max(c.input.reserveExchange(now), c.server.gate.input(c.admission).reserveExchange(now))
	if wait <= 0 {
		return
	}
	c.exchange.hold(true)
	defer c.exchange.hold(false)
	c.hold(now.Add(wait))
}

// hold notes whether the server makes the client wait.
func (x *exchange) hold(held bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.held = held
	if !held && x.timer != nil && x.underWay {
		x.timer.Reset(x.time)
	}
}

// answerExchange notes that the client has got its answer.
func (c *conn) answerExchange() {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answered = true
}

// endExchange notes that something has come after the answer: NEWKEYS, or the
// connection ends.
func (c *conn) endExchange() {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.underWay && x.answered {
		x.underWay = false
		if x.timer != nil {
			x.timer.Stop()
		}
		c.account.Give(x.taken)
		x.taken = 0
	}
}

// heldUp reports whether what is written may have to wait: for the client to take what
// was written before, or for a key exchange. A Read that has data enlarges the channel's
// window before it returns, and then waits as well.
func (c *conn) heldUp() bool {
	x := &c.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.underWay || c.writing.Load() > 0
}

// exchangeExpired ends a connection whose exchange has not come to its end in time.
func (c *conn) exchangeExpired() {
	x := &c.exchange
	x.mu.Lock()
	late, answered, held := x.underWay, x.answered, x.held
	x.mu.Unlock()
	switch {
	case !late || !c.loggedIn.Load(): // that has a timer of its own
	case held: // the time begins when that ends
	case answered:
		c.end(Unanswered)
	default:
		c.end(Flood)
	}
}

// connSigner is a host key as one connection sees it.
type connSigner struct {
	gossh.MultiAlgorithmSigner
	conn *conn
}

// PublicKey returns the public key. It is asked for when an exchange begins.
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

// SignWithAlgorithm signs the answer to an exchange, in a turn: a client can ask
// for many.
func (s *connSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	turn := s.conn.account.Turn()
	defer turn.End()
	s.conn.answerExchange()
	return s.MultiAlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
}
