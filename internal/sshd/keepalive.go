package sshd

import (
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// keepaliveRequest is a global request (RFC 4254 §4) that no client implements; each has
// to answer that it is unknown, which shows that the client is there. The name is
// OpenSSH's.
const keepaliveRequest = "keepalive@openssh.com"

// maxUnanswered is how many times Config.KeepAlive a client may stay silent after it was
// asked. With the silence before that, a client that has vanished is found within five
// times Config.KeepAlive.
const maxUnanswered = 3

// startKeepalive starts the checks that find a vanished client: a laptop that was closed,
// a network that is down, or a proxy that keeps its own end open. TCP takes a quarter of
// an hour to notice these once data is in flight, and a proxy's kernel answers TCP
// keepalives for a client that is long gone. The lock is held.
func (c *conn) startKeepalive() {
	every := c.server.cfg.KeepAlive
	switch {
	case every <= 0:
	case c.keepalive == nil:
		c.keepalive = time.AfterFunc(every, c.look) //nolint:forbidigo // one of a connection, which is counted
	default:
		c.keepalive.Reset(every)
	}
}

// stopKeepalive stops the checks. The lock is held.
func (c *conn) stopKeepalive() {
	if c.keepalive != nil {
		c.keepalive.Stop()
	}
}

// look sends a keepalive request to a client that was silent since the last check, and
// ends the connection of one that has been silent for too long.
func (c *conn) look() {
	defer c.contain("checking for a vanished client")
	if c.silent() > maxUnanswered {
		c.end(Unanswered)
	}
}

// silent returns how many checks in a row, this one included, have found that nothing was
// received since the check before, and sets the timer for the next. If it is not zero, a
// keepalive request is sent.
func (c *conn) silent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == 0 || c.why != None {
		return 0 // the checks were stopped after the timer had fired
	}
	defer c.startKeepalive()
	if heard := c.received.Load(); heard != c.heard {
		c.heard, c.silences = heard, 0
		return 0
	}
	c.silences++
	// TCP loses nothing, so one request is enough until it is answered.
	if !c.asking && len(c.sessions) > 0 {
		client := c.sessions[0].ssh
		c.asking = c.account.Go(func() { c.ask(client) })
	}
	return c.silences
}

// ask sends a keepalive request and waits for the reply, of whatever kind. x/crypto cannot
// send a request without waiting, so this takes a goroutine for one round trip, or until
// the connection ends.
func (c *conn) ask(client gossh.Conn) {
	defer c.contain("sending a keepalive")
	_, _, err := client.SendRequest(keepaliveRequest, true, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking = false
	if err == nil {
		c.heard, c.silences = c.received.Load(), 0
	}
}
