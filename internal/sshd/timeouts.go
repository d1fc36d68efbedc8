package sshd

import (
	"time"
)

// startWatch arms the timer that ends a session without input, or one that has lasted too
// long. It fires only when something may be due (in a busy session about once per
// IdleTimeout) and needs no goroutine in between. All times are of the monotonic clock, so
// setting the machine's clock ends no session.
func (s *session) startWatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, left := s.deadline()
	if s.watch == nil { // otherwise the session was ended before it ran
		s.watch = time.AfterFunc(max(0, left-s.server.cfg.WarnBefore), s.look) //nolint:forbidigo // one of a session, which is counted
	}
}

// deadline returns why the session will end, if nothing changes, and in how long.
func (s *session) deadline() (Reason, time.Duration) {
	now := s.server.clock()
	why, left := None, time.Duration(1<<62)
	if limit := s.server.cfg.IdleTimeout; limit > 0 {
		why, left = Idle, time.Duration(s.traffic.lastInput.Load())+limit-now
	}
	if limit := s.server.cfg.SessionTimeout; limit > 0 {
		if l := s.since + limit - now; l < left {
			why, left = TimeLimit, l
		}
	}
	return why, left
}

// look is the timer's function. It warns or ends the session if it is time to, or sets the
// timer again.
func (s *session) look() {
	defer s.conn.contain("watching a session")
	why, left := s.deadline()
	if left <= 0 {
		s.end(why)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why != None {
		return // it has ended in between, and the timer now waits for its handler
	}
	before := s.server.cfg.WarnBefore
	if left > before {
		s.warned = None
		s.watch.Reset(left - before)
		return
	}
	// A key right after a warning moves the deadline by so little that the timer, which is
	// often late, may find less than WarnBefore left again: that needs a new warning.
	input := s.traffic.lastInput.Load()
	if s.warned != why || (why == Idle && input != s.warnedOf) {
		s.warned, s.warnedOf = why, input
		replace(s.notices, Notice{Reason: why, Left: left})
	}
	s.watch.Reset(left)
}
