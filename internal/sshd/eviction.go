package sshd

import "time"

const (
	// activeFor is how long after a key a reader counts as active. Active readers are not
	// evicted, unless their source or network has more than its fair share.
	activeFor = time.Minute
	// slowHandshake is the least age of a handshake, or of a connection without a session,
	// that is closed for another one of the same network. A client needs a few round trips.
	slowHandshake = 3 * time.Second
	// leaveGrace is how long a session on an evicted connection may take to restore the
	// screen.
	leaveGrace = time.Second
)

// Bounds of the search for a connection to evict. Which of many similar ones it finds does
// not matter, but it runs for every connection that is accepted.
const (
	maxAlike  = 4   // networks or sources that are equally full
	maxLooked = 256 // connections in all
)

// eviction closes connections so that a new connection or session (the newcomer) can be let
// in when the server is nearly full: of the source or network that is closest to its limit,
// the connection that was silent the longest. It is never one of a source or network that
// has no more than the newcomer's would, so an attacker's new connections evict the
// attacker's old ones. Admission's lock is held for all methods but closeEvicted.
type eviction struct {
	admission *admission
	source    *source   // the newcomer's; nil where room is made for something else
	arriving  *admitted // whose session it is; nil for a new connection
	now       time.Duration

	resource resource
	looked   int
	found    *admitted
	rank     rank        // of found
	evicted  []*admitted //ledger:counted at most one for each limit that a newcomer meets, or 64
}

// rank orders connections: the lowest is evicted first.
type rank struct {
	class  int           // 0: runs no session, 1: an idle one, 2: one whose reader types
	active time.Duration // last activity, on the server's clock
}

func (r rank) before(other rank) bool {
	return r.class < other.class || r.class == other.class && r.active < other.active
}

// evict chooses a connection to close so that some of a resource becomes free within a
// network, and reports whether there is one.
func (e *eviction) evict(within *node, r resource) bool {
	e.resource, e.looked, e.found = r, 0, nil
	if within.held != nil {
		e.search(within, e.source.pathFrom(within), false)
	}
	if e.found == nil {
		return false
	}
	e.admission.depart(e.found)
	e.evicted = append(e.evicted, e.found)
	return true
}

// closeEvicted closes the chosen connections. Admission's lock must not be held.
func (e *eviction) closeEvicted() {
	for _, a := range e.evicted {
		a.evict()
	}
}

// search looks for the connection to evict in the fullest parts of n. path holds the nodes
// below n that lead to the newcomer's source; it is empty if that is not in n.
func (e *eviction) search(n *node, path []*node, slowOnly bool) {
	if n.level == levelSource {
		e.look(n, slowOnly)
		return
	}
	nodes := n.held.branches[e.resource].nodes
	for _, next := range nodes[:min(len(nodes), maxAlike)] {
		full := next.held.fullest[e.resource]
		if full < nodes[0].held.fullest[e.resource] {
			continue
		}
		switch load := e.load(path); {
		case len(path) == 0:
			e.search(next, nil, slowOnly)
		case next == path[0]:
			e.search(next, path[1:], slowOnly)
		case full > load:
			e.search(next, nil, slowOnly)
		case full == load && n.level != levelAll:
			// Both are part of one network that has too much: its slow or idle connections
			// give way to new ones.
			e.search(next, nil, true)
		}
	}
}

// load returns the highest load, counting the newcomer, of the nodes on a path.
func (e *eviction) load(path []*node) float64 {
	highest := 0.0
	for _, n := range path {
		highest = max(highest, n.load(e.resource, 1))
	}
	return highest
}

// look compares the connections of a source with what has been found so far.
func (e *eviction) look(n *node, slowOnly bool) {
	fair := !e.over(n, e.resource, 0)
	members := &n.held.members
	for range members.Len() {
		if e.looked++; e.looked > maxLooked {
			return
		}
		element := members.Front()
		members.MoveToBack(element) // so that the next search sees others first
		a, ok := element.Value.(*admitted)
		if !ok || a == e.arriving || a.evict == nil || a.has[e.resource] == 0 {
			continue
		}
		rank, slow := e.rankOf(a)
		if slowOnly && !slow || fair && rank.class == 2 {
			continue
		}
		if e.found == nil || rank.before(e.rank) {
			e.found, e.rank = a, rank
		}
	}
}

// rankOf returns the rank of a connection, and reports whether it is slow or idle.
func (e *eviction) rankOf(a *admitted) (r rank, slow bool) {
	r.active = time.Duration(a.heard.Load())
	silent := e.now - r.active
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
func (e *eviction) largest(r resource) bool {
	all := e.admission.sources.all
	if e.source.exempt || all.held == nil {
		return false
	}
	e.resource = r
	fullest := 0.0 // of the parts: the load of the whole may be higher than that of any
	if nodes := all.held.branches[r].nodes; len(nodes) > 0 {
		fullest = nodes[0].held.fullest[r]
	}
	return e.load(e.source.pathFrom(all)) > fullest && e.over(&e.source.node, r, 1)
}

// over reports whether a source, or a network that it is in, has more of a resource than its
// fair share, which is the part up to makeRoomFrom, divided equally among all nodes of its
// level that have some and one more. One is always fair.
func (e *eviction) over(n *node, r resource, more int) bool {
	for ; n != nil && n.level != levelAll; n = n.parent {
		fair := makeRoomFrom * float64(e.admission.limit(r)) / float64(e.admission.census[n.level][r]+1)
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

// makeRoom closes the connection for others. Its sessions may restore the screen, and their
// readers are told why.
func (c *conn) makeRoom() {
	c.server.logLimiter.warn(c.server.log, MadeRoom, "connection closed to make room", "remote", c.remote)
	c.mu.Lock()
	c.leaving = true
	c.mu.Unlock()
	c.each(func(s *session) { s.end(MadeRoom) })
	time.AfterFunc(leaveGrace, func() { c.end(MadeRoom) }) //nolint:forbidigo // one of a connection that is closed
	c.leaveIfIdle()
}

// leaveIfIdle closes a connection that makes room for others once its sessions are over.
func (c *conn) leaveIfIdle() {
	c.mu.Lock()
	leave := c.leaving && c.running == 0
	c.mu.Unlock()
	if leave {
		c.end(MadeRoom)
	}
}
