package sshd

import (
	"container/list"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Thresholds, as fractions of a limit.
const (
	// From makeRoomFrom on, another connection is closed for each new one; if none has
	// more than the newcomer's source and networks, new ones are dropped at random.
	makeRoomFrom = 0.75
	// From dropAllFrom on, all of these are dropped: the rest is for new connections
	// while those that are closed for them still count.
	dropAllFrom = 0.9375
)

// Penalties of a source for what its connections did: see source.penalise.
const (
	penaltyFailed  = time.Second      // the handshake failed, or the client took no data
	penaltyTimeout = 10 * time.Second // the client did not log in in time
	penaltyFlood   = time.Minute      // the client sent what no client needs
)

// admission decides on accept, before any cryptography, whether a connection is admitted,
// and which other is closed for it when the server is nearly full. It knows sources and
// counts, but nothing of SSH.
type admission struct {
	cfg Config
	// budget is the memory for connections and sessions together, in bytes. It changes with
	// the posts.
	budget atomic.Int64
	clock  func() time.Duration // the server's

	mu      sync.Mutex
	held    [resources]int // by all connections
	leaving [resources]int // of held, by those that are being closed for others
	census  census         // of the nodes that hold the rest; exempt sources are not counted
	sources *sourceTable
}

func newAdmission(cfg Config, clock func() time.Duration) *admission {
	ad := &admission{cfg: cfg, clock: clock, sources: newSourceTable(&cfg)}
	ad.budget.Store(cfg.MemoryBudget)
	return ad
}

// admitted is what admission counts for a connection that was let in. It has to be released.
type admitted struct {
	source *source
	since  time.Duration // on the server's clock
	// heard is when the client last did something that only a reader does: it connected, logged in, started a
	// session or typed. On the server's clock.
	heard atomic.Int64

	// Guarded by admission's lock.
	has     [resources]int
	leaving bool          // it is being closed for another
	place   *list.Element // in the list of its source's connections; nil if that is exempt
	account *ledger.Account
	evict   func() // closes the connection; nil until it is known
}

// admit counts a new connection of a source, or returns why it is refused. Other
// connections may be closed for it.
func (ad *admission) admit(key netip.Prefix) (*admitted, Reason) {
	ad.mu.Lock()
	ev := eviction{admission: ad, source: ad.sources.get(key), now: ad.clock()}
	why := ad.refusal(&ev)
	var a *admitted
	if why == None {
		a = ad.enter(ev.source)
	} else {
		ev.source.refused.count(ev.now, why, ev.source.shut)
	}
	ad.mu.Unlock()
	ev.closeEvicted()
	return a, why
}

// refusal returns why a connection is not admitted, or None; then it has made room for it.
func (ad *admission) refusal(ev *eviction) Reason {
	src, now := ev.source, time.Now()
	if !src.exempt {
		// A source that is refused for a penalty, or has all its connections, spends no
		// token: it would have to wait for these as well once it behaves.
		switch {
		case src.shutOut(now):
			return Penalty
		case src.conns >= src.limits.held[forConns], src.count(forHandshakes) >= src.limits.held[forHandshakes]:
			return SourceConns
		case !src.arrivals.AllowN(now, 1):
			return SourceRate
		}
	}
	for _, r := range []resource{forConns, forHandshakes} {
		if ad.held[r] < ad.limit(r) {
			continue
		}
		if ad.leaving[r] == 0 {
			ev.evict(ad.sources.all, r) // for the next newcomer: what is evicted still counts
		}
		return Full
	}
	for n := src.parent; n != nil && n.level != levelAll; n = n.parent {
		if n.arrivals != nil && !n.arrivals.AllowN(now, 1) {
			return NetworkRate
		}
		for _, r := range []resource{forConns, forHandshakes} {
			if n.count(r) >= n.limits.held[r] && !ev.evict(n, r) {
				return NetworkConns
			}
		}
	}
	for _, r := range []resource{forConns, forHandshakes} {
		if ad.fill(r) < makeRoomFrom || ev.evict(ad.sources.all, r) {
			continue
		}
		if p := dropChance(ad.held[r], ad.limit(r)); ev.largest(r) || p > 0 && ad.cfg.Random() < p {
			return EarlyDrop
		}
	}
	if len(ev.evicted) == 0 && ad.memoryShort() && !ev.evictForMemory() && ev.largestInMemory() {
		return EarlyDrop
	}
	return None
}

// limit returns the server's limit for a resource.
func (ad *admission) limit(r resource) int { return ad.sources.all.limits.held[r] }

// fill returns the fraction of a resource that is held, without what is being closed.
func (ad *admission) fill(r resource) float64 {
	return float64(ad.held[r]-ad.leaving[r]) / float64(ad.limit(r))
}

// memoryShort reports whether connections and sessions have taken so much memory
// that room has to be made.
func (ad *admission) memoryShort() bool {
	return float64(ad.cfg.Ledger.Taken().Bytes) >= makeRoomFrom*float64(ad.budget.Load())
}

// enter counts an admitted connection.
func (ad *admission) enter(src *source) *admitted {
	a := &admitted{source: src, since: ad.clock()}
	a.heard.Store(int64(a.since))
	ad.sources.hold(src)
	ad.change(a, forConns, 1)
	ad.change(a, forHandshakes, 1)
	if !src.exempt {
		a.place = src.held.members.PushBack(a)
	}
	return a
}

// change adds to, or subtracts from, what a connection has of a resource.
func (ad *admission) change(a *admitted, r resource, more int) {
	if more == 0 {
		return
	}
	a.has[r] += more
	ad.held[r] += more
	switch {
	case a.leaving:
		ad.leaving[r] += more
	case !a.source.exempt:
		ad.census.add(&a.source.node, r, more)
	}
}

// attach sets the account of an admitted connection, and the function that closes it for
// others.
func (ad *admission) attach(a *admitted, account *ledger.Account, evict func()) {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	a.account, a.evict = account, evict
}

// account returns the account of a connection's source, which is part of its networks'
// accounts. The account of an exempt source is limited by the whole alone.
func (ad *admission) account(a *admitted) *ledger.Account {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	return a.source.openAccount(ad.cfg.Ledger)
}

// dropChance returns the probability that a new connection is dropped when n of limit are
// held: 0 up to makeRoomFrom, then rising linearly to 1 at dropAllFrom. It is the random
// early drop of MaxStartups in sshd_config(5), which leaves each honest client a chance
// during a flood from everywhere.
func dropChance(n, limit int) float64 {
	fill := float64(n) / float64(limit)
	return min(1, max(0, (fill-makeRoomFrom)/(dropAllFrom-makeRoomFrom)))
}

// input returns the input budget that a source's connections share, or nil if the source is
// exempt.
func (ad *admission) input(a *admitted) *input {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	src := a.source
	if src.input == nil && !src.exempt {
		src.input = newSourceInput(&ad.cfg)
	}
	return src.input
}

// authorInput returns the budget, in bytes, of what all authors of a source send. It does not limit a source that
// is exempt.
func (ad *admission) authorInput(a *admitted) *rate.Limiter {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	src := a.source
	if src.authors == nil {
		src.authors = rate.NewLimiter(rate.Limit(ad.cfg.AuthorInputRate*sourceInputRate), inputBurst*sourceInputBurst)
		if src.exempt {
			src.authors.SetLimit(rate.Inf)
		}
	}
	return src.authors
}

// loggedIn counts the end of a successful handshake.
func (ad *admission) loggedIn(a *admitted) {
	a.heard.Store(int64(ad.clock()))
	ad.mu.Lock()
	defer ad.mu.Unlock()
	ad.change(a, forHandshakes, -a.has[forHandshakes])
}

// startSession counts a session of a connection. If sessions or memory are nearly used up,
// another connection is closed for it. It reports false if there is none to close and the
// session's source, or a network that it is in, already has the most: the rest is for
// others. Whether Config.MaxSessions allows the session is checked later (see capacity).
func (ad *admission) startSession(a *admitted) (fair bool) {
	now := ad.clock()
	a.heard.Store(int64(now))
	ad.mu.Lock()
	ev := eviction{admission: ad, source: a.source, arriving: a, now: now}
	switch fair = true; {
	case a.leaving:
	case ad.memoryShort():
		fair = ev.evictForMemory() || !ev.largestInMemory()
	case ad.fill(forSessions) >= makeRoomFrom:
		fair = ev.evict(ad.sources.all, forSessions) || !ev.largest(forSessions)
	}
	ad.change(a, forSessions, 1)
	ad.mu.Unlock()
	ev.closeEvicted()
	return fair
}

// stopSession counts the end of a session.
func (ad *admission) stopSession(a *admitted) {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	ad.change(a, forSessions, -1)
}

// release counts the end of an admitted connection, and penalises its source if the reason
// calls for it. It reports whether the source is refused from now on, for that.
func (ad *admission) release(a *admitted, why Reason) (shut bool) {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	ad.depart(a)
	for r := range resources {
		ad.change(a, r, -a.has[r])
	}
	src := a.source
	if penalty := penaltyFor(why); penalty > 0 && !src.exempt {
		before := src.shutOut(time.Now())
		src.penalise(time.Now(), penalty)
		if src.shut {
			src.refused.penalise(ad.clock(), why, before)
		}
		shut = src.shut && !before
	}
	ad.sources.release(src)
	return shut
}

// depart stops counting a connection for its source and networks: it has ended, or is about
// to.
func (ad *admission) depart(a *admitted) {
	if a.leaving {
		return
	}
	if a.place != nil {
		a.source.held.members.Remove(a.place)
		a.place = nil
	}
	has := a.has
	for r, n := range has {
		ad.change(a, resource(r), -n)
	}
	a.leaving = true
	for r, n := range has {
		ad.change(a, resource(r), n)
	}
}

// penaltyFor returns the penalty of a source for how its connection has ended. One second
// for an abandoned handshake is OpenSSH's figure: ssh-keyscan abandons five.
func penaltyFor(why Reason) time.Duration {
	switch why {
	case HandshakeFailed, ForgedHeader, WriteTimeout:
		return penaltyFailed
	case HandshakeTimeout:
		return penaltyTimeout
	case Flood:
		return penaltyFlood
	default:
		return 0
	}
}

// allowSession reports whether a source may start a session or command now, by its rate.
func (ad *admission) allowSession(key netip.Prefix) bool {
	now := time.Now()
	ad.mu.Lock()
	defer ad.mu.Unlock()
	src := ad.sources.get(key)
	if src.exempt {
		return true
	}
	if src.requests == nil {
		src.requests = rate.NewLimiter(rate.Limit(ad.cfg.SessionRate), ad.cfg.SessionBurst)
	}
	allowed := src.requests.AllowN(now, 1)
	if !allowed {
		src.refused.count(ad.clock(), SessionRate, src.shut)
	}
	return allowed
}

// counts returns how many connections are open, and how many of them are still logging in.
func (ad *admission) counts() (conns, handshakes int) {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	return ad.held[forConns], ad.held[forHandshakes]
}
