package memory

import (
	"errors"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"
)

// aside is what the file of a Memory before this one has, as long as the store has not taken it.
type aside struct {
	mu   sync.Mutex
	file asideFile
	info os.FileInfo // the file that was read; nil: none
	left os.FileInfo // one that is left alone
	back []*state    //ledger:counted by maxAside: those of it that are not written yet
}

// takeUpAside has what a Memory before this one could not write be written, as far as there is memory for it, and
// removes the file once the store has all of it. A process in whose place this one is may still leave one.
func (m *Memory) takeUpAside() {
	if m.o.Aside == "" {
		return
	}
	a := &m.aside
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.info == nil {
		m.readAside()
	}
	if a.info == nil {
		return
	}
	m.takeBack()
	a.back = slices.DeleteFunc(a.back, (*state).isWritten)
	if len(a.file.states)+len(a.back) == 0 {
		m.removeAside()
		m.o.Logger.Info("what could not be written of readers before the server was started is written now")
	}
}

// isWritten reports whether the store has a state, or is not to have it any more.
func (s *state) isWritten() bool {
	for at := s; at != nil; {
		at.mu.Lock()
		into, lacks := at.into, at.unwritten()
		at.mu.Unlock()
		if into == nil {
			return !lacks
		}
		at = into
	}
	return true
}

// readAside reads the file, if there is one. The lock of m.aside is held.
func (m *Memory) readAside() {
	a := &m.aside
	content, info, err := readAside(m.o.Aside)
	if info == nil && err == nil || sameFile(info, a.left) {
		return
	}
	var f asideFile
	if err == nil {
		f, err = m.decodeAside(content)
	}
	switch {
	case errors.Is(err, errNewer):
		m.health.newer(err)
		a.left = info
	case errors.Is(err, errBroken):
		m.o.Logger.Error("what could not be written of readers before is damaged, or belongs to another secret, and is removed", "file", m.o.Aside, "error", err)
		a.info = info
		m.removeAside()
	case err != nil:
		m.o.Logger.Error("what could not be written of readers before cannot be read", "file", m.o.Aside, "error", err)
		a.left = info
	case oldAside(f.written, m.now()): // what has been forgotten since then may not be known any more
		m.health.lost.Add(uint64(len(f.states)))
		m.o.Logger.Warn("what could not be written of readers is too old to be written now, and is removed", "file", m.o.Aside, "readers", len(f.states))
		a.info = info
		m.removeAside()
	default:
		a.file, a.info = f, info
	}
}

// oldAside reports whether markers of what has been forgotten since then may be gone.
func oldAside(written, now stamp) bool { return written+stamp(MarkerKept/1e9) < now }

// removeAside removes the file that was read, unless another one has taken its place. The lock of m.aside is held.
func (m *Memory) removeAside() {
	if now, err := os.Stat(m.o.Aside); err == nil && sameFile(now, m.aside.info) {
		if err = os.Remove(m.o.Aside); err == nil {
			err = syncDir(m.o.Aside)
		}
		if err != nil {
			m.o.Logger.Warn("what is written of readers by now cannot be removed", "file", m.o.Aside, "error", err)
			m.aside.left = now
		}
	}
	m.aside.file, m.aside.info = asideFile{}, nil
}

// takeBack has states of the file wait to be written: the oldest first, as long as there is memory for them. The lock
// of m.aside is held.
func (m *Memory) takeBack() {
	a := &m.aside
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(a.file.states) > 0 && !m.over {
		last := len(a.file.states) - 1
		of, ok := a.file.decode(a.file.states[last])
		if ok {
			s := m.takeBackOne(&of)
			if s == nil {
				return
			}
			a.back = append(a.back, s)
		}
		a.file.states = a.file.states[:last]
		m.soon()
	}
}

