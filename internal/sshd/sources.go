package sshd

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// A penalty below penaltyFloor is only remembered, so that one dropped
// connection or a port probe now and then costs nobody anything; what adds up
// to more shuts the source out until all of it has passed. The same idea, with
// the same bounds, as PerSourcePenalties of OpenSSH's sshd_config(5).
const (
	penaltyFloor = 15 * time.Second
	penaltyMax   = 10 * time.Minute
)

// source is what is known of one source.
type source struct {
	node
	exempt   bool          // it has no limits, and is part of no network
	shut     bool          // penalty was enough to refuse it until then
	idle     bool          // it holds no connection, and is in sources.idle
	conns    int           // held, those that make room for others included
	requests *rate.Limiter // sessions; made with the first one
	input    *input        // of all its connections; made with the first one
	penalty  time.Time     // until when its misdeeds are remembered
	// Its neighbours in sources.idle, those seen after and before it.
	newer, older *source
}

// idleSources are sources by when they were seen, linked through themselves: there are
// so many that a list's elements would be megabytes.
type idleSources struct {
	newest, oldest *source
	n              int
}

func (l *idleSources) add(s *source) {
	s.idle, s.older = true, l.newest
	if l.newest != nil {
		l.newest.newer = s
	} else {
		l.oldest = s
	}
	l.newest = s
	l.n++
}

func (l *idleSources) remove(s *source) {
	if s.newer != nil {
		s.newer.older = s.older
	} else {
		l.newest = s.older
	}
	if s.older != nil {
		s.older.newer = s.newer
	} else {
		l.oldest = s.newer
	}
	s.idle, s.newer, s.older = false, nil, nil
	l.n--
}

// sources is a bounded table of sources, and of the networks that they are in.
// Those that hold a connection always stay; the others are forgotten, longest
// unseen first, when room is needed. So an attacker who rotates addresses costs a
// fixed amount of memory, and still cannot push a source that is connected out of
// its own limits. A network is known as long as one of its sources. It is not
// safe for concurrent use: the gate's lock covers it.
type sources struct {
	max      int
	exempt   []netip.Prefix
	limits   [levelCount]limits
	all      *node
	networks [levelCount]map[netip.Prefix]*node // of levelWide and levelNetwork
	table    map[netip.Prefix]*source
	idle     idleSources
}

func newSources(cfg *Config) *sources {
	t := &sources{
		max:    cfg.MaxSources,
		exempt: cfg.Exempt,
		limits: levelLimits(cfg),
		table:  make(map[netip.Prefix]*source),
	}
	all := newNode(netip.Prefix{}, levelAll, &t.limits[levelAll])
	t.all = &all
	for level := levelWide; level < levelSource; level++ {
		t.networks[level] = make(map[netip.Prefix]*node)
	}
	return t
}

// get returns what is known of key, making room for it if it is new.
func (t *sources) get(key netip.Prefix) *source {
	if s, ok := t.table[key]; ok {
		if s.idle {
			t.idle.remove(s)
			t.idle.add(s)
		}
		return s
	}
	for len(t.table) >= t.max && t.idle.n > 0 {
		oldest := t.idle.oldest
		t.idle.remove(oldest)
		t.forget(oldest)
	}
	s := &source{exempt: key == proxyItself() || key.IsValid() && within(key.Addr(), t.exempt)}
	if s.exempt {
		s.node = newNode(key, levelSource, &limits{held: t.limits[levelSource].held, rate: rate.Inf})
	} else {
		s.node = newNode(key, levelSource, &t.limits[levelSource])
		s.parent = t.network(key, levelNetwork)
		s.parent.known++
	}
	t.idle.add(s)
	t.table[key] = s
	return s
}

// network returns the network at a level that a source is in.
func (t *sources) network(source netip.Prefix, level int) *node {
	if level == levelAll {
		return t.all
	}
	key := networkOf(source, level)
	if n, ok := t.networks[level][key]; ok {
		return n
	}
	n := newNode(key, level, &t.limits[level])
	n.parent = t.network(source, level-1)
	n.parent.known++
	t.networks[level][key] = &n
	return &n
}

// forget removes a source that holds nothing, and the networks that none of is
// known any more.
func (t *sources) forget(s *source) {
	delete(t.table, s.key)
	for n := s.parent; n != nil && n.level != levelAll; n = n.parent {
		n.known--
		if n.known > 0 {
			break
		}
		delete(t.networks[n.level], n.key)
	}
}

// hold counts a connection of s.
func (t *sources) hold(s *source) {
	s.conns++
	if s.idle {
		t.idle.remove(s)
	}
}

// release counts the end of a connection of s.
func (t *sources) release(s *source) {
	s.conns--
	if s.conns == 0 {
		t.idle.add(s)
	}
}

// shutOut reports whether s is being refused for what it did before.
func (s *source) shutOut(now time.Time) bool {
	if s.shut && !now.Before(s.penalty) {
		s.shut = false
	}
	return s.shut
}

// penalise adds d to what s has to wait for.
func (s *source) penalise(now time.Time, d time.Duration) {
	if s.penalty.Before(now) {
		s.penalty = now
	}
	s.penalty = s.penalty.Add(d)
	if limit := now.Add(penaltyMax); s.penalty.After(limit) {
		s.penalty = limit
	}
	if s.penalty.Sub(now) >= penaltyFloor {
		s.shut = true
	}
}

// shut counts the sources that are refused at now.
func (t *sources) shut(now time.Time) int {
	n := 0
	for _, s := range t.table {
		if s.shutOut(now) {
			n++
		}
	}
	return n
}
