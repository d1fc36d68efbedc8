package memory

import (
	"context"
	"errors"
	"slices"
)

// queue queues a state to be loaded, unless it is. The locks of m and s are held.
func (m *Memory) queue(s *state) {
	if !s.loaded {
		m.await(s)
	}
}

// await puts a state into the queue of those to be loaded. The locks of m and s are held.
func (m *Memory) await(s *state) {
	if s.waiting == nil && s.into == nil && !s.lost {
		s.waiting = m.waiting.PushBack(s)
		m.load.Signal()
	}
}

// unawait takes a state out of that queue. The locks of m and s are held.
func (m *Memory) unawait(s *state) {
	if s.waiting != nil {
		m.waiting.Remove(s.waiting)
		s.waiting = nil
	}
}

// requeue queues a state to be loaded again.
func (m *Memory) requeue(s *state) {
	m.mu.Lock()
	s.mu.Lock()
	m.await(s)
	s.mu.Unlock()
	m.mu.Unlock()
}

// loadAll loads states until ctx is done. While the store does not answer, it waits until it does again.
func (m *Memory) loadAll(ctx context.Context) {
	defer m.done.Done()
	for {
		m.mu.Lock()
		for !m.over && (m.waiting.Len() == 0 || m.health.failing()) {
			m.load.Wait()
		}
		if m.over {
			m.mu.Unlock()
			return
		}
		s, _ := m.waiting.Front().Value.(*state) // there is nothing else in it
		s.mu.Lock()
		m.unawait(s)
		s.mu.Unlock()
		m.mu.Unlock()
		err := m.loadOne(ctx, s)
		s.mu.Lock()
		s.tell()
		s.mu.Unlock()
		if err == nil {
			err = m.renew(ctx, s)
		}
		if err != nil && ctx.Err() == nil {
			pause(ctx, pauses)
			m.requeue(s)
		}
	}
}

// loadOne finds out which reader a state belongs to, if that is not known, and takes over what the store
// has of it. The error is the store's.
func (m *Memory) loadOne(ctx context.Context, s *state) error {
	ctx, cancel := context.WithTimeout(ctx, m.o.Patience)
	defer cancel()
	err := m.reload(ctx, s)
	m.health.note(reading, err)
	return err
}

func (m *Memory) reload(ctx context.Context, s *state) error {
	s.mu.Lock()
	id, keys, recheck, into := s.id, slices.Clone(s.keys), s.recheck, s.into
	s.mu.Unlock()
	if into != nil || id == "" && len(keys) == 0 {
		return nil
	}
	if id == "" {
		f, err := m.find(ctx, keys[0])
		if err == nil {
			m.settle(s, f)
		}
		return err
	}
	f, err := m.findReader(ctx, id)
	if err == nil && f.id != id { // joined meanwhile: what was kept here at the same time comes along
		if err = m.moveKept(ctx, id, f.id); errors.Is(err, errNewer) { // it stays where it is
			m.health.newer(err)
			err = nil
		}
	}
	if err != nil {
		return err
	}
	m.settle(s, f)
	s.mu.Lock()
	recheck = recheck || s.recheck
	s.mu.Unlock()
	if !recheck {
		return nil
	}
	for _, key := range keys {
		mine, err := m.find(ctx, key)
		if err != nil {
			return err
		}
		if mine.id != f.id {
			m.split(key, mine)
		}
	}
	s.mu.Lock()
	s.recheck = false
	s.mu.Unlock()
	return nil
}

// split moves a key that leads to another reader than before, of whom found is the state in the store.
func (m *Memory) split(key keyID, f found) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := m.byKey[key]
	if from == nil {
		return
	}
	to := m.moveKey(from, key, f)
	for _, s := range []*state{from, to} { // not while both are locked: tidy locks whichever is the oldest
		if s != nil {
			s.mu.Lock()
			m.tidy(s)
			s.mu.Unlock()
		}
	}
}

