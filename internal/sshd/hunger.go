package sshd

// What is short may be memory, of which connections have taken very different amounts.
// Then the source or network that has taken the most for its limit is looked for, and
// in it the connection that has taken the most.

// maxCounted bounds how many networks, sources or connections are compared for what they
// have taken, of each that is looked into.
const maxCounted = 4096

// makeMemory has a connection leave for its memory, and reports whether there is one
// that has to. The gate's lock covers it.
func (m *room) makeMemory() bool {
	all := m.gate.sources.all
	if all.held == nil {
		return false
	}
	least := m.hunger() // what leaves for the newcomer has more than that
	n, highest := all, 0.0
	for n.level != levelSource {
		next, load := n.hungriest()
		if next == nil {
			return false
		}
		n, highest = next, max(highest, load)
	}
	if highest <= least {
		return false
	}
	fair := !m.overBytes(n, 0)
	var found *admission
	var rank rank
	most := int64(0)
	counted := 0
	for element := n.held.members.Front(); element != nil && counted < maxCounted; element = element.Next() {
		counted++
		a, ok := element.Value.(*admission)
		if !ok || a == m.arriving || a.evict == nil {
			continue
		}
		of, _ := m.rankOf(a)
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
	m.gate.depart(found)
	m.evicted = append(m.evicted, found)
	return true
}

// hungriest returns the part of a network that has taken the most memory for its limit,
// and what part of that it has. Parts that hold no connection are left out.
func (n *node) hungriest() (most *node, load float64) {
	parts := n.held.branches[forConns].nodes
	for _, part := range parts[:min(len(parts), maxCounted)] {
		if of := part.hunger(0); most == nil || of > load {
			most, load = part, of
		}
	}
	return most, load
}

// hunger returns what part of its limit n has taken of the memory, with some more bytes.
func (n *node) hunger(more int64) float64 {
	limit := n.limits.bytes
	if limit == 0 || n.account == nil {
		return 0
	}
	return float64(n.account.Taken().Bytes+more) / float64(limit)
}

// hunger returns the highest of what parts of their limits the newcomer's source and
// networks would have taken with another reader.
func (m *room) hunger() float64 {
	highest := 0.0
	for n := &m.source.node; n != nil && n.level != levelAll; n = n.parent {
		highest = max(highest, n.hunger(SessionCost))
	}
	return highest
}

// greediest reports whether the newcomer's source or networks would have taken the most
// memory of all, and more than a fair share.
func (m *room) greediest() bool {
	all := m.gate.sources.all
	if m.source.exempt || all.held == nil {
		return false
	}
	highest := 0.0
	for n := all; n != nil && n.level != levelSource; {
		var load float64
		n, load = n.hungriest()
		highest = max(highest, load)
	}
	return m.hunger() > highest && m.overBytes(&m.source.node, SessionCost)
}

// overBytes reports whether a source, or a network that it is in, has taken more, with
// some more bytes, than if all that hold connections, and one more, shared equally what
// is given out before room has to be made. One reader is always fair.
func (m *room) overBytes(n *node, more int64) bool {
	for ; n != nil && n.level != levelAll; n = n.parent {
		fair := makeRoomFrom * float64(m.gate.budget.Load()) / float64(m.gate.census[n.level][forConns]+1)
		if n.account != nil && float64(n.account.Taken().Bytes+more) > max(SessionCost, fair) {
			return true
		}
	}
	return false
}
