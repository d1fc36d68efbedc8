package sshd

import (
	"time"
)

// startWatch arms the timer that ends a session without input, and one that
// has lasted too long. It sleeps until something may be due (a busy session
// wakes it about once an IdleTimeout) and needs no goroutine meanwhile. All is
// reckoned on the monotonic clock, so setting the machine's clock ends nobody.
func (s *session) startWatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, left := s.deadline()
	if s.watch == nil { // else the session was ended before it ran
		s.watch = time.AfterFunc(max(0, left-s.server.cfg.WarnBefore), s.look) //nolint:forbidigo // one of a session, which is counted
	}
}

// deadline returns the reason that will end the session first, and in how
// long.
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

// look warns or ends the session if it is time to, else it sleeps on.
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
		return // it has ended meanwhile, and the timer serves another purpose
	}
	before := s.server.cfg.WarnBefore
	if left > before {
		s.warned = None
		s.watch.Reset(left - before)
		return
	}
	// A key right after a warning moves the end by so little that the timer,
	// which is never early and often late, may find nothing left before the next.
	input := s.traffic.lastInput.Load()
	if s.warned != why || (why == Idle && input != s.warnedOf) {
		s.warned, s.warnedOf = why, input
		replace(s.notices, Notice{Reason: why, Left: left})
	}
	s.watch.Reset(left)
}
