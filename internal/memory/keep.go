package memory

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Errors for readers.
var (
	// ErrUnknown says that nothing is kept of a reader in this session.
	ErrUnknown = errors.New("nothing is kept of you in this session")
	// errLeave says that a record is of a newer form.
	errLeave = errors.New("what you have kept was written by a newer version of the server, and stays as it is")
	// errStranger is for a reader beyond the limit of new ones, see [Reader.First].
	errStranger = errors.New("no more new readers are remembered at the moment, so that is not kept: try again later")
	// errNoMemory is for a session whose account has no more.
	errNoMemory = errors.New("the server has no memory left for what you have kept: try again in a minute")
	// ErrAway is for a store that does not answer.
	ErrAway = errors.New("what is kept of you cannot be reached at the moment: try again in a minute")
)

// ready waits until the state is loaded, and returns it and the reader's id.
func (r *Reader) ready(ctx context.Context) (s *state, id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.memory.o.Patience)
	defer cancel()
	for {
		var loaded, leave bool
		var changed <-chan struct{}
		r.with(func(at *state) { s, id, loaded, leave, changed = at, at.id, at.loaded, at.leave, at.whenChanged() })
		switch {
		case leave:
			return nil, "", ErrUnknown
		case loaded:
			return s, id, nil
		case r.memory.health.failing():
			return nil, "", ErrAway
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, "", ErrAway
		}
	}
}

// away records an error of the store, and returns the one for the reader. If the reader's context has ended,
// that says nothing about the store.
func (m *Memory) away(ctx context.Context, doing int, err error) error {
	switch {
	case err == nil:
		m.health.note(doing, nil)
		return nil
	case errors.Is(err, errNewer):
		m.health.newer(err)
		return errLeave
	case ctx.Err() == nil:
		m.health.note(doing, err)
	}
	return ErrAway
}

