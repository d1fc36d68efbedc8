package sshd

import "time"

// meter counts n bytes read, waits if they came too fast, and now and then
// waits until somebody takes them. It waits before the library sees them, so that too
// many packets cost no time.
func (c *conn) meter(n int) {
	total := c.received.Add(int64(n))
	if total-c.checked >= checkStep {
		c.checked = total
		if total > stderrAfter {
			c.each((*session).discardStderr)
		}
		c.awaitReading()
	}
	now := time.Now()
	around := c.around(now, n)
	bytes, packets := c.input.reserve(now, n, around)
	if !c.shares && c.loggedIn.Load() { // of sources that never log in there are many to remember
		c.shared, c.shares = c.server.gate.input(c.admission), true
	}
	allBytes, allPackets := c.shared.reserve(now, n, around)
	c.slow(now, max(bytes, allBytes))
	c.slowPackets(now, around, max(packets, allPackets))
}

// around counts n bytes read, and returns how many bytes around data are to be paid for,
// or below 0, were paid for too early. All that sessions have read is data. What they may
// not have read yet, as of the last look, may be: it is not paid for before it is read.
// Logging in has limits of its own.
func (c *conn) around(now time.Time, n int) int {
	if !c.loggedIn.Load() {
		return 0
	}
	c.came += int64(n)
	around := max(c.came-c.delivered.Load()-c.unsure, 0) - c.paid
	// What was paid for long ago has been earned again, and is not given back.
	around = max(around, -c.input.outstanding(now))
	c.paid += around
	return int(around)
}

// floodBytes and floodTime are after how much and for how long a connection may
// send faster than it may before it is ended. Nobody would notice that its client
// has gone: the two kernels hold megabytes that come first.
const (
	floodBytes = 64 << 10 // as much as a paste may have
	floodTime  = 5 * time.Second
	// floodPackets is the same for what is around data, in bytes: more than anyone's keys
	// need meanwhile. A client held up with 63 others of its source sends this little.
	floodPackets = 8 << 10
	// mostHeld is the longest that a connection waits at once. It may be others of its
	// source that have sent all that is waited for.
	mostHeld = 2 * time.Second
)

// slow waits for what came too fast, and ends the connection if that goes on.
func (c *conn) slow(now time.Time, wait time.Duration) {
	if wait <= 0 {
		c.slowSince = time.Time{}
		return
	}
	received := c.received.Load()
	if c.slowSince.IsZero() {
		c.slowSince, c.slowFrom = now, received
	}
	if c.holdFlood(now.Add(wait), c.slowSince, received-c.slowFrom > floodBytes) {
		c.end(Flood)
	}
}

// slowPackets waits for packets that came too fast, with n bytes around data, and ends the
// connection if that goes on, unless it is the others of its source that send them. It
// looks at floodTime after floodTime: with others gone, a flood may be within its budget
// now and then.
func (c *conn) slowPackets(now time.Time, n int, wait time.Duration) {
	if now.Sub(c.packetsSince) > floodTime {
		if wait > 0 && c.packetBytes > floodPackets {
			c.end(Flood)
			return
		}
		c.packetsSince, c.packetBytes = now, 0
	}
	c.packetBytes = max(c.packetBytes+n, 0)
	if wait > 0 && c.holdFlood(now.Add(wait), c.packetsSince, c.packetBytes > floodPackets) && !c.overpaid() {
		c.end(Flood)
	}
}

// overpaid looks again at what sessions have not read, and reports whether more was paid
// for than is around data, which it gives back.
func (c *conn) overpaid() bool {
	c.unread()
	now := time.Now()
	back := c.around(now, 0)
	c.input.reserve(now, 0, back)
	c.shared.reserve(now, 0, back)
	c.packetBytes = max(c.packetBytes+back, 0)
	return back < 0
}

// holdFlood waits until then. A connection that has been slow since, and has sent so much
// that it is a flood, waits for no longer than floodTime, and holdFlood reports that it is
// to be ended: its client may have gone long before. What it was held up for while nobody
// reads counts as well, and the other way round.
func (c *conn) holdFlood(until, since time.Time, flood bool) (over bool) {
	began := c.server.clock()
	defer func() { c.heldFor += c.server.clock() - began }()
	if last := since.Add(floodTime - c.heldFor); flood && until.After(last) {
		c.hold(last)
		return true
	}
	if most := time.Now().Add(mostHeld); until.After(most) {
		until = most
	}
	c.hold(until)
	return false
}

// hold waits until then, or until the connection is over. A client that sends no more is
// not waited for: what is left of it is little, and else its memory would be, too.
func (c *conn) hold(until time.Time) {
	for left := time.Until(until); left > 0 && !peerDone(c.Conn); left = time.Until(until) {
		timer := time.NewTimer(min(left, unreadLook))
		select {
		case <-timer.C:
		case <-c.closed:
			timer.Stop()
			return
		}
	}
}
