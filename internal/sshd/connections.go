package sshd

import "sync"

// connections is the set of open connections and the number of running sessions.
type connections struct {
	mu      sync.Mutex
	conns   map[*conn]struct{} //ledger:counted at most Config.MaxConns
	running int
	quiet   chan struct{} // closed when no session runs; nil until asked for
	empty   chan struct{} // closed when no connection is left either; nil until asked for
}

func newConnections() *connections { return &connections{conns: make(map[*conn]struct{})} }

func (c *connections) add(nc *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns[nc] = struct{}{}
}

func (c *connections) remove(nc *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, nc)
	c.wake()
}

// start counts a session whose handler is about to run.
func (c *connections) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running++
}

// stop counts a session whose handler has returned.
func (c *connections) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	c.wake()
}

// sessions returns the number of running sessions.
func (c *connections) sessions() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running
}

// all returns the open connections.
func (c *connections) all() []*conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	conns := make([]*conn, 0, len(c.conns))
	for nc := range c.conns {
		conns = append(conns, nc)
	}
	return conns
}

// whenQuiet returns a channel that is closed as soon as no session runs, and
// whenEmpty one that is closed as soon as no connection is open either.
func (c *connections) whenQuiet() <-chan struct{} { return c.when(&c.quiet) }
func (c *connections) whenEmpty() <-chan struct{} { return c.when(&c.empty) }

func (c *connections) when(event *chan struct{}) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *event == nil {
		*event = make(chan struct{})
	}
	done := *event // wake may set it to nil
	c.wake()
	return done
}

// wake closes the channels whose condition holds. The lock is held.
func (c *connections) wake() {
	if c.quiet != nil && c.running == 0 {
		close(c.quiet)
		c.quiet = nil
	}
	if c.empty != nil && c.running == 0 && len(c.conns) == 0 {
		close(c.empty)
		c.empty = nil
	}
}
