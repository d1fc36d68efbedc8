package sshd

import (
	"sync"
)

// roster knows who is here: the connections, and how many sessions run.
type roster struct {
	mu      sync.Mutex
	conns   map[*conn]struct{}
	running int
	quiet   chan struct{} // closed when no session runs; nil until asked for
	empty   chan struct{} // closed when no connection is left either; nil until asked for
}

func newRoster() *roster { return &roster{conns: make(map[*conn]struct{})} }

func (r *roster) add(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[c] = struct{}{}
}

func (r *roster) remove(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
	r.wake()
}

// start counts a session whose handler begins to run.
func (r *roster) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running++
}

// stop counts a session whose handler is done.
func (r *roster) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
	r.wake()
}

// sessions returns how many run.
func (r *roster) sessions() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running
}

// all returns the connections there are.
func (r *roster) all() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	conns := make([]*conn, 0, len(r.conns))
	for c := range r.conns {
		conns = append(conns, c)
	}
	return conns
}

// whenQuiet returns a channel that is closed as soon as no session runs;
// whenEmpty, one for when no connection is left either.
func (r *roster) whenQuiet() <-chan struct{} { return r.when(&r.quiet) }
func (r *roster) whenEmpty() <-chan struct{} { return r.when(&r.empty) }

func (r *roster) when(c *chan struct{}) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *c == nil {
		*c = make(chan struct{})
	}
	done := *c // wake may forget it
	r.wake()
	return done
}

// wake closes what has come true.
func (r *roster) wake() {
	if r.quiet != nil && r.running == 0 {
		close(r.quiet)
		r.quiet = nil
	}
	if r.empty != nil && r.running == 0 && len(r.conns) == 0 {
		close(r.empty)
		r.empty = nil
	}
}
