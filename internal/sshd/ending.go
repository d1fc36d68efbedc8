package sshd

import (
	"sync"
	"time"
)

// ending records how the input of an author's session has ended: by the client, or because the connection was
// lost. The library reports both alike.
type ending struct {
	once  sync.Once
	over  chan struct{} // closed when the handler has read the end
	whole bool          // set before
}

// Whole reports, when a session of an author has read its input's end, whether the client has ended
// it. Otherwise the connection was lost, or the server has ended it, and more may have been meant to
// come.
func (s *session) Whole() bool {
	e := s.ending.Load()
	if e == nil {
		return s.conn.fate() == None
	}
	select {
	case <-e.over:
		return e.whole
	default:
		return false
	}
}

// readEnd records that the handler has read the input's end.
func (s *session) readEnd() {
	e := s.ending.Load()
	if e == nil {
		return
	}
	e.once.Do(func() {
		s.mu.Lock()
		session := s.why
		s.mu.Unlock()
		s.conn.mu.Lock()
		conn := s.conn.why
		s.conn.mu.Unlock()
		// A client that leaves right after its end may close the connection before it has our answer.
		own := func(why Reason) bool { return why == None || why == ClientClosed || why == ConnectionLost }
		e.whole = !s.conn.gone.Load() && own(session) && own(conn)
		close(e.over)
	})
}

// awaitEnd gives the handler a moment to read what came before the connection was lost, and the
// end, if the client has sent that.
func (s *session) awaitEnd() {
	e := s.ending.Load()
	if e == nil {
		return
	}
	timer := time.NewTimer(emptyAfter)
	defer timer.Stop()
	select {
	case <-e.over:
	case <-timer.C:
	}
}
