package terminal

import (
	"io"
	"time"

	"golang.org/x/time/rate"
)

// Read buffers, in bytes. A blocked read holds its buffer, so it is small
// until the client sends more than fits; a burst is then read whole before
// the next frame is painted, if the account has the bytes.
const (
	smallRead = 256
	largeRead = 32 << 10
)

// read passes input to the model until the input ends.
func (h *Host) read() {
	var (
		buf   = make([]byte, smallRead)
		timer *time.Timer
		last  time.Time
		bytes = bucket(h.budget.Rate, h.budget.Burst)
		turns = bucket(h.budget.Turns, h.budget.Turns)
	)
	for {
		n, err := h.in.Read(buf)
		if timer != nil {
			timer.Stop()
			timer = nil
		}
		if n > 0 {
			now := time.Now()
			pending, wait := h.typed(buf[:n], now.Sub(last) >= escTimeout, bytes)
			last = now
			if pending > 0 {
				timer = time.AfterFunc(wait, func() { h.expire(pending) }) //nolint:forbidigo // one of a session, which is counted
			}
		}
		if err == nil && h.over() {
			// The rest is read and discarded: unread, it would block the other sessions of the connection, and
			// no account would cover it.
			_, err = io.Copy(io.Discard, h.in)
		}
		if err != nil || h.over() {
			h.end(ErrInputClosed, "")
			return
		}
		buf = h.nextBuffer(buf, n)
		// What arrives during the pause is read at once, and costs one more frame.
		time.Sleep(turns.Reserve().Delay())
	}
}

// over reports whether the session is over, or about to be.
func (h *Host) over() bool {
	if h.ending.Load() {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stopped
}

// nextBuffer sizes the buffer for the next read: large while the client fills
// it, small again as soon as it does not.
func (h *Host) nextBuffer(buf []byte, n int) []byte {
	switch {
	case n == len(buf) && n < largeRead && h.account.TakeExtra(largeRead):
		return make([]byte, largeRead)
	case n < smallRead && len(buf) > smallRead:
		h.account.Give(largeRead)
		return make([]byte, smallRead)
	}
	return buf
}

// typed updates the model with all of p, which has come late after what came before
// or at once, and paints. It returns a number that names the incomplete sequence left
// behind, or 0 if there is none, and how long to wait for its rest.
func (h *Host) typed(p []byte, late bool, bytes *rate.Limiter) (pending uint64, wait time.Duration) {
	fed := false
	for more := true; more; {
		h.awaitRoom()
		more = false // should the session be over
		h.locked(func() {
			if !fed && !bytes.AllowN(time.Now(), len(p)) {
				h.stop(ErrInputBudget, "")
				return
			}
			if !fed {
				h.input.feed(p, late)
				fed = true
			}
			more = h.takeInput()
			pending = h.input.pending()
			wait = h.input.patience(h.answers.outstanding(time.Now()))
		})
	}
	return pending, wait
}

// awaitRoom waits until no task waits, so that a client who asks for more work
// than a session may have at once waits for it.
func (h *Host) awaitRoom() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.waiting) > 0 && !h.stopped {
		h.room.Wait()
	}
}

// paintEvery is how often a frame is painted during a long input.
const paintEvery = 100 * time.Millisecond

// takeInput updates the model with what has arrived, and reports whether there is
// more to come back for: after a frame, or when tasks have ended. The lock is held.
func (h *Host) takeInput() (more bool) {
	began := time.Now()
	for !h.ending.Load() && !h.stopped {
		msg, ok := h.input.next(false)
		if !ok {
			if h.input.overrun(h.budget) {
				h.stop(ErrInputBudget, "")
			}
			return false
		}
		h.update(msg)
		if len(h.waiting) > 0 || h.turn.Yield() && time.Since(began) > paintEvery {
			return true
		}
	}
	return false
}

// expire decodes the incomplete sequence as it is: usually as the Escape key.
func (h *Host) expire(pending uint64) {
	h.locked(func() {
		if h.input.pending() != pending {
			return // its rest has come, or newer input is under way
		}
		for msg, ok := h.input.next(true); ok; msg, ok = h.input.next(true) {
			h.update(msg)
		}
	})
}

// Budget bounds the input of one client, so that it can neither fill the memory nor keep a core busy. A field
// of zero sets no bound.
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

// bucket returns a token bucket that is full, or one without a bound if that is 0.
func bucket(perSecond, bound int) *rate.Limiter {
	if bound <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(perSecond), bound)
}
