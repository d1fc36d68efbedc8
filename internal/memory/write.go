package memory

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"time"
)

const (
	batch    = 256                    // states that are written at once
	attempts = 8                      // to write a state that others change as well
	pauses   = 250 * time.Millisecond // between two writes at least
)

// pause waits.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// writeAll writes what has changed until ctx is done, and does what has to be done from time to time.
func (m *Memory) writeAll(ctx context.Context) {
	defer m.done.Done()
	ticker := time.NewTicker(m.o.Interval)
	defer ticker.Stop()
	m.takeUpAside()
	for ctx.Err() == nil {
		all := false
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			all = true
		case <-m.kick:
		}
		m.write(ctx, all)
		if all {
			m.chores(ctx)
		}
		m.takeUpAside()
		if m.health.failing() {
			m.probe(ctx)
		}
		pause(ctx, min(pauses, m.o.Interval))
	}
}

// probe checks whether a store that has failed answers again, and then wakes the loaders.
func (m *Memory) probe(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, m.o.Patience)
	defer cancel()
	_, err := m.store.Get(asking, postsKey)
	if ctx.Err() != nil {
		return
	}
	err = notFoundIsFine(err)
	m.health.note(reading, err)
	if err == nil {
		m.mu.Lock()
		m.load.Broadcast()
		m.mu.Unlock()
	}
}

func notFoundIsFine(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// write writes the states that have changed; with all, it first records where sessions are.
func (m *Memory) write(ctx context.Context, all bool) {
	if all {
		m.lookAtAll()
	}
	for range attempts {
		states := m.takeChanged()
		if len(states) == 0 {
			return
		}
		again := false
		for part := range slices.Chunk(states, batch) {
			conflicts, err := m.writeBatch(ctx, part)
			m.health.note(writing, err)
			if err != nil {
				m.putBack(states)
				return
			}
			again = again || conflicts
		}
		if !again {
			return
		}
	}
}

// lookAtAll records where all sessions are, a few readers at a time, since others wait for the lock.
func (m *Memory) lookAtAll() {
	const few = 64
	now := m.o.Now()
	m.mu.Lock()
	all := slices.Collect(maps.Values(m.byKey))
	m.mu.Unlock()
	for some := range slices.Chunk(all, few) {
		m.mu.Lock()
		for _, s := range some {
			s.mu.Lock()
			for _, r := range s.sessions {
				s.look(r, now)
			}
			s.pack()
			m.enqueue(s)
			s.mu.Unlock()
		}
		m.mu.Unlock()
	}
}

// takeChanged returns the states that are to be written.
func (m *Memory) takeChanged() []*state {
	m.mu.Lock()
	defer m.mu.Unlock()
	states := m.changed
	m.changed = nil
	for _, s := range states {
		s.mu.Lock()
		s.queued = false
		s.mu.Unlock()
	}
	return states
}

// putBack queues states to be written later.
func (m *Memory) putBack(states []*state) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range states {
		s.mu.Lock()
		m.enqueue(s)
		s.mu.Unlock()
	}
}

// snapshot is the content of a state that is to be written.
type snapshot struct {
	state   *state
	id      string
	marks   marks
	version uint64
	last    uint64
}

// writeBatch writes states at once. It reports whether some of them must be tried again because others had
// changed them. The error is the store's.
func (m *Memory) writeBatch(ctx context.Context, states []*state) (again bool, err error) {
	ctx, cancel := m.untilItsTime(ctx)
	defer cancel()
	states = m.admitted(states)
	for _, s := range states {
		switch err := m.writeKept(ctx, s); {
		case err == nil:
		case errors.Is(err, errNewer): // it stays as it is, and others are written
			m.health.newer(err)
			s.mu.Lock()
			s.keptWritten = s.keptVersion
			s.mu.Unlock()
		case errors.Is(err, ErrConflict): // again and again: others change it, too
			m.putBack([]*state{s})
		default:
			return false, err
		}
	}
	shots := m.snapshots(states)
	if len(shots) == 0 {
		return false, nil
	}
	all := make([]*marks, len(shots))
	for i := range shots {
		all[i] = &shots[i].marks
	}
	values, err := m.encode(ctx, all)
	if err != nil {
		return false, err
	}
	writes := make([]Write, len(shots))
	for i := range shots {
		writes[i] = Write{Key: marksKey(shots[i].id), Value: values[i], Last: shots[i].last}
		shots[i].marks.reads = roundReads(shots[i].marks.reads)
	}
	for i, answer := range putAll(ctx, m.store, writes) {
		switch {
		case answer.Err == nil:
			m.wrote(&shots[i], answer.Revision)
			m.health.writes.Add(1)
		case errors.Is(answer.Err, ErrConflict):
			if err := m.reload(ctx, shots[i].state); err != nil {
				return false, err
			}
			if err := m.readPosts(ctx); err != nil { // if the store has begun anew, the numbers have as well
				return false, err
			}
			m.putBack([]*state{shots[i].state})
			again = true
		default:
			err = answer.Err
		}
	}
	return again, err
}

