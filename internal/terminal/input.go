package terminal

import (
	"time"

	"golang.org/x/time/rate"
)

// Read buffers, in bytes. A blocked read holds its buffer, so it is small
// until the client sends more than fits; a burst is then read whole before
// the next frame is painted.
const (
	smallRead = 256
	largeRead = 32 << 10
)

// escTimeout is how long the rest of an escape sequence may be under way
// before its first bytes count as keys. Terminals send a sequence whole; the
// network may cut it, and this is the limit that other programs use.
const escTimeout = 50 * time.Millisecond

// read brings input to the model until the input ends.
func (h *Host) read() {
	var (
		buf   = make([]byte, smallRead)
		timer *time.Timer
		spent meter
		turns = h.budget.turns()
	)
	for {
		n, err := h.in.Read(buf)
		if timer != nil {
			timer.Stop()
			timer = nil
		}
		if n > 0 {
			pending := h.typed(buf[:n], &spent)
			if pending > 0 {
				timer = time.AfterFunc(escTimeout, func() { h.expire(pending) })
			}
		}
		if err != nil {
			h.locked(func() { h.stop(ErrInputClosed, "") })
			return
		}
		buf = nextBuffer(buf, n)
		// What comes meanwhile is read at once, and is one more frame.
		time.Sleep(turns.Reserve().Delay())
	}
}

// nextBuffer sizes the buffer for the next read: large while the client fills
// it, small again as soon as it does not.
func nextBuffer(buf []byte, n int) []byte {
	switch {
	case n == len(buf) && n < largeRead:
		return make([]byte, largeRead)
	case n < smallRead && len(buf) > smallRead:
		return make([]byte, smallRead)
	}
	return buf
}

// typed updates the model with all of p and paints once. It returns a number
// that names the incomplete sequence left behind, or 0 if there is none.
func (h *Host) typed(p []byte, spent *meter) (pending uint64) {
	h.locked(func() {
		if !spent.allow(h.budget, len(p)) {
			h.stop(ErrInputBudget, "")
			return
		}
		for msg := range h.input.decode(p) {
			h.update(msg)
			if h.stopped {
				return
			}
		}
		if h.input.overrun(h.budget) {
			h.stop(ErrInputBudget, "")
			return
		}
		h.paint()
		pending = h.input.pending()
	})
	return pending
}

// expire takes the incomplete sequence for what it is: usually the Escape key.
func (h *Host) expire(pending uint64) {
	h.locked(func() {
		if h.input.pending() != pending {
			return // its rest has come, or newer input is under way
		}
		for msg := range h.input.flush() {
			h.update(msg)
		}
		h.paint()
	})
}

// Budget bounds what one client may send, so that input can neither fill the
// memory nor keep a core busy. A field of zero sets no bound.
type Budget struct {
	// Rate is the number of bytes a second that may come on average.
	Rate int
	// Burst is the number of bytes that may come at once.
	Burst int
	// Turns is how many times a second input is acted on, after as many at
	// once. What comes faster waits and is acted on together, so a client that
	// sends each key apart costs no more frames than a screen can show.
	Turns int
	// Paste is the number of bytes that one paste may hold; a longer one ends
	// the session, since only an attacker leaves a paste open.
	Paste int
}

// turns returns the bucket of Budget.Turns.
func (b Budget) turns() *rate.Limiter {
	if b.Turns <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(b.Turns), b.Turns)
}

// meter is a token bucket that counts bytes upwards: what has been spent
// drains at Budget.Rate. The clock is monotonic.
type meter struct {
	spent float64
	last  time.Time
}

func (m *meter) allow(b Budget, n int) bool {
	if b.Burst <= 0 {
		return true
	}
	now := time.Now()
	if !m.last.IsZero() {
		m.spent = max(0, m.spent-now.Sub(m.last).Seconds()*float64(b.Rate))
	}
	m.last = now
	m.spent += float64(n)
	return m.spent <= float64(b.Burst)
}
