package sshd

import (
	"net/netip"
	"time"
)

// admissionTest is an admission and those whom it has let in.
type admissionTest struct {
	*admission
	held map[netip.Prefix][]*admitted // the oldest first
	gone map[*admitted]bool           // had to leave
}

// testAdmission returns one whose luck is always the given number, and whose
// clock is that of the bubble.
func testAdmission(cfg Config, luck float64) *admissionTest {
	cfg.Random = func() float64 { return luck }
	born := time.Now()
	return &admissionTest{
		admission: newAdmission(cfg.withDefaults(), func() time.Duration { return time.Since(born) }),
		held:      make(map[netip.Prefix][]*admitted),
		gone:      make(map[*admitted]bool),
	}
}

// try has a source connect. Whoever has to leave for it is gone at once.
func (g *admissionTest) try(key netip.Prefix) Reason {
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
func (g *admissionTest) read(key netip.Prefix) Reason {
	why := g.try(key)
	if why == None {
		a := g.held[key][len(g.held[key])-1]
		g.loggedIn(a)
		g.startSession(a)
	}
	return why
}

// end ends the oldest connection of a source.
func (g *admissionTest) end(key netip.Prefix, why Reason) { g.endOne(g.held[key][0], why) }

func (g *admissionTest) endOne(a *admitted, why Reason) {
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
