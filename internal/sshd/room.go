package sshd

import "time"

const (
	// activeFor is how long a reader who has typed is left alone, unless its
	// source or network has more than its fair share.
	activeFor = time.Minute
	// slowHandshake is how old a handshake, or a connection without a session,
	// is at least that has to leave for one of the same network. A client needs
	// a few round trips.
	slowHandshake = 3 * time.Second
	// leaveGrace is how long a session that has to leave may take to restore the
	// screen.
	leaveGrace = time.Second
)

// How far a search looks for the connection that leaves. Which one of many alike
// it finds does not matter, but it runs for each connection that is accepted.
const (
	maxAlike  = 4   // networks or sources that are equally full
	maxLooked = 256 // connections in all
)

// room is what is done to let a connection, or a session, in while the server
// fills up: of the source or network that is closest to its limit, the connection
// that was silent the longest is closed. It is never one of a source or network
// that has no more than the newcomer's would, so an attacker's new connections
// push out the attacker's old ones. The gate's lock covers it, but for clear.
type room struct {
	gate     *gate
	source   *source    // the newcomer's
	arriving *admission // whose session it is; nil for a new connection
	now      time.Duration

	resource resource
	looked   int
	found    *admission
	rank     rank // of found
	evicted  []*admission
}

// rank orders connections: the lower has to leave first.
type rank struct {
	class  int // 0: runs no session, 1: an idle one, 2: one whose reader types
	active time.Duration
}

func (r rank) before(other rank) bool {
	return r.class < other.class || r.class == other.class && r.active < other.active
}

// make frees some of a resource within a network, and reports whether it did.
func (m *room) make(within *node, r resource) bool {
	m.resource, m.looked, m.found = r, 0, nil
	if within.held != nil {
		m.search(within, m.source.pathFrom(within), false)
	}
	if m.found == nil {
		return false
	}
	m.gate.depart(m.found)
	m.evicted = append(m.evicted, m.found)
	return true
}

// clear closes the connections that have to leave. It runs without the gate's
// lock.
func (m *room) clear() {
	for _, a := range m.evicted {
		a.evict()
	}
}

// search looks for the connection that leaves in what is fullest of n. On the way
// down path leads to the newcomer's source, and is empty once that is elsewhere.
func (m *room) search(n *node, path []*node, slowOnly bool) {
	if n.level == levelSource {
		m.look(n, slowOnly)
		return
	}
	nodes := n.held.branches[m.resource].nodes
	for _, next := range nodes[:min(len(nodes), maxAlike)] {
		full := next.held.fullest[m.resource]
		if full < nodes[0].held.fullest[m.resource] {
			continue
		}
		switch load := m.load(path); {
		case len(path) == 0:
			m.search(next, nil, slowOnly)
		case next == path[0]:
			m.search(next, path[1:], slowOnly)
		case full > load:
			m.search(next, nil, slowOnly)
		case full == load && n.level != levelAll:
			// Both are parts of the network that is too large: what is slow or
			// idle there gives way to what is new.
			m.search(next, nil, true)
		}
	}
}

// load returns how full the newcomer's networks on the path, and its source,
// would be with it.
func (m *room) load(path []*node) float64 {
	highest := 0.0
	for _, n := range path {
		highest = max(highest, n.load(m.resource, 1))
	}
	return highest
}

// look looks at the connections of a source.
func (m *room) look(n *node, slowOnly bool) {
	fair := !m.over(n, m.resource, 0)
	members := &n.held.members
	for range members.Len() {
		if m.looked++; m.looked > maxLooked {
			return
		}
		element := members.Front()
		members.MoveToBack(element) // the next search looks at others first
		a, ok := element.Value.(*admission)
		if !ok || a == m.arriving || a.evict == nil || a.has[m.resource] == 0 {
			continue
		}
		rank, slow := m.rankOf(a)
		if slowOnly && !slow || fair && rank.class == 2 {
			continue
		}
		if m.found == nil || rank.before(m.rank) {
			m.found, m.rank = a, rank
		}
	}
}

// rankOf returns the rank of a connection, and whether it is slow or idle.
func (m *room) rankOf(a *admission) (r rank, slow bool) {
	r.active = time.Duration(a.heard.Load())
	silent := m.now - r.active
	switch {
	case a.has[forSessions] == 0:
		return r, silent >= slowHandshake
	case silent >= activeFor:
		r.class = 1
		return r, true
	default:
		r.class = 2
		return r, false
	}
}

// largest reports whether the newcomer's source, or a network that it is in,
// would be the fullest of all and have more than its fair share.
func (m *room) largest(r resource) bool {
	all := m.gate.sources.all
	if m.source.exempt || all.held == nil {
		return false
	}
	m.resource = r
	fullest := 0.0 // but the whole, which may be fuller than any part of it
	if nodes := all.held.branches[r].nodes; len(nodes) > 0 {
		fullest = nodes[0].held.fullest[r]
	}
	return m.load(m.source.pathFrom(all)) > fullest && m.over(&m.source.node, r, 1)
}

// over reports whether a source, or a network that it is in, has more of a
// resource than if all that have some, and one more, shared equally what is given
// out before room has to be made. One is always fair.
func (m *room) over(n *node, r resource, more int) bool {
	for ; n != nil && n.level != levelAll; n = n.parent {
		fair := makeRoomFrom * float64(m.gate.limit(r)) / float64(m.gate.census[n.level][r]+1)
		if float64(n.count(r)+more) > max(1, fair) {
			return true
		}
	}
	return false
}

// pathFrom returns the nodes below a network that lead to n, from the top.
func (n *node) pathFrom(top *node) []*node {
	var path []*node
	for ; n != nil && n != top; n = n.parent {
		path = append([]*node{n}, path...)
	}
	return path
}

// makeRoom closes the connection for others. Sessions get the time to restore the
// screen, and their readers are told why.
func (c *conn) makeRoom() {
	c.server.muffler.warn(c.server.log, MadeRoom, "connection closed to make room", "remote", c.remote)
	c.mu.Lock()
	c.leaving = true
	c.mu.Unlock()
	c.each(func(s *session) { s.end(MadeRoom) })
	time.AfterFunc(leaveGrace, func() { c.end(MadeRoom) }) //nolint:forbidigo // one of a connection that is closed
	c.leaveIfIdle()
}

// leaveIfIdle closes a connection that makes room once its sessions are over.
func (c *conn) leaveIfIdle() {
	c.mu.Lock()
	leave := c.leaving && c.running == 0
	c.mu.Unlock()
	if leave {
		c.end(MadeRoom)
	}
}
