package memory

import (
	"container/list"
	"slices"
	"sync"
	"time"
)

// state is what is known of a reader whose sessions are here, or of one that is not written yet.
//
// Memory's lock is taken before a state's, and only under Memory's lock two states' are held.
type state struct {
	mu       sync.Mutex
	keys     []keyID   //ledger:counted by sessions' accounts: those that lead here, in this process
	id       string    // in the keys of records; "" until it is known
	into     *state    // not nil: it is a part of that one now
	sessions []*Reader //ledger:counted by their accounts
	open     *marks    // nil: it is packed
	packed   []byte
	used     bool          // since it was to be packed
	revision uint64        // of the record of marks; 0: there is none
	version  uint64        // of marks: more with each change
	written  uint64        // the version that the store has
	queued   bool          // in Memory.changed
	waiting  *list.Element // in Memory.waiting; nil: it is not
	loaded   bool
	recheck  bool // its keys may belong to other readers now
	leave    bool // it is of a newer form and must not be written
	lost     bool // there was no room to wait in
	first    bool // there was no record
	known    bool // there was one that was not only of what was forgotten
	active   bool // a post was opened, or something chosen: the reader is worth a record
	source   string
	admitted bool // it may be written, see admit
	refused  bool // it was not, and is counted
	since    stamp
	changed  chan struct{} // nil: nobody waits for it

	kept         *kept // nil: not loaded and nothing added
	keptLoaded   bool
	keptRevision uint64
	keptVersion  uint64
	keptWritten  uint64
	keptRemoves  bool   // something was removed that the store still has
	keptChanges  uint64 // notified changes of the record by others
	bytes        int64  // in Memory.left
	elsewhere    spot   // the last place that came from outside
}

func newState(key keyID) *state {
	return &state{keys: []keyID{key}, open: &marks{}}
}

// touch notes that marks have changed here. The lock is held.
func (s *state) touch() { s.version++ }

