package sshd

import (
	"net/netip"
	"time"
)

// gateTest is a gate and those whom it has let in.
type gateTest struct {
	*gate
	held map[netip.Prefix][]*admission // the oldest first
	gone map[*admission]bool           // had to leave
}

// testGate returns a gate whose luck is always the given number, and whose
// clock is that of the bubble.
func testGate(cfg Config, luck float64) *gateTest {
	cfg.Random = func() float64 { return luck }
	born := time.Now()
	return &gateTest{
		gate: newGate(cfg.withDefaults(), func() time.Duration { return time.Since(born) }),
		held: make(map[netip.Prefix][]*admission),
		gone: make(map[*admission]bool),
	}
}

// try has a source connect. Whoever has to leave for it is gone at once.
func (g *gateTest) try(key netip.Prefix) Reason {
	a, why := g.admit(key)
	if why != None {
		return why
	}
	g.held[key] = append(g.held[key], a)
	g.attach(a, nil, func() {
		g.gone[a] = true
		g.endOne(a, MadeRoom)
	})
	return None
}

// read has a source connect, log in and start a session.
func (g *gateTest) read(key netip.Prefix) Reason {
	why := g.try(key)
	if why == None {
		a := g.held[key][len(g.held[key])-1]
		g.loggedIn(a)
		g.startSession(a)
	}
	return why
}

// end ends the oldest connection of a source.
func (g *gateTest) end(key netip.Prefix, why Reason) { g.endOne(g.held[key][0], why) }

func (g *gateTest) endOne(a *admission, why Reason) {
	key := a.source.key
	for i, other := range g.held[key] {
		if other == a {
			g.held[key] = append(g.held[key][:i:i], g.held[key][i+1:]...)
		}
	}
	for range a.has[forSessions] {
		g.stopSession(a)
	}
	g.release(a, why)
}
