package sshd

import "slices"

// stderrAfter is how many bytes a connection receives before the clients' stderr streams are
// read: more than anyone types in an hour.
const stderrAfter = 64 << 10

// reserveChannel counts a channel that is being opened, or returns why it may not be.
func (c *conn) reserveChannel() Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.channels >= c.server.cfg.MaxChannels {
		return Channels
	}
	c.channels++
	return None
}

// releaseChannel counts a channel as closed.
func (c *conn) releaseChannel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channels--
}

// deny counts and logs a refusal. asked is what the client has asked for, in its own words.
func (c *conn) deny(why Reason, msg, asked string) {
	c.server.stats.refuse(why)
	c.server.logLimiter.info(c.server.log, why, msg, "remote", c.remote, "asked", clean(asked, maxLogged))
}

// start counts a session whose handler is about to run, and reports whether its source may
// have it, see admission.startSession, and whether the server has begun to stop before: a
// session that comes sooner is served, see awaitNewcomers.
func (c *conn) start() (fair, late bool) {
	c.mu.Lock()
	late = c.server.stopping()
	c.running++
	c.served = true
	if c.running == 1 {
		c.timer.Stop()
		c.startKeepalive()
	}
	c.mu.Unlock()
	return c.server.admission.startSession(c.admitted), late
}

// stop counts a session whose handler has returned. After the last one the client has
// Config.Linger to start another.
func (c *conn) stop() {
	defer c.leaveIfIdle()
	c.server.admission.stopSession(c.admitted)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.running > 0 {
		return
	}
	c.stopKeepalive()
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

// each calls f for every session whose channel is open, without holding the lock.
func (c *conn) each(f func(*session)) {
	c.mu.Lock()
	open := slices.Clone(c.sessions)
	c.mu.Unlock()
	for _, s := range open {
		f(s)
	}
}
