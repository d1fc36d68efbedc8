package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

var errTooOften = errors.New("too many codes were tried or asked for from where you are: try again in a minute")

var errNoRoom = errors.New("no more new readers are remembered at the moment, so there is nothing to be joined: try again later")

// Link returns a code with which another key becomes one of this reader's, see Join, and until when.
func (r *Reader) Link(ctx context.Context) (code string, until time.Time, err error) {
	m := r.memory
	if !m.joining.try(r.client.Source, m.o.Now()) {
		return "", time.Time{}, errTooOften
	}
	s, _, err := r.ready(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	s.mu.Lock()
	s.active = true
	s.touch()
	s.mu.Unlock()
	asking, cancel := context.WithTimeout(ctx, m.o.Patience)
	defer cancel()
	code, until = newCode(), m.o.Now().Add(CodeValid)
	hash, _ := m.codeHash(code)
	err = func() error {
		if _, err := m.writeBatch(asking, []*state{s}); err != nil {
			return err
		}
		s, id, err := r.ready(ctx)
		if err != nil {
			return err
		}
		s.mu.Lock()
		stranger := s.revision == 0
		s.mu.Unlock()
		if stranger {
			return errNoRoom
		}
		e := newEncoder(codeKind)
		e.uint(uint64(stampOf(until)))
		e.text(id)
		return put(asking, m.store, codeKey(hash), e.out, 0)
	}()
	if errors.Is(err, errNoRoom) {
		return "", time.Time{}, err
	}
	return code, until, m.away(ctx, writing, err)
}

var errNoCode = errors.New("there is no such code, or its ten minutes are over, or it was used: ask for another one with the key that you have been here with")

// given is a code that somebody has typed.
type given struct {
	reader   string // which it leads to
	key      string // of the record
	revision uint64
}

// lookUpCode returns where a code leads, and leaves it as it is.
func (m *Memory) lookUpCode(ctx context.Context, code string) (g given, err error) {
	hash, ok := m.codeHash(code)
	if !ok {
		return g, fmt.Errorf("%q is not a code: it has %d letters and digits, in groups of %d", code[:min(len(code), 40)], codeLen, codeGroup)
	}
	g.key = codeKey(hash)
	record, err := m.store.Get(ctx, g.key)
	if errors.Is(err, ErrNotFound) {
		return g, errNoCode
	}
	if err != nil {
		return g, m.away(ctx, reading, err)
	}
	d, err := newDecoder(codeKind, record.Value)
	if err != nil {
		return g, errNoCode
	}
	until, id := d.stamp(), d.text()
	if d.bad || !isReaderID(id) || m.now() > until {
		return g, errNoCode
	}
	g.reader, g.revision = id, record.Revision
	return g, nil
}

// takeCode removes a code, which one client can do.
func (m *Memory) takeCode(ctx context.Context, g given) error {
	err := m.store.Delete(ctx, g.key, g.revision)
	if errors.Is(err, ErrConflict) {
		return errNoCode
	}
	return m.away(ctx, writing, err)
}

// Join makes the session's reader, with all keys, one with the reader that has asked for a code.
func (r *Reader) Join(ctx context.Context, code string) error {
	m := r.memory
	if !m.joining.try(r.client.Source, m.o.Now()) {
		return errTooOften
	}
	s, from, err := r.ready(ctx)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, m.o.Patience)
	defer cancel()
	g, err := m.lookUpCode(asking, code)
	if err != nil {
		return err
	}
	if _, err := m.writeBatch(asking, []*state{s}); err != nil {
		return m.away(ctx, writing, err)
	}
	target, err := m.findReader(asking, g.reader)
	if err != nil {
		return m.away(ctx, reading, err)
	}
	if target.id == from {
		return errors.New("that code is from this key, or from one that is joined with it already: use it with the other key")
	}
	s.mu.Lock()
	mine := *s.marks()
	s.mu.Unlock()
	keys := r.keysOf(&mine)
	if n := len(keys) + len(keysOf(target.id, &target.marks)); n > MaxKeys {
		return fmt.Errorf("that would be %d keys, and a reader has at most %d: part with one first", n, MaxKeys)
	}
	if err := m.hasRoom(asking, from, &target); err != nil {
		return err
	}
	if err := m.takeCode(asking, g); err != nil {
		return err
	}
	return m.away(ctx, writing, m.join(asking, s, from, target.id, keys))
}

// hasRoom returns an error for the reader unless what two readers have kept has room in one record.
func (m *Memory) hasRoom(ctx context.Context, from string, into *found) error {
	mine, _, err := m.fetchKept(ctx, from)
	if err != nil {
		return m.away(ctx, reading, err)
	}
	theirs, _, err := m.fetchKept(ctx, into.id)
	if err != nil {
		return m.away(ctx, reading, err)
	}
	both := mergeKept(&theirs, mine.joining(theirs.floor))
	if len(encodeKept(&both, m.now())) > MaxKept-keptReserve {
		return fmt.Errorf("%w for the bookmarks and highlights of both keys, which have %d KiB together: remove some, then join with the same code", errFull, MaxKept>>10)
	}
	return nil
}

