// Package storetest tests stores of readers' states, and has one in memory whose faults are chosen.
package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
)

// Store keeps records in memory. Its zero value is ready to be used.
type Store struct {
	mu       sync.Mutex
	records  map[string]memory.Record
	revision uint64
	watching []func(key string)
	faults   Faults
	calls    int
}

// Faults are what a Store does wrong.
type Faults struct {
	Gone   bool          // every method fails
	Full   bool          // what writes fails
	Refuse string        // what writes a record whose key begins so fails
	Slow   time.Duration // every method takes so long, or as long as its context lasts
}

// What a Store answers with faults.
var (
	ErrGone = errors.New("the store is gone")
	ErrFull = errors.New("no space left on device")
)

// Fault has the store do things wrong from now on.
func (s *Store) Fault(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Calls returns how many records were read and written.
func (s *Store) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Keys returns the keys of all records, sorted.
func (s *Store) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(s.records))
	for key := range s.records {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Empty removes all records, as if somebody had moved the store away.
func (s *Store) Empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = nil
}

// fault waits and fails as it was chosen.
func (s *Store) fault(ctx context.Context, writes bool) error {
	s.mu.Lock()
	faults := s.faults
	s.calls++
	s.mu.Unlock()
	if faults.Slow > 0 {
		timer := time.NewTimer(faults.Slow)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	switch {
	case faults.Gone:
		return ErrGone
	case faults.Full && writes:
		return ErrFull
	}
	return ctx.Err()
}

// Get is part of [memory.Store].
func (s *Store) Get(ctx context.Context, key string) (memory.Record, error) {
	if err := s.fault(ctx, false); err != nil {
		return memory.Record{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[key]
	if !ok {
		return memory.Record{}, memory.ErrNotFound
	}
	r.Value = slices.Clone(r.Value)
	return r, nil
}

// Put is part of [memory.Store].
func (s *Store) Put(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	if err := s.fault(ctx, true); err != nil {
		return 0, err
	}
	s.mu.Lock()
	if refuse := s.faults.Refuse; refuse != "" && strings.HasPrefix(key, refuse) {
		s.mu.Unlock()
		return 0, ErrFull
	}
	if s.records[key].Revision != last {
		s.mu.Unlock()
		return 0, memory.ErrConflict
	}
	if s.records == nil {
		s.records = make(map[string]memory.Record)
	}
	s.revision++
	revision := s.revision
	s.records[key] = memory.Record{Value: slices.Clone(value), Revision: revision, Written: time.Now().Truncate(time.Second)}
	watching := slices.Clone(s.watching)
	s.mu.Unlock()
	for _, changed := range watching {
		changed(key)
	}
	return revision, nil
}

// Delete is part of [memory.Store].
func (s *Store) Delete(ctx context.Context, key string, last uint64) error {
	return s.remove(ctx, key, last, true)
}

// Erase is part of [memory.Eraser].
func (s *Store) Erase(ctx context.Context, key string, last uint64) error {
	return s.remove(ctx, key, last, false)
}

func (s *Store) remove(ctx context.Context, key string, last uint64, tell bool) error {
	if err := s.fault(ctx, true); err != nil {
		return err
	}
	s.mu.Lock()
	if r, ok := s.records[key]; !ok || r.Revision != last {
		s.mu.Unlock()
		return memory.ErrConflict
	}
	delete(s.records, key)
	var watching []func(string)
	if tell {
		watching = slices.Clone(s.watching)
	}
	s.mu.Unlock()
	for _, changed := range watching {
		changed(key)
	}
	return nil
}

// Watch is part of [memory.Store].
func (s *Store) Watch(ctx context.Context, changed func(key string)) error {
	s.mu.Lock()
	s.watching = append(s.watching, changed)
	s.mu.Unlock()
	<-ctx.Done()
	return nil
}

// Close is part of [memory.Store]. The records stay.
func (*Store) Close() error { return nil }