// takeBackOne has a state wait to be written, and returns it; nil: there is no memory for it. The lock of m is held.
func (m *Memory) takeBackOne(of *setAside) *state {
	s := m.byID[of.id]
	if of.id == "" {
		s = m.byKey[of.keys[0]]
	}
	if s == nil {
		s = &state{open: &marks{}, id: of.id, recheck: of.id != "", keys: slices.DeleteFunc(of.keys, func(k keyID) bool { return m.byKey[k] != nil })}
		size := s.size() + of.size()
		if !m.hold(size) {
			return nil
		}
		s.bytes = size
		m.left = append(m.left, s)
		for _, k := range s.keys {
			m.byKey[k] = s
		}
		if s.id != "" {
			m.byID[s.id] = s
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takeBack(of)
	m.queue(s)
	m.enqueue(s)
	return s
}

func (of *setAside) size() int64 {
	n := of.marks.size()
	if of.kept != nil {
		n += of.kept.size()
	}
	return n
}

// takeBack merges what could not be written before into a state. The lock is held.
func (s *state) takeBack(of *setAside) {
	s.set(mergeMarks(s.marks(), &of.marks))
	s.active, s.admitted = true, true // it was, or is one of so few
	s.touch()
	if of.kept != nil {
		mine := kept{}
		if s.kept != nil {
			mine = *s.kept
		}
		merged := mergeKept(&mine, of.kept)
		s.kept = &merged
		s.keptVersion++
	}
	s.chargeAll()
}

// leaveAside has what the store has not taken be in the file, counts what is lost, and tells of both.
func (m *Memory) leaveAside() {
	a := &m.aside
	a.mu.Lock()
	defer a.mu.Unlock()
	states := m.unwritten()
	add := func(f *asideFile) {
		for _, state := range f.states {
			if of, ok := f.decode(state); ok {
				states = append(states, of)
			}
		}
	}
	add(&a.file)
	others, err := m.asideOfOthers()
	add(&others)
	switch {
	case len(states) == 0:
		if a.info != nil {
			m.removeAside()
		}
		return
	case m.o.Aside == "":
		err = errors.New("there is no folder of state to keep it in")
	}
	room := 0
	if err == nil {
		var file []byte
		file, room = m.encodeAside(states)
		if err = writeAside(m.o.Aside, file); err != nil {
			room = 0
		}
	}
	if room > 0 {
		m.o.Logger.Warn("not all of what readers have done could be written; it is kept in a file, and written after the next start", "readers", room, "file", m.o.Aside)
	}
	if lost := states[room:]; len(lost) > 0 {
		if err == nil {
			err = errors.New("there are more of them than the file has room for")
		}
		m.health.lost.Add(uint64(len(lost)))
		m.o.Logger.Error("what readers did last is lost: their store has not taken it until the end", "readers", len(lost), "error", err)
	}
}

// asideOfOthers returns what another process has left in the file meanwhile. The error says that the file must not be
// written over.
func (m *Memory) asideOfOthers() (f asideFile, err error) {
	if m.o.Aside == "" {
		return f, nil
	}
	content, info, err := readAside(m.o.Aside)
	if err == nil && info != nil && !sameFile(info, m.aside.info) {
		f, err = m.decodeAside(content)
	}
	if err == nil && info != nil && oldAside(f.written, m.now()) {
		f = asideFile{}
	}
	if !errors.Is(err, errNewer) {
		err = nil
	}
	return f, err
}

// unwritten returns what the store has not taken, the newest first.
func (m *Memory) unwritten() (states []setAside) {
	m.mu.Lock()
	defer m.mu.Unlock()
	add := func(s *state) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if of, ok := m.asideOf(s); ok {
			states = append(states, of)
		}
	}
	seen := make(map[*state]bool, len(m.byKey))
	for _, s := range m.left {
		seen[s] = true
	}
	for _, all := range [...]iter.Seq[*state]{maps.Values(m.byKey), maps.Values(m.byID)} {
		for s := range all {
			if !seen[s] {
				seen[s] = true
				add(s)
			}
		}
	}
	for _, s := range slices.Backward(m.left) {
		add(s)
	}
	return states
}

// asideOf returns what the store lacks of a state, unless it is one newcomer too many. The locks of m and s are held.
func (m *Memory) asideOf(s *state) (setAside, bool) {
	if !s.unwritten() || !m.admit(s) {
		return setAside{}, false
	}
	of := setAside{id: s.id, keys: slices.Clone(s.keys), marks: *s.marks()}
	if s.active || s.known {
		of.marks.visited = max(of.marks.visited, m.visitedNow(s))
	}
	if s.kept != nil && s.keptVersion != s.keptWritten {
		k := *s.kept
		of.kept = &k
	}
	return of, len(of.keys) > 0 || of.id != ""
}
