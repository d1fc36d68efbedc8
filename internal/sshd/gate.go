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

// How full the server may be, as a fraction of a limit.
const (
	// From makeRoomFrom on others have to leave for new connections or, if nobody
	// has more than the newcomer, new ones are dropped at random.
	makeRoomFrom = 0.75
	// From dropAllFrom on all of the latter are: what is left is for new
	// connections while those that leave for them are being closed.
	dropAllFrom = 0.9375
)

// How long a source is remembered for what its connections did: see
// source.penalise.
const (
	penaltyFailed  = time.Second      // left or erred during the handshake, or took no data
	penaltyTimeout = 10 * time.Second // held a connection without logging in
	penaltyFlood   = time.Minute      // sent what no client needs
)

// gate decides at accept, before any cryptography, whether a connection is
// worth a handshake, and who has to leave for it when the server fills up. It
// knows sources and counts, nothing of SSH.
type gate struct {
	cfg Config
	// budget is what connections and sessions may take together now, in bytes.
	budget atomic.Int64
	clock  func() time.Duration // the server's

	mu      sync.Mutex
	held    [resources]int // by all connections; handshakes: those not logged in yet
	leaving [resources]int // of held, by those that make room for others
	census  census         // of the nodes that hold the rest, without the exempt
	sources *sources
}

func newGate(cfg Config, clock func() time.Duration) *gate {
	g := &gate{cfg: cfg, clock: clock, sources: newSources(&cfg)}
	g.budget.Store(cfg.MemoryBudget)
	return g
}

// admission is a connection as the gate knows it. It has to be released.
type admission struct {
	source *source
	since  time.Duration // on the server's clock
	// heard is when the client last sent what only somebody who reads would: it
	// connected, logged in, started a session or typed. On the server's clock.
	heard atomic.Int64

	// Guarded by the gate's lock.
	has     [resources]int
	leaving bool          // it makes room for others
	place   *list.Element // among the members of its source; nil if that is exempt
	account *ledger.Account
	evict   func() // closes the connection; nil until it is known
}

// admit counts a new connection of a source, or says why it is refused. Others
// may have to leave for it.
func (g *gate) admit(key netip.Prefix) (*admission, Reason) {
	g.mu.Lock()
	room := room{gate: g, source: g.sources.get(key), now: g.clock()}
	why := g.refusal(&room)
	var a *admission
	if why == None {
		a = g.enter(room.source)
	}
	g.mu.Unlock()
	room.clear()
	return a, why
}

// refusal says why a connection is not admitted, or makes room for it.
func (g *gate) refusal(room *room) Reason {
	src, now := room.source, time.Now()
	if !src.exempt {
		// A source that is shut out or holds its share pays no token: it must
		// not also wait for those once it behaves.
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
		if g.held[r] < g.limit(r) {
			continue
		}
		if g.leaving[r] == 0 {
			room.make(g.sources.all, r) // for the next one: this place is not free yet
		}
		return Full
	}
	for n := src.parent; n != nil && n.level != levelAll; n = n.parent {
		if n.arrivals != nil && !n.arrivals.AllowN(now, 1) {
			return NetworkRate
		}
		for _, r := range []resource{forConns, forHandshakes} {
			if n.count(r) >= n.limits.held[r] && !room.make(n, r) {
				return NetworkConns
			}
		}
	}
	for _, r := range []resource{forConns, forHandshakes} {
		if g.fill(r) < makeRoomFrom || room.make(g.sources.all, r) {
			continue
		}
		if p := dropChance(g.held[r], g.limit(r)); room.largest(r) || p > 0 && g.cfg.Random() < p {
			return EarlyDrop
		}
	}
	if len(room.evicted) == 0 && g.memoryShort() && !room.makeMemory() && room.greediest() {
		return EarlyDrop
	}
	return None
}

// limit returns how much of a resource there is.
func (g *gate) limit(r resource) int { return g.sources.all.limits.held[r] }

// fill returns what part of a resource is taken and stays so.
func (g *gate) fill(r resource) float64 {
	return float64(g.held[r]-g.leaving[r]) / float64(g.limit(r))
}

// memoryShort reports whether connections and sessions have taken so much memory
// that room has to be made.
func (g *gate) memoryShort() bool {
	return float64(g.cfg.Ledger.Taken().Bytes) >= makeRoomFrom*float64(g.budget.Load())
}

