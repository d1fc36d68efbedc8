package memory

import (
	"context"
	"encoding/hex"
	"errors"
)

// pointer is the record of a key: which reader it belongs to, if that is not the one that is named after
// it, and until when what was known was forgotten.
type pointer struct {
	reader   string
	at       stamp
	floor    stamp
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
	return e.out
}

func decodePointer(r Record) (p pointer, err error) {
	p.revision = r.Revision
	d, err := newDecoder(pointerKind, r.Value)
	if err != nil {
		return p, err
	}
	_, err = d.fields(func(tag uint64, d *decoder) bool {
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
		_, err = m.store.Put(ctx, pointerKey(key), merged.encode(), last.revision)
		return err
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