// join makes one reader, with its keys, a part of another one. Each step leaves what can be repeated. What other
// servers write meanwhile comes along: the record that is left behind is replaced only if it is the one that
// was merged.
func (m *Memory) join(ctx context.Context, s *state, from, into string, keys []keyID) error {
	now := m.now()
	err := retry(func() error {
		f, err := m.fetch(ctx, from)
		if err != nil {
			return err
		}
		if f.leave {
			return errNewer
		}
		s.mu.Lock()
		mine := mergeMarks(s.marks(), &f.marks)
		s.mu.Unlock()
		for _, k := range keysOf("", &mine) { // also those that have just come
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		if err := m.update(ctx, into, func(theirs *marks) marks {
			own := keysOf(into, theirs)
			merged := mergeMarks(theirs, withoutMoved(mine).joining(theirs.floor))
			merged.kept = keptOfBoth(theirs.kept, mine.kept, now)
			for _, k := range append(own, keys...) {
				merged.setKey(k, now, true)
			}
			return merged
		}); err != nil {
			return err
		}
		if _, err := m.copyKept(ctx, from, into); err != nil {
			return err
		}
		for _, k := range keys {
			if err := m.setPointer(ctx, k, pointer{reader: into, at: now}); err != nil {
				return err
			}
		}
		left := marks{floor: f.marks.floor, moved: movedTo{into, after(now, max(f.marks.floor, f.marks.moved.at))}}
		return putOver(ctx, m.store, marksKey(from), encodeMarks(&left, m.posts), f.revision) // the other one has it by now
	})
	if err != nil {
		return err
	}
	if err := m.moveKept(ctx, from, into); err != nil {
		return err
	}
	m.wantRewrite(ctx)
	return m.reload(ctx, s)
}

// copyKept adds the bookmarks and highlights of one reader to those of another, and returns the revision of
// the record that it has copied; 0: there is none.
func (m *Memory) copyKept(ctx context.Context, from, into string) (revision uint64, err error) {
	mine, revision, err := m.fetchKept(ctx, from)
	if err != nil || revision == 0 {
		return 0, err
	}
	return revision, m.updateKept(ctx, into, func(theirs *kept) kept {
		return mergeKept(theirs, mine.joining(theirs.floor))
	})
}

// moveKept is copyKept, and removes what it has copied.
func (m *Memory) moveKept(ctx context.Context, from, into string) error {
	return retry(func() error {
		revision, err := m.copyKept(ctx, from, into)
		if err != nil || revision == 0 {
			return err
		}
		return m.store.Delete(ctx, keptKey(from), revision)
	})
}

// keysOf returns the keys of the session's reader.
func (r *Reader) keysOf(m *marks) []keyID {
	keys := keysOf("", m)
	if !slices.Contains(keys, r.key) {
		keys = append(keys, r.key)
	}
	return keys
}

// keysOf returns the keys of a reader.
func keysOf(id string, m *marks) []keyID {
	var keys []keyID
	for _, k := range m.keys {
		if k.read() {
			keys = append(keys, k.key)
		}
	}
	if own, ok := parseKeyID(id); ok && len(m.keys) == 0 {
		keys = append(keys, own)
	}
	return keys
}

// setKey notes that a key belongs to the reader, or does not any more.
func (m *marks) setKey(key keyID, now stamp, on bool) {
	i, there := slices.BinarySearchFunc(m.keys, key, func(k joinedKey, key keyID) int { return slices.Compare(k.key[:], key[:]) })
	if there {
		m.keys = slices.Clone(m.keys)
	} else {
		m.keys = slices.Insert(slices.Clip(m.keys), i, joinedKey{key: key})
	}
	m.keys[i].event = eventOf(after(now, max(m.keys[i].at(), m.floor)), on)
}

// Keys returns how many keys the reader has.
func (r *Reader) Keys(ctx context.Context) (int, error) {
	s, id, err := r.ready(ctx)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(len(keysOf(id, s.marks())), 1), nil
}

// Part makes the session's key that of a reader of whom nothing is known. What is known stays with the
// other keys.
func (r *Reader) Part(ctx context.Context) error {
	m := r.memory
	s, id, err := r.ready(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	keys := keysOf(id, s.marks())
	s.mu.Unlock()
	if len(keys) < 2 {
		return errors.New("your key is joined with no other; to have what is known of you forgotten: me forget")
	}
	asking, cancel := context.WithTimeout(ctx, m.o.Patience)
	defer cancel()
	now := m.now()
	return m.away(ctx, writing, func() error {
		if _, err := m.begin(asking, r.key); err != nil {
			return err
		}
		if err := m.update(asking, id, func(last *marks) marks {
			rest := *last
			for _, k := range keys {
				rest.setKey(k, now, k != r.key)
			}
			return rest
		}); err != nil {
			return err
		}
		s.mu.Lock()
		s.recheck = true
		s.mu.Unlock()
		return m.reload(asking, s)
	}())
}

// update changes the record of a reader's marks.
func (m *Memory) update(ctx context.Context, id string, change func(last *marks) marks) error {
	return m.updateBy(ctx, put, id, change)
}

// updateBy is update by one of the ways to put a record.
func (m *Memory) updateBy(ctx context.Context, put putter, id string, change func(last *marks) marks) error {
	return retry(func() error {
		f, err := m.fetch(ctx, id)
		if err != nil {
			return err
		}
		if f.leave {
			return errNewer
		}
		changed := change(&f.marks)
		values, err := m.encode(ctx, []*marks{&changed})
		if err != nil {
			return err
		}
		return put(ctx, m.store, marksKey(id), values[0], f.revision)
	})
}

// updateKept changes the record of a reader's bookmarks and highlights.
func (m *Memory) updateKept(ctx context.Context, id string, change func(last *kept) kept) error {
	return m.updateKeptBy(ctx, put, id, change)
}

// updateKeptBy is updateKept by one of the ways to put a record.
func (m *Memory) updateKeptBy(ctx context.Context, put putter, id string, change func(last *kept) kept) error {
	return retry(func() error {
		last, revision, err := m.fetchKept(ctx, id)
		if err != nil {
			return err
		}
		changed := change(&last)
		if revision == 0 && changed.empty() {
			return nil
		}
		return put(ctx, m.store, keptKey(id), m.fit(&changed, &last), revision)
	})
}
