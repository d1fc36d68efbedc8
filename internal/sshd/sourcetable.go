package sshd

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// Penalties add up. Below penaltyFloor they have no effect, so that a dropped connection or
// a port probe now and then costs nothing; once they reach it, the source is refused until
// all of the penalty has passed. Idea and bounds are those of PerSourcePenalties in
// sshd_config(5).
const (
	penaltyFloor = 15 * time.Second
	penaltyMax   = 10 * time.Minute
)

// source is one source: an IPv4 address or an IPv6 /64.
type source struct {
	node
	exempt   bool          // it has no limits, and is part of no network
	shut     bool          // it is refused until its penalty expires
	idle     bool          // it holds no connection, and is in sourceTable.idle
	conns    int           // open connections, those that are being closed included
	requests *rate.Limiter // of sessions and commands; nil before the first
	input    *input        // budget of all its connections; nil before the first
	authors  *rate.Limiter // bytes that its authors send; nil before the first
	penalty  time.Time     // when the penalty expires
	refused  refusals
	// Its neighbours in sourceTable.idle, those seen after and before it.
	newer, older *source
}

// idleSources is a linked list of sources by when they were last seen. The links are in the
// sources: there are so many that the elements of a container/list would take megabytes.
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

// sourceTable is a bounded table of sources, and of the networks that they are in. Sources
// that hold a connection always stay; of the others the least recently seen is removed when
// the table is full. So an attacker who rotates addresses costs a fixed amount of memory,
// and cannot reset the limits of a source that is connected. A network stays as long as one
// of its sources. It is not safe for concurrent use: admission's lock is held.
type sourceTable struct {
	max      int
	exempt   []netip.Prefix
	limits   [levelCount]limits
	all      *node
	networks [levelCount]map[netip.Prefix]*node //ledger:counted of levelWide and levelNetwork: each has a source in it
	table    map[netip.Prefix]*source           //ledger:counted at most Config.MaxSources, and those that hold connections
	idle     idleSources
}

func newSourceTable(cfg *Config) *sourceTable {
	t := &sourceTable{
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

// get returns the source of a prefix. A new one is added.
func (t *sourceTable) get(key netip.Prefix) *source {
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
func (t *sourceTable) network(source netip.Prefix, level int) *node {
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

// forget removes a source that holds nothing, and its networks if they have no other source.
func (t *sourceTable) forget(s *source) {
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
func (t *sourceTable) hold(s *source) {
	s.conns++
	if s.idle {
		t.idle.remove(s)
	}
}

// release counts the end of a connection of s.
func (t *sourceTable) release(s *source) {
	s.conns--
	if s.conns == 0 {
		t.idle.add(s)
	}
}

// shutOut reports whether s is refused for a penalty.
func (s *source) shutOut(now time.Time) bool {
	if s.shut && !now.Before(s.penalty) {
		s.shut = false
	}
	return s.shut
}

// penalise adds d to the penalty of s, which is penaltyMax at most.
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
