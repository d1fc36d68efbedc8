package memory

import (
	"context"
	"errors"
	"time"
)

// Store keeps records by key. Its methods are safe for concurrent use. A key has at most 100
// characters, of a-z, 0-9, "." and "-"; a value has at most [MaxValue] bytes and belongs to whoever
// gets it.
//
// What happens to one record happens in one order for all who use the store, in this process and in
// others: that is all that is asked of it, since states are merged.
type Store interface {
	// Get returns a record. The error is [ErrNotFound] if there is none.
	Get(ctx context.Context, key string) (Record, error)
	// Put writes a value in the place of the record with the revision last, or a new record if last
	// is 0, and returns the new record's revision, which is never 0. The error is [ErrConflict] if
	// the record has another revision, or is there though last is 0, or is not there though it is not.
	Put(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error)
	// Delete removes the record with the revision last. The error is [ErrConflict] if it has another
	// one, or is not there. What is left of its value on a medium is the business of [Rewriter].
	Delete(ctx context.Context, key string, last uint64) error
	// Watch calls changed with the keys of records that others may have changed since: also those of
	// this process, if the store cannot tell. It returns when ctx is done, or with an error when it
	// can tell no more.
	Watch(ctx context.Context, changed func(key string)) error
	// Close ends the store's use. Methods that are called later fail.
	Close() error
}

// Record is what a [Store] has under a key.
type Record struct {
	Value    []byte
	Revision uint64
	Written  time.Time // to the second
}

// What a Store answers besides what went wrong with it.
var (
	// ErrNotFound says that there is no record with a key.
	ErrNotFound = errors.New("there is no such record")
	// ErrConflict says that a record has changed since it was read.
	ErrConflict = errors.New("the record has changed meanwhile")
)

// MaxValue is how long a value may be, in bytes: that of the posts' numbers.
const MaxValue = 1 << 20

// Write is a call of Put.
type Write struct {
	Key   string
	Value []byte
	Last  uint64
	Lasts time.Duration // of PutFor, for a Timed store; 0: as long as Put has it last
}

// Written is what came of a [Write].
type Written struct {
	Revision uint64
	Err      error
}

// Batcher is a Store that writes many records at the cost of one.
type Batcher interface {
	Store
	// PutAll makes writes, each as Put does; the answers are in the same order.
	PutAll(ctx context.Context, writes []Write) []Written
}

// Sweeper is a Store that can list its records, so that those whose time is over can be removed. A
// Store that is none removes what nobody has written for 400 days by itself.
type Sweeper interface {
	Store
	// Sweep looks at no more than n records, in the order of their keys, from the first behind after,
	// and removes those that are over. It returns the key of the last one, or "" behind the last of
	// all, and how many were removed.
	Sweep(ctx context.Context, after string, n int, over func(key string, r Record) bool) (last string, removed int, err error)
}

// Timed is a Store that removes by itself what was written for a time.
type Timed interface {
	Store
	// PutFor is Put of what nobody needs any more after a time, unless it is written again.
	PutFor(ctx context.Context, key string, value []byte, last uint64, lasts time.Duration) (revision uint64, err error)
}

// Limited is a Store that may have no room for readers of whom it has nothing yet.
type Limited interface {
	Store
	// Room reports whether it has some. It is asked often, and answers at once.
	Room() bool
}

// Sharer is a Store that others may use as well, of whose changes its Watch does not tell.
type Sharer interface {
	Store
	// Shared reports whether others may be using it now.
	Shared() bool
}

// Rewriter is a Store on whose medium the bytes of what was deleted or replaced can be read until it
// is rewritten.
type Rewriter interface {
	Store
	// WantRewrite notes, lastingly, that there is something that nobody should read any more.
	WantRewrite(ctx context.Context) error
	// Rewrite rewrites the medium if that is wanted, and reports whether it has.
	Rewrite(ctx context.Context) (bool, error)
}

// Eraser is a Store on whose medium the bytes of single records can be made unreadable. It need be no Rewriter.
type Eraser interface {
	Store
	// Erase removes the record with the revision last, and overwrites its bytes where they lie before it returns. Others
	// are not told; a record is to be put in its place. The error is [ErrConflict] if the record has another revision, or
	// is not there.
	Erase(ctx context.Context, key string, last uint64) error
}

// putTimed writes a record, for as long as it is needed.
func putTimed(ctx context.Context, s Store, key string, value []byte, last uint64) (revision uint64, err error) {
	if t, ok := s.(Timed); ok {
		return t.PutFor(ctx, key, value, last, lasts(key, value))
	}
	return s.Put(ctx, key, value, last)
}

// putter is a way to write a record.
type putter func(ctx context.Context, s Store, key string, value []byte, last uint64) error

// put is putTimed for those who do not ask for the revision.
func put(ctx context.Context, s Store, key string, value []byte, last uint64) error {
	_, err := putTimed(ctx, s, key, value, last)
	return err
}

// putOver is put in the place of what nobody should be able to read any more. Whoever is stopped between its two steps
// leaves no record.
func putOver(ctx context.Context, s Store, key string, value []byte, last uint64) error {
	if e, ok := s.(Eraser); ok && last != 0 {
		if err := e.Erase(ctx, key, last); err != nil {
			return err
		}
		last = 0
	}
	return put(ctx, s, key, value, last)
}

// putAll makes writes, at once if the store can.
func putAll(ctx context.Context, s Store, writes []Write) []Written {
	if b, ok := s.(Batcher); ok {
		for i := range writes {
			writes[i].Lasts = lasts(writes[i].Key, writes[i].Value)
		}
		return b.PutAll(ctx, writes)
	}
	answers := make([]Written, len(writes))
	for i, w := range writes {
		answers[i].Revision, answers[i].Err = putTimed(ctx, s, w.Key, w.Value, w.Last)
	}
	return answers
}
