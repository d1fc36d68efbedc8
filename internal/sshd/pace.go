package sshd

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// meter counts n bytes read from the network. It waits if they came too fast and, every
// checkStep bytes, until little enough is unread. It does so before the library sees
// them, so packets over the limit cost no time for decryption.
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
	overhead := c.overhead(now, n)
	bytes, packets := c.input.reserve(now, n, overhead)
	if !c.sharedKnown && c.loggedIn.Load() { // sources that never log in get no budget, which would take memory
		c.shared, c.sharedKnown = c.server.admission.input(c.admitted), true
	}
	var authors time.Duration
	if all := c.authors.Load(); all != nil {
		authors = all.ReserveN(now, n).DelayFrom(now)
		n = 0
	}
	allBytes, allPackets := c.shared.reserve(now, n, overhead)
	c.slow(now, max(bytes, allBytes, authors))
	c.slowPackets(now, overhead, max(packets, allPackets))
}

// setAuthor has what comes from now on counted as an author's, or no longer: the newest session says what a
// reload of the authors has made of the key.
func (c *conn) setAuthor(is bool) {
	limit := c.server.cfg.InputRate
	var all *rate.Limiter
	if is {
		limit, all = c.server.cfg.AuthorInputRate, c.server.admission.authorInput(c.admitted)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if all == c.authors.Load() {
		return
	}
	c.authors.Store(all)
	c.input.bytes.SetLimit(rate.Limit(limit))
}

// Pace waits, for a handler that answers requests, until at least half is left of what the
// connection and its source may send at once, and some of what they may be answered with. A client
// that waits for answers sends no more then than it may, and is never taken for a flood, however
// much it asks for. The error is ctx's.
func (s *session) Pace(ctx context.Context) error {
	shared := s.server.admission.input(s.conn.admitted)
	out := s.traffic.out.Load()
	answered := int(out - s.traffic.paced.Swap(out))
	for {
		now := time.Now()
		wait := max(s.conn.input.rest(now, answered), shared.rest(now, answered))
		if authors := s.conn.authors.Load(); authors != nil {
			wait = max(wait, restOf(authors, now))
		}
		if answered = 0; wait == 0 {
			return ctx.Err()
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// overhead counts n bytes read, and returns how many bytes of protocol overhead (all that
// is not channel data) to charge for, or a negative number to refund. What sessions have
// read is data. What waits unread, as of the last check, may be data, so it is charged
// for only once it turns out not to be. The login has limits of its own.
func (c *conn) overhead(now time.Time, n int) int {
	if !c.loggedIn.Load() {
		return 0
	}
	c.sinceLogin += int64(n)
	overhead := max(c.sinceLogin-c.delivered.Load()-c.maybeData, 0) - c.charged
	// What was charged long ago has been refilled since, and is not refunded.
	overhead = max(overhead, -c.input.outstanding(now))
	c.charged += overhead
	return int(overhead)
}

// A connection is ended if for floodTime all it sends comes too fast, and that is more
// than floodBytes or floodPackets. To delay it for ever would hide that its client has
// gone: the two kernels hold megabytes that come first.
const (
	floodTime  = 5 * time.Second
	floodBytes = 64 << 10 // bytes; the length of the largest paste
	// floodPackets is the limit for protocol overhead, in bytes: more than anybody's keys
	// cause in floodTime, but so little that one of 64 busy connections of a source,
	// which share a budget, reaches it as well.
	floodPackets = 8 << 10
	// mostHeld is the longest single delay: other connections of the source may have
	// caused it.
	mostHeld = 2 * time.Second
)

// slow delays a connection whose bytes come too fast, and ends it if that goes on. What authors send is only
// delayed: a push takes as long as it takes.
func (c *conn) slow(now time.Time, wait time.Duration) {
	if wait <= 0 {
		c.slowSince = time.Time{}
		return
	}
	received := c.received.Load()
	if c.slowSince.IsZero() {
		c.slowSince, c.slowFrom = now, received
	}
	flood := received-c.slowFrom > floodBytes && c.authors.Load() == nil
	if c.holdFlood(now.Add(wait), c.slowSince, flood) {
		c.end(Flood)
	}
}

// slowPackets delays a connection whose packets, with n bytes of overhead, come too fast,
// and ends it if that goes on, unless other connections of its source cause it. It
// measures one floodTime after the other, since once those others are gone a flood may
// stay within the budget now and then.
func (c *conn) slowPackets(now time.Time, n int, wait time.Duration) {
	if now.Sub(c.overheadSince) > floodTime {
		if wait > 0 && c.overheadBytes > floodPackets {
			c.end(Flood)
			return
		}
		c.overheadSince, c.overheadBytes = now, 0
	}
	c.overheadBytes = max(c.overheadBytes+n, 0)
	if wait > 0 && c.holdFlood(now.Add(wait), c.overheadSince, c.overheadBytes > floodPackets) && !c.refundOverhead() {
		c.end(Flood)
	}
}

// refundOverhead checks again what sessions have not read, and refunds what was charged as
// overhead but may be data. It reports whether there was any.
func (c *conn) refundOverhead() bool {
	c.unread()
	now := time.Now()
	back := c.overhead(now, 0)
	c.input.reserve(now, 0, back)
	c.shared.reserve(now, 0, back)
	c.overheadBytes = max(c.overheadBytes+back, 0)
	return back < 0
}

// holdFlood waits until the given time. A connection that has been too fast since another,
// and has sent enough to be a flood, waits for floodTime in all; then holdFlood reports
// that it has to be ended, since its client may have gone long before. Delays while no
// handler reads (awaitReading) count towards the same limit.
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

// hold waits until the given time, or until the connection is closed. It does not wait if
// the client sends no more: little is left to read, and waiting would keep the memory of
// a connection that is over.
func (c *conn) hold(until time.Time) {
	for left := time.Until(until); left > 0 && !peerDone(c.Conn); left = time.Until(until) {
		timer := time.NewTimer(min(left, unreadLook))
		select {
		case <-timer.C:
		case <-c.life.Done():
			timer.Stop()
			return
		}
	}
}
