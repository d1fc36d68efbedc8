package memory

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// pointer is the record of a key: which reader it belongs to, if that is not the one that is named after
// it, and until when what was known was forgotten.
type pointer struct {
	reader   string
	at       stamp
	floor    stamp
	rest     []field // of a newer version, sorted by tag
	revision uint64
}

const (
	readerField = iota + 1
	pointerFloorField
)

// mergePointers returns the newer of two.
func mergePointers(a, b pointer) pointer {
	p := a
	if b.at > a.at || b.at == a.at && b.reader > a.reader {
		p = b
	}
	p.floor, p.revision = max(a.floor, b.floor), max(a.revision, b.revision)
	p.rest = mergeFields(a.rest, b.rest)
	if p.floor > 0 {
		p.rest = keepIf(p.rest, func(f field) bool { return f.at() > p.floor })
	}
	if p.at <= p.floor {
		p.reader, p.at = "", 0
	}
	return p
}

func (p *pointer) encode() []byte {
	e := newEncoder(pointerKind)
	if p.reader != "" {
		e.field(readerField, func(e *encoder) {
			e.uint(uint64(p.at))
			e.text(p.reader)
		})
	}
	e.stamp(pointerFloorField, p.floor)
	e.rest(p.rest)
	return e.out
}

func decodePointer(r Record) (p pointer, err error) {
	p.revision = r.Revision
	d, err := newDecoder(pointerKind, r.Value)
	if err != nil {
		return p, err
	}
	p.rest, err = d.fields(func(tag uint64, d *decoder) bool {
		switch tag {
		case readerField:
			p.at, p.reader = d.stamp(), d.text()
		case pointerFloorField:
			p.floor = d.stamp()
		default:
			return false
		}
		return true
	})
	if !isReaderID(p.reader) {
		p.reader, p.at = "", 0
	}
	return p, err
}

// isReaderID reports whether a text names a reader.
func isReaderID(s string) bool {
	_, ok := parseKeyID(s)
	return ok
}

// parseKeyID returns the key that a reader is named after, or anything that has that form.
func parseKeyID(s string) (id keyID, ok bool) {
	if len(s) != 2*len(id) {
		return id, false
	}
	n, err := hex.Decode(id[:], []byte(s))
	return id, err == nil && n == len(id)
}

// pointer returns the record of a key; with an error, also what of it can be told.
func (m *Memory) pointer(ctx context.Context, key keyID) (pointer, error) {
	record, err := m.store.Get(ctx, pointerKey(key))
	if errors.Is(err, ErrNotFound) {
		return pointer{}, nil
	}
	if err != nil {
		return pointer{}, err
	}
	p, err := decodePointer(record)
	if errors.Is(err, errBroken) {
		err = nil // as if there were none
	}
	return p, err
}

// find looks for the reader that a key belongs to, and gives it one of its own if the one that it leads to
// is that of other keys. The error is the store's.
func (m *Memory) find(ctx context.Context, key keyID) (found, error) {
	f, err := m.lead(ctx, key)
	if err != nil || f.leave || f.pointed || f.marks.has(key) {
		return f, err
	}
	id, err := m.begin(ctx, key)
	if err != nil { // which says nothing about reading
		m.health.note(writing, err)
		return found{}, fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return m.findReader(ctx, id)
}

// lead looks for the reader that a key leads to. It may be that of other keys, from which this one has
// parted: one that is named after the key, when nothing says any more where the key went.
func (m *Memory) lead(ctx context.Context, key keyID) (found, error) {
	p, err := m.pointer(ctx, key)
	if errors.Is(err, errNewer) {
		m.health.newer(err)
		return found{id: key.String(), leave: true}, nil
	}
	if err != nil {
		return found{}, err
	}
	id := p.reader
	if id == "" {
		id = key.String()
	}
	f, err := m.findReader(ctx, id)
	f.pointed = p.reader != ""
	if f.id == key.String() { // what was forgotten before the key was joined is not that of the others
		f.floor = p.floor
	}
	return f, err
}

// has reports whether a reader with these marks has a key that leads to it.
func (m *marks) has(key keyID) bool {
	return len(m.keys) == 0 || slices.ContainsFunc(m.keys, func(k joinedKey) bool { return k.key == key && k.read() })
}

// begin makes a key that of a reader of whom nothing is known.
func (m *Memory) begin(ctx context.Context, key keyID) (id string, err error) {
	var fresh keyID
	_, _ = rand.Read(fresh[:])
	id = fresh.String()
	now := m.now()
	if err := m.update(ctx, id, func(*marks) (alone marks) {
		alone.setKey(key, now, true)
		return alone
	}); err != nil {
		return "", err
	}
	return id, m.setPointer(ctx, key, pointer{reader: id, at: now})
}

// setPointer writes the record of a key, as what was done last.
func (m *Memory) setPointer(ctx context.Context, key keyID, p pointer) error {
	return retry(func() error {
		last, err := m.pointer(ctx, key)
		if err != nil {
			return err
		}
		if p.reader != "" {
			p.at = after(p.at, max(last.at, last.floor))
		}
		if p.floor > 0 {
			p.floor = max(p.floor, last.at)
		}
		merged := mergePointers(last, p)
		return put(ctx, m.store, pointerKey(key), merged.encode(), last.revision)
	})
}

// retry calls f again while it meets a conflict.
func retry(f func() error) (err error) {
	for range attempts {
		if err = f(); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}
