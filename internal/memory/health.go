package memory

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// What a store does.
const (
	reading = iota
	writing
	doings
)

// health records whether the store fails, and logs when that begins and ends.
type health struct {
	logger  *slog.Logger
	store   Store
	writes  atomic.Uint64 // of states
	fails   atomic.Uint64 // of the store
	lost    atomic.Uint64 // states that had no room to wait in
	refused atomic.Uint64 // new readers

	mu     sync.Mutex
	bad    [doings]bool
	since  time.Time
	warned bool // of what is newer
	full   bool // the store takes no new readers
}

// note records the result of a use of the store.
func (h *health) note(doing int, err error) {
	if err != nil && (errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) || errors.Is(err, errNewer) || errors.Is(err, errBroken)) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.bad != [doings]bool{}
	h.bad[doing] = err != nil
	if err != nil {
		h.fails.Add(1)
	}
	switch now := h.bad != [doings]bool{}; {
	case now && !before:
		h.since = time.Now()
		h.logger.Warn("readers cannot be remembered as they should: their store fails; what they do is kept in memory and written once it works", "error", err)
	case before && !now:
		h.logger.Info("readers are remembered again", "after", time.Since(h.since).Round(time.Second).String())
	}
}

// room records whether the store has room for new readers, and returns it.
func (h *health) room(there bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case there && h.full:
		h.logger.Info("new readers are remembered again: their store has room")
	case !there && !h.full:
		h.logger.Warn("new readers are not remembered: their store has reached its size; those who are known still are; set readers-max-size to more, if there is the space")
	}
	h.full = !there
	return there
}

// newer logs once that there are records of a newer version.
func (h *health) newer(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.warned {
		h.warned = true
		h.logger.Warn("what is kept of some readers is not read", "error", err)
	}
}

// failing reports whether the store does not answer.
func (h *health) failing() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bad[reading]
}

// works reports whether the store does all that it should.
func (h *health) works() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bad == [doings]bool{}
}

// Stats describe a [Memory] for metrics.
type Stats struct {
	Readers   int    // that are remembered now: who reads, and who is not written yet
	Unwritten int    // whose sessions are over
	Writes    uint64 // of readers
	Failures  uint64 // of the store
	Lost      uint64 // readers whose last state had no room in memory while the store failed
	Refused   uint64 // new readers for whom there was no room, or of whom too many came from one place
	Failing   bool   // the store, now
	Full      bool   // it takes no new readers, now
}

// Stats returns what the Memory does.
func (m *Memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.health.mu.Lock()
	failing, full := m.health.bad != [doings]bool{}, m.health.full
	m.health.mu.Unlock()
	return Stats{
		Readers: len(m.byKey), Unwritten: len(m.left), Writes: m.health.writes.Load(), Failures: m.health.fails.Load(),
		Lost: m.health.lost.Load(), Refused: m.health.refused.Load(), Failing: failing, Full: full,
	}
}
