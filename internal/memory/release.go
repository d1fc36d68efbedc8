package memory

import "slices"

// changes notes that a state has changed.
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

// release lets go of a state after a session is over, once it is written.
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

// tidy lets go of a state that has no session if it is written, and otherwise counts what it takes: of
// what is too much the oldest is lost. The locks of m and s are held.
func (m *Memory) tidy(s *state) {
	if len(s.sessions) > 0 || s.into != nil {
		return
	}
	if !s.unwritten() {
		m.drop(s)
		return
	}
	if s.bytes == 0 {
		s.bytes = s.size()
		m.bytes += s.bytes
		m.left = append(m.left, s)
	}
	for m.bytes > m.o.Unwritten && len(m.left) > 0 {
		oldest := m.left[0]
		if oldest != s {
			oldest.mu.Lock()
		}
		m.drop(oldest)
		oldest.leave = true
		if oldest != s {
			oldest.mu.Unlock()
		}
		m.health.lost.Add(1)
	}
}

// drop lets go of a state. The locks of m and s are held.
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

// returned notes that a state is not one that nobody reads with. The locks of m and s are held.
func (m *Memory) returned(s *state) {
	if s.bytes > 0 {
		m.bytes -= s.bytes
		s.bytes = 0
		m.left = slices.DeleteFunc(m.left, func(other *state) bool { return other == s })
	}
}
