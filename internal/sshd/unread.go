package sshd

import "time"

// Unread data waits in the library, which has no limit for it but the channel's
// window of 2 MiB. When more than maxUnread waits, no more is read from the connection,
// so that TCP slows the client. In bytes on the wire.
const (
	maxUnread = 64 << 10
	// maxUnreadWriting is the limit while a handler writes: the channel's window and its
	// protocol overhead.
	maxUnreadWriting = 3 << 20
	freeUnread       = 16 << 10 // not taken from the account: part of the connection's cost
	unreadStep       = 16 << 10 // taken from the account at a time
	// unreadFactor is the ratio of memory to bytes on the wire: 2 for packets of one byte,
	// less for larger ones.
	unreadFactor = 2
	// checkStep is how many bytes are received between two checks.
	checkStep = 4 << 10
)

// How long reading may be delayed, and how often the reason is checked meanwhile. During
// the delay nothing notices that the client has gone.
const (
	unreadEarly = 2 * time.Second // before the session's handler runs
	unreadLate  = 5 * time.Second
	unreadLook  = 50 * time.Millisecond
)

// awaitReading waits until little enough of what was received is unread, and takes that
// much from the account. It ends a connection for which this takes too long, in one
// delay or, as long as no handler reads, in several.
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
		case <-c.life.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		timer.Stop()
	}
}

// unread returns an upper bound of the bytes on the wire that wait in the library, how
// many may wait, and for how long reading may be delayed for them.
//
// A handler that is writing may itself wait for the client to enlarge the channel's window
// (RFC 4254 §5.2), and the message that does so comes after the unread data. So as much
// may wait then as the window holds, if the account has the memory.
func (c *conn) unread() (unread, most int64, patience time.Duration) {
	total, writing := c.received.Load(), false
	most, patience = maxUnread, min(unreadLate, c.server.cfg.WriteTimeout)
	if !c.heldUp() {
		c.dryAt = total
	}
	sessions := 0
	c.each(func(s *session) {
		sessions++
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
	switch {
	case sessions == 0 && c.loggedIn.Load(): // before the login there is little in all
		// None of it is data. It waits only while the reply to an earlier part waits.
		unread, c.maybeData = total-c.dryAt, 0
	case writing || c.heldUp():
		c.maybeData = maxUnreadWriting // how much is data is unknown, but not more than the window
	default:
		c.maybeData = unread
	}
	return unread, most, patience
}

// takeUnread adjusts what is taken from the account to the memory of unread bytes, and
// reports whether the account had it.
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
