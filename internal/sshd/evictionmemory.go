package sshd

import (
	"cmp"
	"slices"
)

// Eviction for memory differs from that for connections and sessions, since connections
// take very different amounts of it. It looks for the source or network that has taken the
// most in relation to its limit, and evicts the connection that has taken the most there.

// maxCounted bounds how many networks, sources or connections are compared at each level.
const maxCounted = 4096

// evictForMemory chooses a connection to close for its memory, and reports whether there is
// one. Admission's lock is held.
func (e *eviction) evictForMemory() bool {
	all := e.admission.sources.all
	if all.held == nil {
		return false
	}
	least := e.memoryLoad() // only a source or network with more has to give way
	n, highest := all, 0.0
	for n.level != levelSource {
		next, load := n.mostMemory()
		if next == nil {
			return false
		}
		n, highest = next, max(highest, load)
	}
	if highest <= least {
		return false
	}
	return e.evictIn(n, 0)
}

// evictIn chooses the connection of a source to close that has taken the most memory, and reports
// whether there is one. leaving is what others of it have that are being closed, in bytes.
func (e *eviction) evictIn(n *node, leaving int64) bool {
	if n.held == nil { // the last one has left
		return false
	}
	fair := !e.overInMemory(n, -leaving)
	var found *admitted
	var rank rank
	most := int64(0)
	counted := 0
	for element := n.held.members.Front(); element != nil && counted < maxCounted; element = element.Next() {
		counted++
		a, ok := element.Value.(*admitted)
		if !ok || a == e.arriving || a.evict == nil {
			continue
		}
		of, _ := e.rankOf(a)
		if fair && of.class == 2 {
			continue
		}
		if taken := a.account.Taken().Bytes; found == nil || taken > most || taken == most && of.before(rank) {
			found, most, rank = a, taken, of
		}
	}
	if found == nil {
		return false
	}
	e.admission.depart(found)
	e.evicted = append(e.evicted, found)
	return true
}

// makeRoom closes connections so that at least so many bytes of their memory come free, and
// returns how many do: first of the sources that have taken the most for their limits. Readers who
// type and have no more than their fair share stay.
func (ad *admission) makeRoom(bytes int64) (coming int64) {
	const most = 64 // connections at once
	ad.mu.Lock()
	ev := eviction{admission: ad, now: ad.clock()}
	var sources []*node
	if ad.sources.all.held != nil {
		sources = ad.sources.all.sourcesHeld(nil)
	}
	slices.SortStableFunc(sources, func(a, b *node) int { return cmp.Compare(b.memoryLoad(0), a.memoryLoad(0)) })
	for _, n := range sources {
		leaving := int64(0)
		for len(ev.evicted) < most && coming+leaving < bytes && ev.evictIn(n, leaving) {
			leaving += ev.evicted[len(ev.evicted)-1].account.Taken().Bytes
		}
		coming += leaving
	}
	ad.mu.Unlock()
	ev.closeEvicted()
	return coming
}

// sourcesHeld appends the sources of a network that hold connections, at most maxCounted in all.
func (n *node) sourcesHeld(to []*node) []*node {
	if n.level == levelSource {
		return append(to, n)
	}
	for _, part := range n.held.branches[forConns].nodes {
		if len(to) == maxCounted {
			break
		}
		to = part.sourcesHeld(to)
	}
	return to
}

// mostMemory returns that part of a network which has taken the most memory in relation to
// its limit, and the ratio. Parts that hold no connection are left out.
func (n *node) mostMemory() (most *node, load float64) {
	parts := n.held.branches[forConns].nodes
	for _, part := range parts[:min(len(parts), maxCounted)] {
		if of := part.memoryLoad(0); most == nil || of > load {
			most, load = part, of
		}
	}
	return most, load
}

// memoryLoad returns the ratio of the memory that n has taken, and more bytes, to its limit.
func (n *node) memoryLoad(more int64) float64 {
	limit := n.limits.bytes
	if limit == 0 || n.account == nil {
		return 0
	}
	return float64(n.account.Taken().Bytes+more) / float64(limit)
}

// memoryLoad returns the highest memory load of the newcomer's source and networks, with
// another session, or 0 where room is made for something else.
func (e *eviction) memoryLoad() float64 {
	if e.source == nil {
		return 0
	}
	highest := 0.0
	for n := &e.source.node; n != nil && n.level != levelAll; n = n.parent {
		highest = max(highest, n.memoryLoad(SessionCost))
	}
	return highest
}

// largestInMemory reports whether the newcomer's source or a network that it is in would have
// the highest memory load of all, and more than a fair share.
func (e *eviction) largestInMemory() bool {
	all := e.admission.sources.all
	if e.source.exempt || all.held == nil {
		return false
	}
	highest := 0.0
	for n := all; n != nil && n.level != levelSource; {
		var load float64
		n, load = n.mostMemory()
		highest = max(highest, load)
	}
	return e.memoryLoad() > highest && e.overInMemory(&e.source.node, SessionCost)
}

// overInMemory reports whether a source, or a network that it is in, has taken more memory,
// with more bytes, than its fair share, which is the part up to makeRoomFrom, divided equally
// among all nodes of its level that hold connections and one more. One session is always
// fair.
func (e *eviction) overInMemory(n *node, more int64) bool {
	for ; n != nil && n.level != levelAll; n = n.parent {
		fair := makeRoomFrom * float64(e.admission.budget.Load()) / float64(e.admission.census[n.level][forConns]+1)
		if n.account != nil && float64(n.account.Taken().Bytes+more) > max(SessionCost, fair) {
			return true
		}
	}
	return false
}
