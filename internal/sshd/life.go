package sshd

import (
	"io"
	"time"
)

// endGrace is how long a handler may take to return when its session is ended from
// outside, so that it can restore the screen. Then the connection is closed, since
// nothing else wakes a handler that reads or writes.
const endGrace = 3 * time.Second

// run runs the handler on the session's second goroutine. The chain recovers
// its panics.
func (s *session) run() {
	defer close(s.over)
	defer s.conn.contain("discarding input")
	defer s.discard()
	defer s.finish()
	s.startWatch()
	s.server.chain(s)
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

// settle records why the session is over, unless that is known already, and
// returns the reason that counts.
func (s *session) settle(why Reason) Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why == None {
		s.why = why
	}
	return s.why
}

// refuse records that the session is not served. The caller has to return; the client is
// told the reason's line and exit status 1.
func (s *session) refuse(why Reason) {
	s.settle(why)
	s.refused = true
	s.server.stats.refuse(why)
}

// outcome returns the reason for the session's end, called when its handler has returned.
// A handler also returns because the connection is lost: that is not Quit.
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

// finish ends the session after its handler: the client is told the reason, if it has a
// line, and the exit status.
func (s *session) finish() {
	defer s.conn.contain("ending a session")
	defer s.server.connections.stop()
	defer s.conn.stop()
	why := s.settle(s.outcome())
	s.mu.Lock()
	s.watch.Stop()
	s.mu.Unlock()
	if line := why.line(); line != "" {
		// The error is ignored: the client may be gone.
		_, _ = io.WriteString(s.Stderr(), line+s.lineEnd())
	}
	_ = s.Exit(s.exitStatus()) // fails if the handler has done so, or the client is gone
	s.ctx.cancel(nil)
	s.server.record(s, why)
}

// exitCode returns the status with which the handler has called Exit, or 0.
func (s *session) exitCode() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.code
}

// exitStatus returns the status that the client's ssh exits with: the handler's own if it
// has called Exit, 0 if it has returned by itself, otherwise 1.
func (s *session) exitStatus() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.exited || s.why == Quit || s.why == None {
		return s.code
	}
	return 1
}

// lineEnd returns what ends a line on the session's standard error: with a terminal, which is in raw
// mode, more than without.
func (s *session) lineEnd() string {
	if s.hasPty {
		return "\r\n"
	}
	return "\n"
}
