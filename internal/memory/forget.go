package memory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// newest returns the last stamp of all that is known.
func (m *marks) newest() stamp {
	at := max(m.floor, m.visited, m.renewed, m.kept.at, m.moved.at)
	for _, r := range m.reads {
		at = max(at, r.at())
	}
	for _, s := range m.places {
		at = max(at, s.at)
	}
	for _, c := range m.settings {
		at = max(at, c.at)
	}
	for _, k := range m.keys {
		at = max(at, k.at())
	}
	for _, f := range m.rest {
		at = max(at, f.at())
	}
	return at
}

// newest returns the last stamp of all that is kept.
func (k *kept) newest() stamp {
	at := k.floor
	for _, b := range k.bookmarks {
		at = max(at, b.at())
	}
	for _, h := range k.highlights {
		at = max(at, h.at())
	}
	for _, f := range k.rest {
		at = max(at, f.at())
	}
	return at
}

// Forget removes all that is known of the reader, for all keys, which are parted. Dated markers are left
// for 30 days, and win over what other servers still have. If the store fails, nothing is known here any
// more but which keys there are, and the rest is tried again until it is done, or the Memory is closed.
func (r *Reader) Forget(ctx context.Context) error {
	m := r.memory
	s, id, err := r.ready(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	keys := r.keysOf(s.marks())
	marker := marks{floor: max(m.now(), s.marks().newest())}
	if s.kept != nil {
		marker.floor = max(marker.floor, s.kept.newest())
	}
	if len(s.marks().keys) > 0 {
		for _, k := range keys { // until they are parted, so that it can be tried again
			marker.setKey(k, marker.floor, true)
		}
	}
	s.set(marker)
	s.forgot(marker.floor)
	s.touch()
	s.tell()
	stranger := s.stranger()
	s.mu.Unlock()
	if stranger && !m.admits(r.client.Source) {
		return nil // the store has nothing of the key, and markers take room
	}
	asking, cancel := context.WithTimeout(ctx, m.o.Patience)
	defer cancel()
	err = m.forget(asking, s, id, keys, marker)
	if err != nil {
		m.again.add(unforgotten{s, id, keys, marker})
	}
	return m.away(ctx, writing, err)
}

func (m *Memory) forget(ctx context.Context, s *state, id string, keys []keyID, marker marks) error {
	m.wantRewrite(ctx)
	if err := m.forgetReader(ctx, id, marker, true); err != nil {
		return err
	}
	for _, k := range keys {
		if err := m.forgetKey(ctx, id, k, marker.floor); err != nil {
			return err
		}
	}
	if len(marker.keys) > 0 {
		if err := m.update(ctx, id, func(last *marks) marks {
			last.forget(max(marker.floor, marker.newest()))
			return *last
		}); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.recheck = true
	s.mu.Unlock()
	return m.reload(ctx, s)
}

// forgetKey removes what the store has of a key of a reader that is forgotten, unless the key has parted
// from it; and not what it has of others, who have a reader that is named after the key.
func (m *Memory) forgetKey(ctx context.Context, reader string, k keyID, floor stamp) error {
	leads, err := m.lead(ctx, k)
	if err != nil || leads.id != reader {
		return err
	}
	if name := k.String(); name != reader {
		own, err := m.findReader(ctx, name)
		if err != nil {
			return err
		}
		if own.marks.has(k) {
			if err := m.forgetReader(ctx, name, marks{floor: floor}, false); err != nil {
				return err
			}
		}
	}
	return m.setPointer(ctx, k, pointer{floor: floor})
}

// forgetReader replaces what the store has of a reader by markers; with always also if it has nothing.
func (m *Memory) forgetReader(ctx context.Context, id string, marker marks, always bool) error {
	if err := retry(func() error {
		record, err := m.store.Get(ctx, marksKey(id))
		if errors.Is(err, ErrNotFound) && !always {
			return nil
		}
		if err := notFoundIsFine(err); err != nil {
			return err
		}
		return putOver(ctx, m.store, marksKey(id), encodeMarks(&marker, m.posts), record.Revision)
	}); err != nil {
		return err
	}
	return retry(func() error {
		record, err := m.store.Get(ctx, keptKey(id))
		if errors.Is(err, ErrNotFound) && !always {
			return nil
		}
		if err := notFoundIsFine(err); err != nil {
			return err
		}
		none := kept{floor: marker.floor}
		return putOver(ctx, m.store, keptKey(id), encodeKept(&none, marker.floor), record.Revision)
	})
}

func timeOrNone(s stamp) *time.Time {
	if s == 0 {
		return nil
	}
	t := s.time()
	return &t
}

// chores does what has to be done from time to time, in small steps.
func (m *Memory) chores(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, m.o.Patience)
	defer cancel()
	m.forgetAgain(asking)
	m.sweep(asking)
	if w, ok := m.store.(Rewriter); ok && m.due(&m.rewritten, rewriteEvery) {
		if _, err := w.Rewrite(ctx); err != nil && ctx.Err() == nil {
			m.o.Logger.Warn("what readers had forgotten is still in the file, which cannot be rewritten; it is tried again in an hour", "error", err)
		}
	}
}

const (
	rewriteEvery = time.Hour
	sweepEvery   = 24 * time.Hour
	sweepStep    = 500 // records
)

// due reports whether a time has passed since something was done last, and notes that it is done now.
func (m *Memory) due(last *time.Time, every time.Duration) bool {
	now := m.o.Now()
	if !last.IsZero() && now.Sub(*last) < every {
		return false
	}
	*last = now
	return true
}

// sweep removes some of the records whose time is over. It is called by one goroutine.
func (m *Memory) sweep(ctx context.Context) {
	s, ok := m.store.(Sweeper)
	if !ok || m.sweeping == "" && !m.due(&m.swept, sweepEvery) {
		return
	}
	last, _, err := s.Sweep(ctx, m.sweeping, sweepStep, func(key string, r Record) bool { return isOver(key, r, m.o.Now()) })
	if err == nil {
		m.sweeping = last
	}
}

// isOver reports whether the time of a record is over.
func isOver(key string, r Record, now time.Time) bool {
	most := lasts(key, r.Value)
	return most != 0 && now.Sub(r.Written) > most
}

// lasts returns how long a record is needed that nobody writes; 0: for good.
func lasts(key string, value []byte) time.Duration {
	const most = 128 // bytes of a marker
	kind, _, _ := strings.Cut(key, ".")
	marker := len(value) <= most
	switch kind {
	case "m":
		if marker {
			m, _, err := decodeMarks(value, noNumbers{})
			marker = err == nil && m.marker()
		}
	case "h":
		if marker {
			k, err := decodeKept(value)
			marker = err == nil && len(k.bookmarks)+len(k.highlights)+len(k.rest) == 0
		}
	case "k":
		if marker {
			p, err := decodePointer(Record{Value: value})
			marker = err == nil && p.reader == "" && len(p.rest) == 0
		}
	case "j":
		return CodeValid + codeSlack
	default:
		return 0
	}
	if marker {
		return MarkerKept
	}
	return Forgotten
}

// marker reports whether nothing is said but what was forgotten, or where the reader is now.
func (m *marks) marker() bool {
	return m.visited == 0 && m.kept.at == 0 && m.settings == [settingsKept]choice{} && len(m.reads)+len(m.places)+len(m.keys)+len(m.rest) == 0
}

// noNumbers is for those who do not want to know which posts are meant.
type noNumbers struct{}

func (noNumbers) generation() uint32                   { return 0 }
func (noNumbers) stored(post uint32) (uint32, bool)    { return post, true }
func (noNumbers) process(stored uint32) (uint32, bool) { return stored, true }

// renew writes those records of a reader again that a visit does not change, so that no store takes them
// for those of somebody who does not come any more.
func (m *Memory) renew(ctx context.Context, s *state) error {
	s.mu.Lock()
	id, known, mark := s.id, s.loaded && s.revision != 0 && !s.leave && s.into == nil, *s.marks()
	keys := slices.Clone(s.keys)
	s.mu.Unlock()
	now := m.now()
	if !known || mark.visited == 0 || mark.renewed+stamp(renewAfter/time.Second) > now {
		return nil
	}
	if mark.renewed != 0 || mark.visited+stamp(renewAfter/time.Second) < now {
		for _, k := range append(keys, keysOf(id, &mark)...) {
			if err := m.rewriteRecord(ctx, pointerKey(k)); err != nil {
				return err
			}
		}
		for _, key := range []string{keptKey(id), postsKey} {
			if err := m.rewriteRecord(ctx, key); err != nil {
				return err
			}
		}
	}
	s.mu.Lock()
	s.marks().renewed = max(s.marks().renewed, now)
	s.touch()
	s.mu.Unlock()
	return nil
}

// rewriteRecord writes a record again as it is.
func (m *Memory) rewriteRecord(ctx context.Context, key string) error {
	record, err := m.store.Get(ctx, key)
	if err != nil {
		return notFoundIsFine(err)
	}
	revision, err := putTimed(ctx, m.store, key, record.Value, record.Revision)
	if err == nil && key == postsKey {
		return m.posts.read(Record{Value: record.Value, Revision: revision}, record.Revision)
	}
	if errors.Is(err, ErrConflict) { // somebody else has
		return nil
	}
	return err
}