// loadKept loads a reader's bookmarks and highlights.
func (r *Reader) loadKept(ctx context.Context) (*state, error) {
	s, id, err := r.ready(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	loaded, changes := s.keptLoaded, s.keptChanges
	room := r.closed || !loaded || r.charge(s)
	s.mu.Unlock()
	switch {
	case !room:
		return nil, errNoMemory
	case loaded && !r.memory.untold():
		return s, nil
	}
	asking, cancel := context.WithTimeout(ctx, r.memory.o.Patience)
	defer cancel()
	stored, revision, err := r.memory.fetchKept(asking, id)
	if err := r.memory.away(ctx, reading, err); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.kept
	if before != nil {
		stored = mergeKept(before, &stored)
	}
	stored.forget(s.marks().floor)
	if s.kept = &stored; !r.closed && !r.charge(s) {
		s.kept = before
		return nil, errNoMemory
	}
	s.keptLoaded, s.keptRevision = s.keptChanges == changes, revision
	return s, nil
}

// untold reports whether others may change the store without a notification.
func (m *Memory) untold() bool {
	s, ok := m.store.(Sharer)
	return ok && s.Shared()
}

// fetchKept returns what the store has of a reader's bookmarks and highlights.
func (m *Memory) fetchKept(ctx context.Context, id string) (kept, uint64, error) {
	record, err := m.store.Get(ctx, keptKey(id))
	if errors.Is(err, ErrNotFound) {
		return kept{}, 0, nil
	}
	if err != nil {
		return kept{}, 0, err
	}
	k, err := decodeKept(record.Value)
	if errors.Is(err, errBroken) {
		m.o.Logger.Error("the bookmarks and highlights of a reader are damaged, and begin anew", "reader", id)
		err = nil
	}
	return k, record.Revision, err
}

// has returns the bookmarks and highlights, as far as they are known. The lock is held.
func (s *state) has() kept {
	if s.kept == nil { // the reader was joined to another meanwhile
		return kept{}
	}
	return *s.kept
}

// Bookmarks returns the reader's bookmarks, the newest first.
func (r *Reader) Bookmarks(ctx context.Context) ([]Bookmark, error) {
	s, err := r.loadKept(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Bookmark, 0, len(s.has().bookmarks))
	for _, b := range s.has().bookmarks {
		if b.read() {
			list = append(list, Bookmark{b.address, b.at().time()})
		}
	}
	slices.SortStableFunc(list, func(a, b Bookmark) int { return b.When.Compare(a.When) })
	return list, nil
}

// Highlights returns the reader's highlights, the newest first.
func (r *Reader) Highlights(ctx context.Context) ([]Highlight, error) {
	s, err := r.loadKept(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Highlight, 0, len(s.has().highlights))
	for _, h := range s.has().highlights {
		if h.read() {
			list = append(list, Highlight{
				ID: h.id, Address: h.address, Block: int(h.block), Sum: h.sum, Start: int(h.start), End: int(h.end), Text: h.text, When: h.when.time(),
			})
		}
	}
	slices.SortStableFunc(list, func(a, b Highlight) int { return b.When.Compare(a.When) })
	return list, nil
}

// Bookmark adds a post to the bookmarks, or removes it.
func (r *Reader) Bookmark(ctx context.Context, address string, on bool) error {
	if len(address) > maxAddress {
		return fmt.Errorf("a post whose address has more than %d bytes cannot have a bookmark", maxAddress)
	}
	there := r.memory.posts.directory()
	there.read() // not under the lock of the state
	isOne := func(b bookmark) bool {
		return b.hash == hashOf(address) || there.has(b.hash, address)
	}
	adds := "bookmark"
	if !on {
		adds = ""
	}
	return r.keep(ctx, adds, func(s *state, k *kept) {
		now := r.memory.now()
		if on {
			k.setBookmark(address, now, true)
		}
		for _, b := range k.bookmarks {
			if !on && b.read() && isOne(b) {
				k.setBookmark(b.address, now, false)
			}
		}
		r.memory.setKeptPosts(s, k, now)
	})
}

// AddHighlight keeps a passage.
func (r *Reader) AddHighlight(ctx context.Context, h Highlight) error {
	switch {
	case h.Text == "":
		return errors.New("a highlight without a text cannot be kept")
	case len(h.Text) > MaxText:
		return fmt.Errorf("a highlight has at most %d KiB: select less", MaxText>>10)
	case len(h.Address) > maxAddress:
		return fmt.Errorf("nothing can be kept of a post whose address has more than %d bytes", maxAddress)
	}
	if h.When.IsZero() {
		h.When = r.memory.o.Now()
	}
	var id [8]byte
	_, _ = rand.Read(id[:])
	added := highlight{id: binary.BigEndian.Uint64(id[:]), passage: passage{
		address: h.Address, block: small(int64(h.Block)), start: small(int64(h.Start)), end: small(int64(h.End)), sum: h.Sum, when: stampOf(h.When), text: h.Text,
	}}
	return r.keep(ctx, "highlight", func(_ *state, k *kept) { k.setHighlight(added, r.memory.now()) })
}

// RemoveHighlight removes a passage.
func (r *Reader) RemoveHighlight(ctx context.Context, id uint64) error {
	return r.keep(ctx, "", func(_ *state, k *kept) { k.setHighlight(highlight{id: id}, r.memory.now()) })
}

// keep changes bookmarks or highlights. They are written soon, or once the store answers again. The error is
// for the reader; additions fail if there is no room. With adds "", something is removed.
func (r *Reader) keep(ctx context.Context, adds string, f func(*state, *kept)) error {
	if _, err := r.loadKept(ctx); err != nil && !errors.Is(err, ErrAway) {
		return err
	}
	var failed error
	r.change(true, func(s *state) {
		if s.leave {
			failed = ErrUnknown
			return
		}
		if adds != "" && !r.memory.admit(s) {
			failed = errStranger
			return
		}
		after := kept{}
		if s.kept != nil {
			after = *s.kept
		}
		marks := *s.marks()
		f(s, &after)
		if adds != "" && len(encodeKept(&after, r.memory.now())) > MaxKept-keptReserve {
			s.set(marks)
			failed = fullError(adds)
			return
		}
		if more := maxAddress + MaxText; !r.take(int64(more)) {
			s.set(marks)
			failed = errors.New("the server has no memory left for that: try again in a minute")
			return
		}
		s.kept, s.active, s.keptRemoves = &after, true, s.keptRemoves || adds == ""
		s.keptVersion++
	})
	return failed
}

// setKeptPosts notes in the marks which posts have bookmarks. The lock of s is held.
func (m *Memory) setKeptPosts(s *state, k *kept, now stamp) {
	var numbers []uint32
	for _, b := range k.bookmarks {
		if b.read() {
			if n, ok := m.posts.number(b.address); ok {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	s.marks().kept = keptPosts{after(now, max(s.marks().kept.at, s.marks().floor)), slices.Compact(numbers)}
	s.touch()
}

// writeKept writes the bookmarks and highlights of a state, if they have changed. The error is the store's.
func (m *Memory) writeKept(ctx context.Context, s *state) error {
	s.mu.Lock()
	write := s.keptVersion != s.keptWritten && s.loaded && !s.leave && s.into == nil
	removes := write && s.keptRemoves
	s.mu.Unlock()
	if !write {
		return nil
	}
	if removes {
		m.wantRewrite(ctx) // if this is killed meanwhile
	}
	err := m.writeChanged(ctx, s)
	if err == nil && removes {
		m.wantRewrite(ctx) // if the store was rewritten meanwhile
	}
	return err
}

// writeChanged writes what writeKept does.
func (m *Memory) writeChanged(ctx context.Context, s *state) error {
	return retry(func() error {
		s.mu.Lock()
		if s.kept == nil { // forgotten, or that of another state by now
			s.mu.Unlock()
			return nil
		}
		id, local, version, revision, loaded, changes := s.id, *s.kept, s.keptVersion, s.keptRevision, s.keptLoaded, s.keptChanges
		local.written = max(local.written, s.marks().kept.at) // the next write may know more than these marks do
		s.mu.Unlock()
		stored := kept{}
		if !loaded {
			var err error
			if stored, revision, err = m.fetchKept(ctx, id); err != nil {
				return err
			}
		}
		merged := mergeKept(&local, &stored)
		value := m.fit(&merged, &stored)
		answer, err := putTimed(ctx, m.store, keptKey(id), value, revision)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case errors.Is(err, ErrConflict):
			s.keptLoaded = false
		case err == nil && s.id == id && s.kept != nil:
			pending := s.keptVersion != version
			if pending {
				merged = mergeKept(&merged, s.kept)
			}
			s.kept, s.keptLoaded, s.keptRevision, s.keptWritten = &merged, s.keptChanges == changes, answer, version
			s.keptRemoves = s.keptRemoves && pending
			if pending || s.marks().kept.at < merged.written { // else there is a later record
				m.setKeptPosts(s, &merged, merged.written)
			}
		}
		return err
	})
}

// fit returns the record of the store's bookmarks and highlights with those that were added here. If it is too
// long, since both added some at the same time, the newest ones of here are dropped.
func (m *Memory) fit(merged, stored *kept) []byte {
	now := m.now()
	merged.written = after(now, merged.written)
	for {
		value := encodeKept(merged, now)
		if len(value) <= MaxKept {
			return value
		}
		var last event
		for _, h := range merged.highlights {
			if h.read() && !slices.ContainsFunc(stored.highlights, func(s highlight) bool { return s.id == h.id }) {
				last = max(last, h.event)
			}
		}
		before := len(merged.highlights) + len(merged.bookmarks)
		if last != 0 {
			merged.highlights = keepIf(merged.highlights, func(h highlight) bool { return h.event != last })
		} else {
			for _, b := range merged.bookmarks {
				last = max(last, b.event)
			}
			merged.bookmarks = keepIf(merged.bookmarks, func(b bookmark) bool { return b.event != last })
		}
		m.o.Logger.Warn("a reader has added more on several servers at once than there is room for: the last is not kept")
		if before == len(merged.highlights)+len(merged.bookmarks) {
			return value
		}
	}
}
