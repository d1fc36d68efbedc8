package ledger

import (
	"slices"
	"time"
)

// Size is how much memory work holds between its turns.
type Size int

// How much work of each size is under way at once.
const (
	Small Size = iota // SmallSlots for each processor
	Large             // one
)

// SmallSlots is how many slots for small work there are for each processor.
const SmallSlots = 2

// Slot is the right to have work under way that takes many turns, and that holds memory while others have
// theirs. Like turns, slots go to the account that has used the least processor time lately. While such an
// account waits for a slot, the holders of slots get their turns with its priority, since it waits for them to
// finish.
type Slot struct {
	account *Account
	thing   int
	ready   chan struct{}

	// Guarded by the lock of the turns: the turn that the holder waits for, or has waited for, and with whose
	// priority.
	turn  chan struct{}
	place *Account
}

// Slot asks for a slot. It is there when Ready is closed; Leave it in any case.
func (a *Account) Slot(size Size) *Slot {
	s := &Slot{account: a, thing: aSlot + int(size), ready: make(chan struct{})}
	if a == nil {
		close(s.ready)
		return s
	}
	turns := &a.ledger.turns
	turns.mu.Lock()
	defer turns.mu.Unlock()
	if turns.free[s.thing] > 0 {
		turns.free[s.thing]--
		close(s.ready)
		return s
	}
	now := time.Now()
	a.join(s.thing, now, s.ready)
	for holder := range turns.holders {
		if holder.thing == s.thing {
			holder.hurry(now)
		}
	}
	return s
}

// Turn waits for a turn of the work that has the slot.
func (s *Slot) Turn() *Turn {
	t := &Turn{account: s.account}
	if s.account == nil {
		t.began = time.Now()
		return t
	}
	t.slot = s
	turns := &s.account.ledger.turns
	turns.mu.Lock()
	turns.holders[s] = true
	turns.mu.Unlock()
	t.wait()
	return t
}

// enqueue queues the holder for a turn, with the priority of an account that waits for the slot and has used
// less, if there is one.
func (s *Slot) enqueue(now time.Time) <-chan struct{} {
	s.turn, s.place = make(chan struct{}), s.best(now)
	s.place.join(aTurn, now, s.turn)
	return s.turn
}

// hurry moves the holder to a better place, if it waits for a turn and there is one.
func (s *Slot) hurry(now time.Time) {
	best := s.best(now)
	if s.place == nil || best == s.account || best == s.place {
		return
	}
	if !s.place.withdraw(aTurn, s.turn) {
		return // it has its turn
	}
	s.place = best
	best.join(aTurn, now, s.turn)
}

// best returns the account with whose priority the holder gets its turn first.
func (s *Slot) best(now time.Time) *Account {
	queue := s.account.ledger.root.waits[s.thing]
	if queue == nil {
		return s.account
	}
	if first := queue.next().account; first.before(s.account, now) {
		return first
	}
	return s.account
}

// before reports whether a comes before b for what they have used.
func (a *Account) before(b *Account, now time.Time) bool {
	as, bs := a.line(), b.line()
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return as[i].rankOf(now) < bs[i].rankOf(now)
		}
	}
	return false
}

// line returns the accounts from the whole down to a.
func (a *Account) line() []*Account {
	var line []*Account
	for at := a; at != nil; at = at.parent {
		line = append(line, at)
	}
	slices.Reverse(line)
	return line
}

// Ready is closed when the slot is there.
func (s *Slot) Ready() <-chan struct{} { return s.ready }

// Leave gives the slot to the next, or waits for it no longer.
func (s *Slot) Leave() {
	a := s.account
	if a == nil {
		return
	}
	a.ledger.turns.mu.Lock()
	defer a.ledger.turns.mu.Unlock()
	s.account = nil // to leave once more does nothing
	delete(a.ledger.turns.holders, s)
	if !a.withdraw(s.thing, s.ready) {
		a.ledger.hand(s.thing)
	}
}