// tell wakes those who wait for a change from outside. The lock is held.
func (s *state) tell() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// whenChanged returns a channel that is closed by tell. The lock is held.
func (s *state) whenChanged() <-chan struct{} {
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// marks returns what is known of posts and settings. The lock is held.
func (s *state) marks() *marks {
	s.used = true
	if s.open == nil {
		m, _, _ := decodeMarks(s.packed, ownNumbers{}) // which has been made by pack
		s.open, s.packed = &m, nil
	}
	return s.open
}

// set replaces what marks returns. The lock is held.
func (s *state) set(m marks) { *s.marks() = m }

// pack has a state take less memory, if the store has all of it and nobody has asked for anything since it
// was tried last. The lock is held.
func (s *state) pack() {
	if !s.used && s.loaded && s.open != nil && s.version == s.written {
		s.packed = slices.Clip(marksRecord(s.open, ownNumbers{}))
		s.open = nil
	}
	s.used = false
}

// ownNumbers is the numbering that keeps the process's own numbers.
type ownNumbers struct{}

func (ownNumbers) generation() uint32                   { return 1 }
func (ownNumbers) stored(post uint32) (uint32, bool)    { return post, true }
func (ownNumbers) process(stored uint32) (uint32, bool) { return stored, true }

// unwritten reports whether the store lacks something that it should have. The lock is held.
func (s *state) unwritten() bool {
	if s.leave || s.lost || s.into != nil {
		return false
	}
	return s.version != s.written && s.worth() || s.keptVersion != s.keptWritten
}

// worth reports whether there is something to be kept: not a first visit on which no post was opened.
func (s *state) worth() bool { return s.known || s.active || s.marks().floor != 0 }

// size is about what the state takes in memory, in bytes. The lock is held.
func (s *state) size() int64 {
	const self = 512
	n := self + s.marks().size()
	if s.kept != nil {
		n += s.kept.size()
	}
	return n
}

// merge takes over what the store has. The lock is held.
func (s *state) merge(stored *marks, revision uint64) {
	before := *s.marks()
	if !s.loaded {
		s.since = stored.visited
		s.first = stored.empty() && stored.floor == 0
	}
	for _, p := range stored.places {
		if mine, ok := before.place(p.post); s.loaded && (!ok || p.at > mine.at) && p.at > s.elsewhere.at {
			s.elsewhere = p
		}
	}
	s.known = s.known || !stored.empty()
	merged := mergeMarks(s.marks(), stored)
	if s.loaded && merged.floor > before.floor {
		s.forgot(merged.floor)
	}
	s.set(merged)
	s.revision = revision
	if !sameMarks(&merged, &before) {
		s.touch() // what is just being written is not all that is known any more
	}
	switch {
	case !sameMarks(&merged, stored):
		s.touch()
	case s.version != s.written:
		s.written = s.version
	}
	if !s.loaded || !sameMarks(&merged, &before) {
		s.loaded = true
		s.tell()
	}
}

// forgot empties what is kept beside the marks. The lock is held.
func (s *state) forgot(floor stamp) {
	s.since, s.elsewhere, s.active, s.known, s.first = 0, spot{}, false, false, false
	if s.kept != nil {
		s.kept.forget(floor)
		if len(s.kept.bookmarks)+len(s.kept.highlights) == 0 { // else what is newer may still have to be written
			s.keptWritten = s.keptVersion
		}
	}
}

func sameMarks(a, b *marks) bool {
	return a.floor == b.floor && a.visited == b.visited && a.renewed == b.renewed && a.dropped == b.dropped && a.moved == b.moved && a.settings == b.settings &&
		slices.Equal(a.reads, b.reads) && slices.Equal(a.places, b.places) && slices.Equal(a.keys, b.keys) && slices.Equal(a.rest, b.rest) &&
		a.kept.at == b.kept.at && slices.Equal(a.kept.posts, b.kept.posts)
}

// absorb merges another state into this one, to whose reader it belongs. Memory's lock and those of both are
// held.
func (s *state) absorb(other *state) {
	s.set(mergeMarks(s.marks(), withoutMoved(*other.marks())))
	s.touch()
	s.active = s.active || other.active
	other.unloadKept()
	if other.kept != nil {
		mine := kept{}
		if s.kept != nil {
			mine = *s.kept
		}
		merged := mergeKept(&mine, other.kept)
		s.kept, s.keptRemoves = &merged, s.keptRemoves || other.keptRemoves
		s.keptVersion++
	}
	s.keptLoaded = false // what the other one has written is in the same record now
	for _, r := range other.sessions {
		r.state.Store(s)
	}
	s.sessions = append(s.sessions, other.sessions...)
	s.keys = append(s.keys, other.keys...)
	other.sessions, other.keys, other.into = nil, nil, s
	other.tell()
	s.tell()
}

// unloadKept has what is kept be that of another reader, of which a state is to be a part: what is written
// comes back with the other's, and nothing that was forgotten here was forgotten there. The lock is held.
func (s *state) unloadKept() {
	s.keptLoaded, s.keptRevision = false, 0
	switch {
	case s.kept == nil:
	case s.keptVersion == s.keptWritten:
		s.kept = nil
	default:
		mine := *s.kept
		mine.floor = 0
		s.kept = &mine
	}
}

// withoutMoved returns a state without the information about the reader itself: that it was joined, its keys,
// and what was forgotten.
func withoutMoved(m marks) *marks {
	m.moved, m.keys, m.floor = movedTo{}, nil, 0
	return &m
}

// look records where a session is. The lock is held.
func (s *state) look(r *Reader, now time.Time) {
	if r.where == nil || !r.reading {
		return
	}
	p := r.where()
	seen := p.hash(r.post)
	if seen == r.seen {
		return
	}
	r.seen = seen
	p.When = now
	s.setPlace(r, p)
}

// setPlace notes where a session is. The lock is held.
func (s *state) setPlace(r *Reader, p Place) {
	at := spot{
		post: r.post, block: small(int64(p.Block)), line: small(int64(p.Line)), lines: small(int64(p.Lines)), sum: p.Sum,
		at: stampOf(p.When), percent: uint8(min(max(p.Percent, 0), 100)),
	}
	last, there := s.marks().place(r.post)
	moved := last
	moved.at = at.at
	if there && moved == at || r.finished {
		return
	}
	s.marks().setPlace(at)
	s.active = true
	s.touch()
}

// hash returns a hash of a place in a post, without its time.
func (p *Place) hash(post uint32) uint64 {
	h := p.Sum ^ 14695981039346656037
	for _, v := range [...]int{int(post), p.Block, p.Line, p.Lines, p.Percent} {
		h = (h ^ uint64(v)) * 1099511628211 //nolint:gosec // a hash
	}
	return h
}