// untilItsTime returns a context that lasts as long as the store may take to answer, or until ctx would have ended by
// itself: not only until nobody waits any more.
func (m *Memory) untilItsTime(ctx context.Context) (context.Context, context.CancelFunc) {
	wait := m.o.Patience
	if until, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(until))
	}
	return context.WithTimeout(context.WithoutCancel(ctx), wait)
}

// admitted returns the states that may be written: not those of new readers for whom there is no room, who
// stay until their sessions are over.
func (m *Memory) admitted(states []*state) []*state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(states), func(s *state) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.unwritten() || m.admit(s) {
			return false
		}
		if len(s.sessions) == 0 {
			m.drop(s)
		}
		return true
	})
}

// admit reports whether a state may be written, as far as is known: not if it is that of a new reader beyond
// the limit, who is counted. The lock of s is held.
func (m *Memory) admit(s *state) bool {
	if !s.stranger() {
		return true
	}
	s.admitted = m.admits(s.source)
	if !s.admitted && !s.refused {
		s.refused = true
		m.health.refused.Add(1)
	}
	return s.admitted
}

// stranger reports whether the store has nothing of the reader, who has not been admitted to it. The lock is held.
func (s *state) stranger() bool { return s.loaded && s.revision == 0 && !s.admitted }

// admits reports whether one more reader, of a source, may be remembered.
func (m *Memory) admits(source string) bool { return m.room() && m.joining.newcomer(source, m.o.Now()) }

// wouldAdmit reports what admits would, which takes nothing by that.
func (m *Memory) wouldAdmit(source string) bool {
	return m.room() && m.joining.mayCome(source, m.o.Now())
}

// room reports whether the store has room for new readers.
func (m *Memory) room() bool {
	l, ok := m.store.(Limited)
	return !ok || m.health.room(l.Room())
}

// snapshots returns what is to be written of states, and has those that are not loaded be loaded first.
func (m *Memory) snapshots(states []*state) []snapshot {
	var shots []snapshot
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range states {
		s.mu.Lock()
		switch {
		case !s.unwritten() || s.version == s.written:
			m.tidy(s)
		case !s.loaded:
			m.queue(s) // and is written then
		default:
			if s.active || s.known {
				s.marks().visited = max(s.marks().visited, m.visitedNow(s))
			}
			shots = append(shots, snapshot{s, s.id, *s.marks(), s.version, s.revision})
		}
		s.mu.Unlock()
	}
	return shots
}

// visitedNow returns the present time if the state has a session. The lock is held.
func (m *Memory) visitedNow(s *state) stamp {
	for _, r := range s.sessions {
		if !r.client.Passing {
			return m.now()
		}
	}
	return 0
}

// wrote notes that a state has been written.
func (m *Memory) wrote(shot *snapshot, revision uint64) {
	s := shot.state
	m.mu.Lock()
	defer m.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != shot.id {
		return
	}
	s.revision, s.written, s.known = revision, shot.version, s.known || !shot.marks.empty()
	if s.version == shot.version {
		s.set(shot.marks) // without what had no room
	}
	m.tidy(s)
}

// encode returns the records of states, in which all of their posts have numbers in the store, unless there are
// too many posts.
func (m *Memory) encode(ctx context.Context, all []*marks) ([][]byte, error) {
	values := make([][]byte, len(all))
	for range attempts {
		if err := m.numberPosts(ctx, all); err != nil {
			return nil, err
		}
		turn := m.posts.turns()
		for i, marks := range all {
			values[i] = encodeMarks(marks, m.posts)
		}
		if lacks := slices.ContainsFunc(all, m.posts.lacks) && !m.posts.full(); !lacks && m.posts.turns() == turn {
			return values, nil
		} // else others have given numbers, or begun anew with them, meanwhile
	}
	return nil, ErrConflict
}

// numberPosts has all posts of states have numbers in the store.
func (m *Memory) numberPosts(ctx context.Context, all []*marks) error {
	for range attempts {
		lacking := make([]*marks, 0, len(all))
		for _, marks := range all {
			if m.posts.lacks(marks) {
				lacking = append(lacking, marks)
			}
		}
		if len(lacking) == 0 && m.posts.generation() != 0 {
			return nil
		}
		var random [4]byte
		_, _ = rand.Read(random[:])
		value, last := m.posts.record(lacking, max(binary.BigEndian.Uint32(random[:]), 1))
		if m.posts.full() && last != 0 {
			return nil // the others are not marked
		}
		revision, err := m.store.Put(ctx, postsKey, value, last)
		switch {
		case err == nil:
			if err := m.posts.read(Record{Value: value, Revision: revision}, last); err != nil {
				return err
			}
		case errors.Is(err, ErrConflict):
			if err := m.readPosts(ctx); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return ErrConflict
}
