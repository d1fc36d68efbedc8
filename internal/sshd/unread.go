package sshd

import "time"

// Unread data waits in the library, which has no limit for it but the channel's
// window of 2 MiB. When more than this waits, no more is read from the connection,
// so that TCP slows the client. In bytes on the wire.
const (
	maxUnread = 64 << 10
	// maxUnreadWriting is the channel's window, and what goes with it.
	maxUnreadWriting = 3 << 20
	freeUnread       = 16 << 10 // that every connection has, without taking it
	unreadStep       = 16 << 10 // that are taken at once
	// unreadFactor is what bytes on the wire become in memory: packets of one byte
	// take twice as much, larger ones less.
	unreadFactor = 2
	// checkStep is how often, in bytes received, it is looked at.
	checkStep = 4 << 10
)

// How long a connection may be held up, and how often it is looked at then. While it
// is, nobody sees that the client has gone.
const (
	unreadEarly = 2 * time.Second // before there is a program
	unreadLate  = 5 * time.Second
	unreadLook  = 50 * time.Millisecond
)

// awaitReading returns when little enough of what has come is unread, and has been
// taken from the account. A connection for which that takes too long is ended, be it at
// once or, while nobody reads, in several parts.
func (c *conn) awaitReading() {
	if read := c.delivered.Load(); read != c.heldAt {
		c.heldFor, c.heldAt = 0, read
	}
	began := c.server.clock() - c.heldFor
	for {
		unread, most, patience := c.unread()
		short := false
		if unread <= most {
			if c.takeUnread(unread) {
				if c.heldFor = c.server.clock() - began; unread <= freeUnread {
					c.heldFor = 0
				}
				return
			}
			short = true
		}
		if c.server.clock()-began >= patience {
			why := Flood
			if short {
				why = Resources
			}
			c.end(why)
			return
		}
		if peerGone(c.Conn) {
			c.end(ConnectionLost)
			return
		}
		timer := time.NewTimer(unreadLook)
		select {
		case <-c.drained:
		case <-c.closed:
			timer.Stop()
			return
		case <-timer.C:
		}
		timer.Stop()
	}
}

// unread returns how many bytes on the wire wait at most in a channel of the
// connection, how many may, and for how long it may be held up for them.
//
// A handler that is writing may wait for the client to enlarge the channel's window
// (RFC 4254 §5.2), and the message that does so is behind what is unread. So then as
// much may wait as the window holds, and the account decides.
func (c *conn) unread() (unread, most int64, patience time.Duration) {
	total, writing := c.received.Load(), false
	most, patience = maxUnread, min(unreadLate, c.server.cfg.WriteTimeout)
	c.each(func(s *session) {
		unread = max(unread, s.backlog(total))
		if s.sending.underWay() {
			writing = true
		}
		if !s.hasStarted() {
			patience = unreadEarly
		}
	})
	if writing {
		most = maxUnreadWriting
	}
	c.unsure = unread
	if writing || c.heldUp() {
		c.unsure = maxUnreadWriting // as far as can be told
	}
	return unread, most, patience
}

// takeUnread takes the memory of unread bytes from the account, or gives back what
// has been read.
func (c *conn) takeUnread(unread int64) bool {
	need := max(unread-freeUnread, 0) * unreadFactor
	need = (need + unreadStep - 1) / unreadStep * unreadStep
	switch {
	case need > c.unreadTaken:
		if !c.account.TakeExtra(need - c.unreadTaken) {
			return false
		}
	case need < c.unreadTaken:
		c.account.Give(c.unreadTaken - need)
	}
	c.unreadTaken = need
	return true
}