// enter counts an admitted connection.
func (g *gate) enter(src *source) *admission {
	a := &admission{source: src, since: g.clock()}
	a.heard.Store(int64(a.since))
	g.sources.hold(src)
	g.change(a, forConns, 1)
	g.change(a, forHandshakes, 1)
	if !src.exempt {
		a.place = src.held.members.PushBack(a)
	}
	return a
}

// change counts more, or less, of a resource for a connection.
func (g *gate) change(a *admission, r resource, more int) {
	if more == 0 {
		return
	}
	a.has[r] += more
	g.held[r] += more
	switch {
	case a.leaving:
		g.leaving[r] += more
	case !a.source.exempt:
		g.census.add(&a.source.node, r, more)
	}
}

// attach says what account an admitted connection has, and how it is closed to make room.
func (g *gate) attach(a *admission, account *ledger.Account, evict func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a.account, a.evict = account, evict
}

// account returns the account of a connection's source. What its networks may
// take holds as well; an exempt source may take all.
func (g *gate) account(a *admission) *ledger.Account {
	g.mu.Lock()
	defer g.mu.Unlock()
	return a.source.openAccount(g.cfg.Ledger)
}

// dropChance is the probability of an early drop with n of limit taken: 0 up
// to three quarters, then rising in a line to 1. It is the random early drop
// of MaxStartups in sshd_config(5): a flood from everywhere finds fewer and
// fewer doors, while each honest client still has a chance.
func dropChance(n, limit int) float64 {
	fill := float64(n) / float64(limit)
	return min(1, max(0, (fill-makeRoomFrom)/(dropAllFrom-makeRoomFrom)))
}

// input returns what bounds the input of a source's connections together, or nil
// for an exempt one.
func (g *gate) input(a *admission) *input {
	g.mu.Lock()
	defer g.mu.Unlock()
	src := a.source
	if src.input == nil && !src.exempt {
		src.input = newSourceInput(&g.cfg)
	}
	return src.input
}

// loggedIn counts the end of a successful handshake.
func (g *gate) loggedIn(a *admission) {
	a.heard.Store(int64(g.clock()))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.change(a, forHandshakes, -a.has[forHandshakes])
}

// startSession counts a session of a connection. If the seats or the memory are
// nearly gone, the connection of another has to leave for it. It reports false if
// nobody can and the session's source, or network, has the most already: what is left
// is for others. Whether there is a seat is for the session's own limits to say.
func (g *gate) startSession(a *admission) (fair bool) {
	now := g.clock()
	a.heard.Store(int64(now))
	g.mu.Lock()
	room := room{gate: g, source: a.source, arriving: a, now: now}
	switch fair = true; {
	case a.leaving:
	case g.memoryShort():
		fair = room.makeMemory() || !room.greediest()
	case g.fill(forSessions) >= makeRoomFrom:
		fair = room.make(g.sources.all, forSessions) || !room.largest(forSessions)
	}
	g.change(a, forSessions, 1)
	g.mu.Unlock()
	room.clear()
	return fair
}

// stopSession counts the end of a session.
func (g *gate) stopSession(a *admission) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.change(a, forSessions, -1)
}

// release counts the end of an admitted connection and charges its source for
// what it did.
func (g *gate) release(a *admission, why Reason) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.depart(a)
	for r := range resources {
		g.change(a, r, -a.has[r])
	}
	src := a.source
	if penalty := penaltyFor(why); penalty > 0 && !src.exempt {
		src.penalise(time.Now(), penalty)
	}
	g.sources.release(src)
}

// depart takes a connection out of what its source and networks hold: it is over,
// or about to be.
func (g *gate) depart(a *admission) {
	if a.leaving {
		return
	}
	if a.place != nil {
		a.source.held.members.Remove(a.place)
		a.place = nil
	}
	has := a.has
	for r, n := range has {
		g.change(a, resource(r), -n)
	}
	a.leaving = true
	for r, n := range has {
		g.change(a, resource(r), n)
	}
}

// penaltyFor is what a connection's end costs its source. One second for a
// handshake that is left is what OpenSSH takes: ssh-keyscan leaves five.
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

// allowSession takes a token for a session or command of a source.
func (g *gate) allowSession(key netip.Prefix) bool {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	src := g.sources.get(key)
	if src.exempt {
		return true
	}
	if src.requests == nil {
		src.requests = rate.NewLimiter(rate.Limit(g.cfg.SessionRate), g.cfg.SessionBurst)
	}
	return src.requests.AllowN(now, 1)
}

// counts returns the connections held, those still logging in, and the
// sources that are shut out.
func (g *gate) counts() (conns, handshakes, shut int) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held[forConns], g.held[forHandshakes], g.sources.shut(now)
}
