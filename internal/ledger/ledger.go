// Package ledger bounds what clients can make the server hold and do. Memory, goroutines and
// processor time are taken from an account before they are used, and given back afterwards.
// What an account does not have is refused or waited for.
//
// Accounts form a tree: a session's account is part of its connection's, which is part of its
// source's, which is part of its networks', and all are part of the whole. What is taken from
// an account is taken from every account above it, so the limit that is reached first applies.
//
// The package knows nothing of SSH, terminals and posts.
package ledger

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Limits are what an account may take at a time. Zero sets no limit beside those
// of the accounts above.
type Limits struct {
	// Bytes of memory.
	Bytes int64
	// Goroutines started by Go.
	Goroutines int64
}

// Ledger is the whole that accounts share. It is safe for concurrent use, as
// are its accounts.
type Ledger struct {
	mu    sync.Mutex // guards what all accounts have taken
	root  Account
	turns turns
}

// New returns a ledger with limits for all accounts together, and as many turns
// at once as there are processors (GOMAXPROCS).
func New(limits Limits) *Ledger {
	l := &Ledger{}
	l.root = Account{ledger: l, limits: limits}
	processors := runtime.GOMAXPROCS(0)
	l.turns.free, l.turns.epoch = [...]int{aTurn: processors, aSlot: SmallSlots * processors, aLargeSlot: 1}, time.Now()
	l.turns.holders = make(map[*Slot]bool)
	return l
}

// Open returns a new account directly below the whole. Close it.
func (l *Ledger) Open(limits Limits) *Account { return l.root.Open(limits) }

// Limit changes the limits for all accounts together. If more is already taken, nothing can be
// taken until enough is given back.
func (l *Ledger) Limit(limits Limits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.root.limits = limits
}

// Taken returns what all accounts have taken by now.
func (l *Ledger) Taken() Limits { return l.root.Taken() }

// Account counts what one network, source, connection or session has taken. A nil Account, for
// programs with a single user, has no limits and counts nothing.
type Account struct {
	ledger *Ledger
	parent *Account
	limits Limits

	// Guarded by the ledger's lock.
	taken  Limits
	closed bool

	// Guarded by the lock of the ledger's turns.
	used  usage
	waits [things]*waiting // nil where nothing waits
}

// Open returns a new account that is part of a. Close it.
func (a *Account) Open(limits Limits) *Account {
	if a == nil {
		return nil
	}
	return &Account{ledger: a.ledger, parent: a, limits: limits}
}

// Taken returns what the account has taken by now, its parts included.
func (a *Account) Taken() Limits {
	if a == nil {
		return Limits{}
	}
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	return a.taken
}

// Take takes n bytes, and reports whether the account and all above it had them. Give returns
// them; Close returns all.
func (a *Account) Take(n int64) bool { return a.take(Limits{Bytes: n}, 1, 1) }

// TakeWithin is like Take, but waits for up to the given time, and no longer than ctx, until
// the account and all above it have n bytes.
func (a *Account) TakeWithin(ctx context.Context, patience time.Duration, n int64) bool {
	return within(ctx, patience, func() bool { return a.Take(n) })
}

// within repeats take for up to a time until it succeeds or ctx ends, and reports whether it
// succeeded.
func within(ctx context.Context, patience time.Duration, take func() bool) bool {
	const look = 20 * time.Millisecond
	for ; !take(); patience -= look {
		if patience <= 0 {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(look):
		}
	}
	return true
}

// TakeExtra is like Take, for memory that clients can do without: it leaves the last quarter of
// each limit, so that others can be served.
func (a *Account) TakeExtra(n int64) bool { return a.take(Limits{Bytes: n}, extraShare, extraShare) }

// TakeSpare is like Take, but leaves the last quarter of the whole for newcomers.
func (a *Account) TakeSpare(n int64) bool { return a.take(Limits{Bytes: n}, 1, extraShare) }

// TakeSpareWithin is like TakeSpare, and waits like TakeWithin.
func (a *Account) TakeSpareWithin(ctx context.Context, patience time.Duration, n int64) bool {
	return within(ctx, patience, func() bool { return a.TakeSpare(n) })
}

// Give gives n bytes back.
func (a *Account) Give(n int64) { a.give(Limits{Bytes: n}) }

// Go runs f on a goroutine of its own, and reports whether the account and all
// above it had one. The goroutine counts until f returns. f contains its panics.
func (a *Account) Go(f func()) bool {
	if a == nil {
		go f()
		return true
	}
	one := Limits{Goroutines: 1}
	if !a.take(one, 1, 1) {
		return false
	}
	go func() {
		defer a.give(one)
		f()
	}()
	return true
}

// Close gives back the bytes that the account still has. From then on it has
// nothing to take. Its goroutines count until they end.
func (a *Account) Close() {
	if a == nil {
		return
	}
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	if a.closed {
		return
	}
	a.giveBytes(a.taken.Bytes)
	a.closed = true
}

// giveBytes gives n bytes back to a and the accounts above it, up to one that is closed: its
// Close has given back what its parts had taken.
func (a *Account) giveBytes(n int64) {
	for at := a; at != nil && !at.closed; at = at.parent {
		at.taken.Bytes -= n
	}
}

// extraShare is the part of each limit up to which TakeExtra takes, and of the whole up to
// which TakeSpare does.
const extraShare = 0.75

// take takes n if that leaves the account and all above it within a part of their
// limits.
func (a *Account) take(n Limits, part, ofWhole float64) bool {
	if a == nil || n == (Limits{}) { // taking nothing succeeds even if all is taken
		return true
	}
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	for at := a; at != nil; at = at.parent {
		if at.parent == nil {
			part = ofWhole
		}
		if at.closed || !at.limits.allow(at.taken, n, part) {
			return false
		}
	}
	for at := a; at != nil; at = at.parent {
		at.taken.Bytes += n.Bytes
		at.taken.Goroutines += n.Goroutines
	}
	return true
}

func (a *Account) give(n Limits) {
	if a == nil {
		return
	}
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	a.giveBytes(n.Bytes)
	for at := a; at != nil; at = at.parent {
		at.taken.Goroutines -= n.Goroutines
	}
}

// allow reports whether there is room for n more than taken, in a part of the bytes.
func (l Limits) allow(taken, n Limits, part float64) bool {
	return (l.Bytes == 0 || float64(taken.Bytes+n.Bytes) <= float64(l.Bytes)*part) &&
		(l.Goroutines == 0 || taken.Goroutines+n.Goroutines <= l.Goroutines)
}
