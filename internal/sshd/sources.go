package sshd

import (
	"container/list"
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
	key      netip.Prefix
	held     int           // connections
	arrivals *rate.Limiter // connections
	requests *rate.Limiter // sessions; made with the first one
	// penalty is until when its misdeeds are remembered; shut, whether they
	// were enough to refuse it until then.
	penalty time.Time
	shut    bool
	// forgettable is the source's place in sources.idle; nil while it holds a
	// connection.
	forgettable *list.Element
}

// sources is a bounded table of sources. Those that hold a connection always
// stay; the others are forgotten, longest unseen first, when room is needed.
// So an attacker who rotates addresses costs a fixed amount of memory, and
// still cannot push a source that is connected out of its own limits. It is
// not safe for concurrent use: the gate's lock covers it.
type sources struct {
	max   int
	conns rate.Limit
	burst int
	table map[netip.Prefix]*source
	idle  *list.List // of *source, most recently seen first
}

func newSources(limit int, conns rate.Limit, burst int) *sources {
	return &sources{
		max: limit, conns: conns, burst: burst,
		table: make(map[netip.Prefix]*source),
		idle:  list.New(),
	}
}

// get returns what is known of key, making room for it if it is new.
func (t *sources) get(key netip.Prefix) *source {
	if s, ok := t.table[key]; ok {
		if s.forgettable != nil {
			t.idle.MoveToFront(s.forgettable)
		}
		return s
	}
	for len(t.table) >= t.max && t.idle.Len() > 0 {
		oldest := t.idle.Back()
		t.idle.Remove(oldest)
		if old, ok := oldest.Value.(*source); ok {
			delete(t.table, old.key)
		}
	}
	s := &source{key: key, arrivals: rate.NewLimiter(t.conns, t.burst)}
	s.forgettable = t.idle.PushFront(s)
	t.table[key] = s
	return s
}

// hold counts a connection of s.
func (t *sources) hold(s *source) {
	s.held++
	if s.forgettable != nil {
		t.idle.Remove(s.forgettable)
		s.forgettable = nil
	}
}

// release counts the end of a connection of key.
func (t *sources) release(key netip.Prefix) {
	s, ok := t.table[key]
	if !ok || s.held == 0 {
		return
	}
	s.held--
	if s.held == 0 {
		s.forgettable = t.idle.PushFront(s)
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
