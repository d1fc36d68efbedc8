package sshd

import "slices"

const (
	// maxRefused is how many channels a connection may ask for in vain. The
	// library starts a goroutine for each, and one whose answer nobody reads
	// stays until the write deadline.
	maxRefused = 1000

	// stderrAfter is how many bytes a connection receives before its clients'
	// stderr is read: more than anyone types in an hour.
	stderrAfter = 64 << 10
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

// start counts a session whose handler begins to run, and reports whether its source
// may have it.
func (c *conn) start() (fair bool) {
	c.mu.Lock()
	c.running++
	c.timer.Stop()
	c.server.pulse.watch(c)
	c.mu.Unlock()
	return c.server.gate.startSession(c.admission)
}

// stop counts a session whose handler has returned. If it was the last one
// the client has Config.Linger to start another or to leave.
func (c *conn) stop() {
	defer c.leaveIfIdle()
	c.server.gate.stopSession(c.admission)
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
