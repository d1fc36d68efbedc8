package memory

import (
	"context"
	"slices"
	"time"
)

// changes records that a state has changed.
func (m *Memory) changes(s *state, soon bool) {
	m.mu.Lock()
	s.mu.Lock()
	if !s.queued && s.into == nil {
		s.queued = true
		m.changed = append(m.changed, s)
	}
	s.mu.Unlock()
	m.mu.Unlock()
	if soon {
		m.soon()
	}
}

// release frees a state after its last session, once it is written.
func (m *Memory) release(s *state) {
	m.mu.Lock()
	s.mu.Lock()
	m.tidy(s)
	write := s.unwritten()
	s.mu.Unlock()
	m.mu.Unlock()
	if write {
		m.changes(s, true)
	}
}

// Flush waits, after Close, until the store has what the reader has done, as long as it works and ctx lasts: for a
// reader who is about to come back somewhere else.
func (r *Reader) Flush(ctx context.Context) {
	const look = 5 * time.Millisecond
	lacks := func() bool {
		s := r.state.Load()
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.unwritten()
	}
	for lacks() && r.memory.health.works() && ctx.Err() == nil {
		pause(ctx, look)
	}
}

// tidy frees a state without sessions if it is written, and otherwise counts its size: above the limit the
// oldest unwritten states are lost. The locks of m and s are held.
func (m *Memory) tidy(s *state) {
	if len(s.sessions) > 0 || s.into != nil {
		return
	}
	if !s.unwritten() {
		m.drop(s)
		return
	}
	if s.bytes > 0 {
		return
	}
	for size := s.size(); !m.hold(size); {
		oldest := s
		if len(m.left) > 0 {
			oldest = m.left[0]
			oldest.mu.Lock()
		}
		m.drop(oldest)
		oldest.lost = true
		m.health.lost.Add(1)
		if oldest == s {
			return
		}
		oldest.mu.Unlock()
	}
	s.bytes = s.size()
	m.left = append(m.left, s)
}

// hold takes memory for a state that nobody reads with, and reports whether there is some. The lock of m is held.
func (m *Memory) hold(bytes int64) bool {
	if m.bytes+bytes > m.o.Unwritten || m.o.Waiting != nil && !m.o.Waiting.Take(bytes) {
		return false
	}
	m.bytes += bytes
	return true
}

// drop frees a state. The locks of m and s are held.
func (m *Memory) drop(s *state) {
	m.returned(s)
	m.unawait(s)
	for _, key := range s.keys {
		if m.byKey[key] == s {
			delete(m.byKey, key)
		}
	}
	if m.byID[s.id] == s {
		delete(m.byID, s.id)
	}
}

// returned removes a state from those without sessions. The locks of m and s are held.
func (m *Memory) returned(s *state) {
	if s.bytes > 0 {
		m.bytes -= s.bytes
		if m.o.Waiting != nil {
			m.o.Waiting.Give(s.bytes)
		}
		s.bytes = 0
		m.left = slices.DeleteFunc(m.left, func(other *state) bool { return other == s })
	}
}
