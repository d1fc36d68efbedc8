package sshd

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// earlyDropFrom is how full the server may be, as a fraction of a limit,
// before new connections are dropped at random.
const earlyDropFrom = 0.75

// How long a source is remembered for what its connections did: see
// source.penalise.
const (
	penaltyFailed  = 2 * time.Second  // left or erred during the handshake, or took no data
	penaltyTimeout = 10 * time.Second // held a connection without logging in
	penaltyFlood   = time.Minute      // sent what no client needs
)

// gate decides at accept, before any cryptography, whether a connection is
// worth a handshake. It knows sources and counts, nothing of SSH.
type gate struct {
	cfg Config

	mu         sync.Mutex
	conns      int
	handshakes int // of conns, those not logged in yet
	sources    *sources
}

func newGate(cfg Config) *gate {
	return &gate{
		cfg:     cfg,
		sources: newSources(cfg.MaxSources, rate.Limit(cfg.ConnRate), cfg.ConnBurst),
	}
}

// exempt reports whether a source has no limits of its own.
func (g *gate) exempt(key netip.Prefix) bool {
	return key.IsValid() && within(key.Addr(), g.cfg.Exempt)
}

// admit counts a new connection of a source, or says why it is refused. What
// is admitted has to be released.
func (g *gate) admit(key netip.Prefix) Reason {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	src := g.sources.get(key)
	if !g.exempt(key) {
		// A source that is shut out or holds its share pays no token: it must
		// not also wait for those once it behaves.
		switch {
		case src.shutOut(now):
			return Penalty
		case src.held >= g.cfg.MaxConnsPerSource:
			return SourceConns
		case !src.arrivals.AllowN(now, 1):
			return SourceRate
		}
	}
	if g.conns >= g.cfg.MaxConns || g.handshakes >= g.cfg.MaxHandshakes {
		return Full
	}
	p := max(dropChance(g.conns, g.cfg.MaxConns), dropChance(g.handshakes, g.cfg.MaxHandshakes))
	if p > 0 && g.cfg.Random() < p {
		return EarlyDrop
	}
	g.sources.hold(src)
	g.conns++
	g.handshakes++
	return None
}

// dropChance is the probability of an early drop with n of limit taken: 0 up
// to three quarters, then rising in a line to 1. It is the random early drop
// of MaxStartups in sshd_config(5): a flood from everywhere finds fewer and
// fewer doors, while each honest client still has a chance.
func dropChance(n, limit int) float64 {
	fill := float64(n) / float64(limit)
	return max(0, (fill-earlyDropFrom)/(1-earlyDropFrom))
}

// loggedIn counts the end of a successful handshake.
func (g *gate) loggedIn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.handshakes--
}

// release counts the end of an admitted connection and charges its source for
// what it did.
func (g *gate) release(key netip.Prefix, loggedIn bool, why Reason) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns--
	if !loggedIn {
		g.handshakes--
	}
	if penalty := penaltyFor(why); penalty > 0 && !g.exempt(key) {
		g.sources.get(key).penalise(time.Now(), penalty)
	}
	g.sources.release(key)
}

// penaltyFor is what a connection's end costs its source.
func penaltyFor(why Reason) time.Duration {
	switch why {
	case HandshakeFailed, WriteTimeout:
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
	if g.exempt(key) {
		return true
	}
	src := g.sources.get(key)
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
	return g.conns, g.handshakes, g.sources.shut(now)
}
