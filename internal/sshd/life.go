package sshd

import (
	"io"
	"time"
)

// endGrace is how long a handler may take to return when its session is ended
// from outside: time to restore a screen. After it the connection is closed,
// since nothing else wakes a handler that reads or writes.
const endGrace = 3 * time.Second

// run runs the handler on the session's second goroutine. The chain recovers
// its panics.
func (s *session) run() {
	defer s.finish()
	s.startWatch()
	s.server.ssh.Handler(s)
}

// end ends the session for a reason: its context is cancelled, and the handler
// has endGrace to return. Only the first reason counts.
func (s *session) end(why Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why != None {
		return
	}
	s.why = why
	if s.watch != nil {
		s.watch.Stop()
	}
	s.watch = time.AfterFunc(endGrace, func() { s.conn.end(why) }) //nolint:forbidigo // one of a session, which is counted
	s.ctx.cancel(&EndError{why})
}

// settle notes why the session is over, unless that is known already, and
// returns the reason that stays.
func (s *session) settle(why Reason) Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why == None {
		s.why = why
	}
	return s.why
}

// refuse notes that the session is not served. The handler that calls it
// returns; the client is told the reason's line and exit status 1.
func (s *session) refuse(why Reason) {
	s.settle(why)
	s.refused = true
	s.server.stats.refuse(why)
}

// outcome is the reason for the session's end as far as it is known when its
// handler has returned. A handler that reads to the end returns when the
// connection is lost, and that is no quitting.
func (s *session) outcome() Reason {
	why := s.conn.fate()
	if why == None {
		why = Quit
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why != None {
		why = s.why
	}
	return why
}

// channelClosed is called when the channel's requests have ended: the client
// has closed it, or the connection is gone.
func (s *session) channelClosed() {
	why := s.conn.fate()
	if why == None {
		why = ClientClosed
	}
	s.ctx.cancel(&EndError{s.settle(why)})
}

// finish ends the session after its handler: the client hears the reason, if
// there is one to tell, and the exit status.
func (s *session) finish() {
	defer s.conn.contain("ending a session")
	defer s.server.roster.stop()
	defer s.conn.stop()
	why := s.settle(s.outcome())
	s.mu.Lock()
	s.watch.Stop()
	s.mu.Unlock()
	if line := why.line(); line != "" {
		// Without an error check: this client may be the one that is gone.
		_, _ = io.WriteString(s.Stderr(), line+"\r\n")
	}
	_ = s.Exit(s.exitStatus()) // fails if the handler has done so, or the client is gone
	s.ctx.cancel(nil)
	s.server.record(s, why)
}

// exitStatus is what the client's ssh will exit with: 0 if the handler has
// returned by itself, else 1; or what the handler has said by Exit.
func (s *session) exitStatus() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.exited || s.why == Quit || s.why == None {
		return s.code
	}
	return 1
}