// moveKey moves a key with its sessions from one state to that of the reader that was found, which it
// returns; nil: it is that reader's already. Memory's lock is held.
func (m *Memory) moveKey(from *state, key keyID, f found) *state {
	from.mu.Lock()
	defer from.mu.Unlock()
	if from.id == f.id {
		return nil
	}
	to, there := m.byID[f.id]
	if !there {
		to = newState(key)
		to.id = f.id
		m.byID[f.id] = to
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	if there {
		to.keys = append(to.keys, key)
	}
	from.keys = slices.DeleteFunc(from.keys, func(k keyID) bool { return k == key })
	m.byKey[key] = to
	for _, r := range slices.Clone(from.sessions) {
		if r.key == key {
			from.remove(r)
			to.sessions = append(to.sessions, r)
			r.state.Store(to)
		}
	}
	if len(to.sessions) > 0 {
		m.returned(to)
	}
	to.keptLoaded = false // there may be more of it, from a reader that has joined
	to.takeOver(f)
	to.tell()
	from.tell()
	return to
}

// found is what the store has of a reader.
type found struct {
	id       string
	marks    marks
	revision uint64 // 0: there is no record
	floor    stamp  // of the key's marker
	pointed  bool   // the key's record says so
	leave    bool   // it is of a newer form
}

// findReader looks for a reader, or for the one that it is a part of now.
func (m *Memory) findReader(ctx context.Context, id string) (found, error) {
	const hops = 8 // joined again and again
	for hop := 0; ; hop++ {
		f, err := m.fetch(ctx, id)
		if err != nil || f.marks.moved.reader == "" || hop == hops {
			return f, err
		}
		id = f.marks.moved.reader
	}
}

// fetch returns the state of a reader in the store. The error is the store's; a damaged record counts as an
// empty one.
func (m *Memory) fetch(ctx context.Context, id string) (found, error) {
	f := found{id: id}
	record, err := m.store.Get(ctx, marksKey(id))
	if errors.Is(err, ErrNotFound) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	f.revision = record.Revision
	var unknown bool
	f.marks, unknown, err = decodeMarks(record.Value, m.posts)
	if err == nil && unknown {
		if err = m.readPosts(ctx); err == nil {
			f.marks, _, err = decodeMarks(record.Value, m.posts)
		}
	}
	return f, m.judge(&f, id, err)
}

// judge decides what to do with an unreadable record: a damaged one is overwritten.
func (m *Memory) judge(f *found, id string, err error) error {
	switch {
	case errors.Is(err, errNewer):
		f.leave = true
		m.health.newer(err)
	case errors.Is(err, errBroken):
		m.o.Logger.Error("what is kept of a reader is damaged, and begins anew", "reader", id)
	case err != nil:
		return err
	}
	return nil
}

// readPosts reads the posts' numbers in the store.
func (m *Memory) readPosts(ctx context.Context) error {
	known := m.posts.revision()
	record, err := m.store.Get(ctx, postsKey)
	if errors.Is(err, ErrNotFound) { // also if the store has begun anew
		m.posts.lost(0, known)
		return nil
	}
	if err != nil {
		return err
	}
	err = m.posts.read(record, known)
	if errors.Is(err, errBroken) {
		m.o.Logger.Error("the posts' numbers are damaged, and with them is lost which posts readers have read")
		m.posts.lost(record.Revision, known)
		return nil
	}
	return err
}

// settle makes a state that of a reader, by itself, or as a part of another state of the same reader.
func (m *Memory) settle(s *state, f found) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.into != nil || s.lost {
		return
	}
	if other := m.byID[f.id]; other != nil && other != s {
		other.mu.Lock()
		m.repoint(s, other)
		other.absorb(s)
		if len(other.sessions) > 0 {
			m.returned(other)
		}
		other.takeOver(f)
		m.enqueue(other)
		m.soon()
		other.mu.Unlock()
		return
	}
	if s.id != f.id { // it is a part of that one now, which nobody reads with here
		delete(m.byID, s.id)
		mine := withoutMoved(*s.marks())
		if s.loaded { // what the other one has forgotten was not the reader's here
			mine.forget(f.marks.floor)
		}
		s.set(*mine)
		s.revision = 0
		s.unloadKept()
	}
	s.id = f.id
	m.byID[s.id] = s
	s.takeOver(f)
	m.enqueue(s)
	m.soon()
	m.tidy(s)
}

// enqueue queues a state to be written, if it has to be. The locks of m and s are held.
func (m *Memory) enqueue(s *state) {
	if s.unwritten() && !s.queued {
		s.queued = true
		m.changed = append(m.changed, s)
	}
}

// repoint has the keys of a state lead to another one, of which it is to be a part. The locks of m and
// both are held.
func (m *Memory) repoint(from, to *state) {
	for _, key := range from.keys {
		m.byKey[key] = to
	}
	if m.byID[from.id] == from {
		delete(m.byID, from.id)
	}
	m.returned(from)
}

// takeOver merges what the store has into a state. The lock is held.
func (s *state) takeOver(f found) {
	s.leave = f.leave
	stored := f.marks
	stored.forget(f.floor)
	s.merge(&stored, f.revision)
	s.chargeAll()
}

// chargeAll has the accounts of all sessions pay for the state; those that cannot have none of it. The lock is held.
func (s *state) chargeAll() {
	for _, r := range slices.Clone(s.sessions) {
		if !r.charge(s) {
			s.remove(r)
			r.detach()
		}
	}
}

// watch follows what others change in the store.
func (m *Memory) watch(ctx context.Context) {
	defer m.watching.Done()
	for ctx.Err() == nil {
		err := m.store.Watch(ctx, m.changedOutside)
		if ctx.Err() == nil {
			m.health.note(reading, err)
			pause(ctx, m.o.Patience)
		}
	}
}

// changedOutside is called for a record that may have changed.
func (m *Memory) changedOutside(key string) {
	if len(key) < 3 {
		return
	}
	name := key[2:]
	m.mu.Lock()
	var s *state
	switch key[:2] {
	case "m.":
		s = m.byID[name]
	case "h.":
		if kept := m.byID[name]; kept != nil {
			kept.mu.Lock()
			kept.keptLoaded = false // it is read again for who asks
			kept.keptChanges++
			kept.tell()
			kept.mu.Unlock()
		}
	case "k.":
		if id, ok := parseKeyID(name); ok {
			s = m.byKey[id]
		}
		if s != nil {
			s.mu.Lock()
			s.recheck = true
			s.mu.Unlock()
		}
	}
	m.mu.Unlock()
	if s != nil {
		m.requeue(s)
	}
}
