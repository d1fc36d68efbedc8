package sshd

import (
	"crypto/rand"
	"slices"
	"time"
)

const (
	// maxRefused is how many channels a connection may ask for in vain. The
	// library starts a goroutine for each, and one whose answer nobody reads
	// stays until the write deadline.
	maxRefused = 1000

	// kexBurst and kexEvery bound how many key exchanges a connection may
	// have: clients ask for one an hour or after a gigabyte. Each costs the
	// server half a millisecond and the client, if it cheats, next to nothing.
	kexBurst = 32
	kexEvery = 10 * time.Second

	// backlogStep is how often, in bytes received, the backlog is looked at.
	backlogStep = 64 << 10

	// maxBacklog is how many bytes on the wire may wait unread: the channel's
	// window of 2 MiB, which a bulk sender may well fill, and what goes with
	// it. x/crypto keeps every packet apart, so in packets of one byte they
	// take twice as much memory. Before a program runs there is nothing to
	// send but requests.
	maxBacklog      = 3 << 20
	maxEarlyBacklog = 256 << 10
)

// reserve makes room for a channel, or says why there is none.
func (c *conn) reserve() Reason {
	c.mu.Lock()
	full := c.channels >= c.server.cfg.MaxChannels
	if !full {
		c.channels++
	}
	c.mu.Unlock()
	if full {
		c.strike()
		return Channels
	}
	return None
}

// unreserve gives a channel's room back.
func (c *conn) unreserve() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channels--
}

// strike counts a channel that is not opened against the connection, and ends
// the one that does not take no for an answer.
func (c *conn) strike() {
	c.mu.Lock()
	c.strikes++
	flood := c.strikes > maxRefused
	c.mu.Unlock()
	if flood {
		c.end(Flood)
	}
}

// deny counts and logs what was refused on the connection; what was asked for
// has a name that the client gave it.
func (c *conn) deny(why Reason, msg, asked string) {
	c.server.stats.refuse(why)
	c.server.muffler.info(c.server.log, why, msg, "remote", c.remote, "asked", clean(asked, maxLogged))
}

// start counts a session whose handler begins to run.
func (c *conn) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running++
	c.timer.Stop()
	c.server.pulse.watch(c)
}

// stop counts a session whose handler has returned. If it was the last one
// the client has Config.Linger to start another or to leave.
func (c *conn) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.running > 0 {
		return
	}
	c.server.pulse.forget(c)
	if c.why == None {
		c.timer.Reset(c.server.cfg.Linger)
	}
}

// join adds a session whose channel is open.
func (c *conn) join(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = append(c.sessions, s)
}

// leave removes a session whose channel is closed.
func (c *conn) leave(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = slices.DeleteFunc(c.sessions, func(other *session) bool { return other == s })
}

// each calls f for every open channel, without the lock.
func (c *conn) each(f func(*session)) {
	c.mu.Lock()
	open := slices.Clone(c.sessions)
	c.mu.Unlock()
	for _, s := range open {
		f(s)
	}
}

// checkBacklog ends the connection if it sends what nobody reads: data on a
// channel without a session, or to a handler that does not read.
func (c *conn) checkBacklog() {
	total := c.received.Load()
	c.each(func(s *session) {
		s.discardStderr()
		if s.backlog(total) > s.maxBacklog() {
			c.end(Flood)
		}
	})
}

// kexSource is the random source of one connection's cryptography. It also
// counts key exchanges, which x/crypto has no limit for: both exchanges that
// are allowed here read one X25519 key, and nothing else reads as many bytes
// at once (padding takes at most 19, a cookie 16). Without it one client could
// keep a core busy with key exchanges.
type kexSource struct{ conn *conn }

// x25519KeySize is the size of a private key, in bytes (RFC 7748 §5).
const x25519KeySize = 32

// Read fills p with random bytes. Its error ends the key exchange, and with it
// the connection.
func (k kexSource) Read(p []byte) (int, error) {
	if len(p) == x25519KeySize && !k.conn.allowKex() {
		k.conn.end(Flood)
		return 0, &EndError{Flood}
	}
	return rand.Read(p)
}

// allowKex counts a key exchange.
func (c *conn) allowKex() bool {
	age := c.server.clock() - c.since
	return c.kexes.Add(1) <= kexBurst+int64(age/kexEvery)
}
