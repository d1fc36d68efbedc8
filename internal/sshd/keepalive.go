package sshd

import (
	"container/list"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// keepaliveRequest is the global request (RFC 4254 §4) that asks for a sign of
// life. The name is OpenSSH's; no client knows what it means, and each has to
// answer what it does not know.
const keepaliveRequest = "keepalive@openssh.com"

// maxUnanswered is how many times Config.KeepAlive a client may stay silent
// after it was asked. With the silence before that, a peer that has vanished is
// found within five of them.
const maxUnanswered = 3

// pulse finds the clients that have vanished: a laptop that was closed, a
// network that is gone, a proxy that keeps its own end open. TCP tells of none
// of these in less than a quarter of an hour once data is under way, and a
// proxy's kernel answers TCP's own keepalives for a client long dead.
//
// One timer serves all connections, and an idle one costs no goroutine. All
// wait equally long, so a queue in which who was looked at goes to the end is
// in the order of who is due: a timer wheel with one slot.
type pulse struct {
	every time.Duration // not above 0: nobody is looked at
	clock func() time.Duration

	mu    sync.Mutex
	queue *list.List // of *conn
	timer *time.Timer
}

func newPulse(every time.Duration, clock func() time.Duration) *pulse {
	return &pulse{every: every, clock: clock, queue: list.New()}
}

// watch looks after c from now on.
func (p *pulse) watch(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.every <= 0 || c.watched != nil {
		return
	}
	c.lookAt = p.clock() + p.every
	c.watched = p.queue.PushBack(c)
	if p.queue.Len() == 1 {
		p.sleep()
	}
}

// forget looks after c no more.
func (p *pulse) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.watched == nil {
		return
	}
	p.queue.Remove(c.watched)
	c.watched = nil
	if p.queue.Len() == 0 {
		p.timer.Stop()
	}
}

// sleep sets the timer to the first connection that is due.
func (p *pulse) sleep() {
	c := p.first()
	if c == nil {
		return
	}
	wait := max(0, c.lookAt-p.clock())
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.look) //nolint:forbidigo // one of the server
		return
	}
	p.timer.Reset(wait)
}

// first returns the connection that is due first, or nil.
func (p *pulse) first() *conn {
	if p.queue.Len() == 0 {
		return nil
	}
	c, _ := p.queue.Front().Value.(*conn)
	return c
}

// look looks at the connections that are due.
func (p *pulse) look() {
	for _, c := range p.due() {
		c.look()
	}
}

// due returns the connections to look at now, and puts them in line again.
func (p *pulse) due() []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.sleep()
	var due []*conn
	now := p.clock()
	for c := p.first(); c != nil && c.lookAt <= now; c = p.first() {
		c.lookAt = now + p.every
		p.queue.MoveToBack(c.watched)
		due = append(due, c)
	}
	return due
}

// look asks a client that was silent since the last look for a sign of life,
// and ends the connection of one that has given none for too long.
func (c *conn) look() {
	defer c.contain("looking after a connection")
	if c.silent() > maxUnanswered {
		c.end(Unanswered)
	}
}

// silent returns how many looks in a row, this one included, have found that
// nothing was received since the one before. If any, the client is asked.
func (c *conn) silent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if heard := c.received.Load(); heard != c.heard {
		c.heard, c.silences = heard, 0
		return 0
	}
	c.silences++
	// TCP loses nothing, so one question is enough until it is answered.
	if !c.asking && len(c.sessions) > 0 {
		client := c.sessions[0].ssh
		c.asking = c.account.Go(func() { c.ask(client) })
	}
	return c.silences
}

// ask waits for the client's answer, of whatever kind. x/crypto cannot send
// the question without waiting, so this takes a goroutine: for one round trip,
// or until the connection ends.
func (c *conn) ask(client gossh.Conn) {
	defer c.contain("asking for a sign of life")
	_, _, err := client.SendRequest(keepaliveRequest, true, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking = false
	if err == nil {
		c.heard, c.silences = c.received.Load(), 0
	}
}
