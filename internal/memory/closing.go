package memory

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Closing is how long [Memory.Close] takes at most, and half of it for the store.
const Closing = 4 * time.Second

// Close writes what is not written, and closes the store. What the store has not taken after half of [Closing], or at all,
// is kept in the file Options.Aside; what that does not take either is lost, and the log says of how many readers.
// Readers that are still open go on, and nothing of them is kept.
func (m *Memory) Close() {
	m.mu.Lock()
	if m.over {
		m.mu.Unlock()
		return
	}
	m.over = true
	m.load.Broadcast()
	m.mu.Unlock()
	m.stop() // what could as well be done later
	m.lookAtAll()
	ctx, cancel := context.WithTimeout(context.Background(), min(m.o.Patience, Closing/2))
	defer cancel()
	within(ctx, func() { m.finish(ctx) })
	ending, end := context.WithTimeout(context.Background(), Closing/2)
	defer end()
	within(ending, m.leaveAside)
	within(ending, func() {
		if err := m.store.Close(); err != nil {
			m.o.Logger.Warn("the memory of readers could not be closed as it should", "error", err)
		}
	})
}

// within has f done, and waits for it for as long as ctx lasts: a store, or a disk, may hang.
func within(ctx context.Context, f func()) {
	done := make(chan struct{})
	go func() { //ledger:counted three of the program, at its end
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// finish writes all that it can.
func (m *Memory) finish(ctx context.Context) {
	m.loadRest(ctx)
	m.write(ctx, false)
	m.done.Wait()
	m.loadRest(ctx)
	m.write(ctx, false) // what was put back meanwhile
	m.forgetAgain(ctx)
	m.watching.Wait() // last: not every store stops at once
}

// loadRest loads what is not loaded, and has to be before it is written: those who have done so until now are leaving.
func (m *Memory) loadRest(ctx context.Context) {
	var rest []*state
	for s := range m.each() {
		s.mu.Lock()
		if s.unwritten() && !s.loaded {
			rest = append(rest, s)
		}
		s.mu.Unlock()
	}
	var all sync.WaitGroup
	var failed atomic.Bool
	n := min(loaders, len(rest))
	all.Add(n)
	for i := range n {
		go func() { //ledger:counted four of the program, at its end
			m.loadPart(ctx, rest, i, n, &failed)
			all.Done()
		}()
	}
	all.Wait()
}

// loadPart loads each nth state, until one cannot be loaded.
func (m *Memory) loadPart(ctx context.Context, rest []*state, first, n int, failed *atomic.Bool) {
	for i := first; i < len(rest) && !failed.Load(); i += n {
		if m.loadOne(ctx, rest[i]) != nil {
			failed.Store(true)
		}
	}
}

// each returns all states.
func (m *Memory) each() map[*state]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[*state]bool, len(m.byKey))
	for _, s := range m.byKey {
		all[s] = true
	}
	for _, s := range m.byID {
		all[s] = true
	}
	return all
}
