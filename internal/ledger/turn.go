package ledger

import (
	"container/heap"
	"math"
	"sync"
	"time"
)

// halfLife is how long it takes until half of the processor time that an
// account has used is forgotten.
const halfLife = time.Second

// slice is how long a turn lasts before Yield looks whether somebody waits.
const slice = 2 * time.Millisecond

// turns schedules work on the processors. There are as many turns as processors. If all are
// taken, the next one goes to the account that has used the least processor time lately: to the
// network that has used least, in it to the source that has, and so on down to a session. So a
// reader who presses a key now and then waits for the end of one slice, however busy others
// keep the server, and the sessions of one network compete with each other first.
type turns struct {
	mu      sync.Mutex // guards use and who waits, for slots as well
	free    [things]int
	holders map[*Slot]bool // that have a slot and take turns
	born    uint64         // places in queues so far
	epoch   time.Time      // that ranks count from
}

// Turn is the right to use a processor. The zero Turn is that of a nil Account.
type Turn struct {
	account *Account
	slot    *Slot // that its work has, or nil
	began   time.Time
}

// Turn waits for a turn. Its holder must not wait for anything but the processor, and must not
// ask for another turn.
func (a *Account) Turn() *Turn {
	t := &Turn{}
	a.Begin(t)
	return t
}

// Begin is like Turn, for a Turn that the caller has allocated.
func (a *Account) Begin(t *Turn) {
	*t = Turn{account: a}
	if a == nil {
		t.began = time.Now()
		return
	}
	t.wait()
}

// Yield lets another account go first if this turn has lasted for a slice and one is waiting
// that has used less. It reports whether the slice is over. Long work calls it often: it costs
// a look at the clock.
func (t *Turn) Yield() bool {
	if t == nil || time.Since(t.began) < slice {
		return false
	}
	if t.account == nil {
		t.began = time.Now()
		return true
	}
	turns := &t.account.ledger.turns
	now := time.Now()
	turns.mu.Lock()
	t.account.use(now, now.Sub(t.began))
	t.began = now
	first := t.account.ledger.root.waits[aTurn]
	if first == nil {
		turns.mu.Unlock()
		return true
	}
	own := t.enqueue(now)
	next := first.dequeue()
	turns.mu.Unlock()
	close(next)
	<-own // which may be the next
	t.began = time.Now()
	return true
}

// End gives the turn to the next.
func (t *Turn) End() {
	if t == nil || t.account == nil {
		return
	}
	turns := &t.account.ledger.turns
	now := time.Now()
	turns.mu.Lock()
	defer turns.mu.Unlock()
	t.account.use(now, now.Sub(t.began))
	t.account.ledger.hand(aTurn)
	t.account = nil // an End too many does nothing
}

// wait returns when the account has a turn.
func (t *Turn) wait() {
	turns := &t.account.ledger.turns
	turns.mu.Lock()
	if turns.free[aTurn] > 0 {
		turns.free[aTurn]--
		turns.mu.Unlock()
		t.began = time.Now()
		return
	}
	ready := t.enqueue(time.Now())
	turns.mu.Unlock()
	<-ready
	t.began = time.Now()
}

// enqueue has the turn wait for its account, or where its slot has a better place.
func (t *Turn) enqueue(now time.Time) <-chan struct{} {
	if t.slot != nil {
		return t.slot.enqueue(now)
	}
	return t.account.enqueue(aTurn, now)
}

// usage is processor time, which is forgotten exponentially.
type usage struct {
	seconds float64
	at      time.Time
}

// forgotten is the use, in seconds, below which it counts as none.
const forgotten = 1e-4

func (u *usage) now(now time.Time) float64 {
	if u.seconds == 0 {
		return 0
	}
	left := u.seconds * math.Exp2(-now.Sub(u.at).Seconds()/halfLife.Seconds())
	if left < forgotten {
		return 0
	}
	return left
}

// use charges an account, and those above it, for processor time.
func (a *Account) use(now time.Time, d time.Duration) {
	for at := a; at != nil; at = at.parent {
		at.used = usage{at.used.now(now) + d.Seconds(), now}
		for i, w := range at.waits {
			if w != nil && at.parent != nil {
				w.rank = at.rankOf(now)
				heap.Fix(&at.parent.waits[i].below, w.place)
			}
		}
	}
}

// rankOf orders accounts by use: the lower comes first. All use is forgotten at the
// same pace, so of two that use nothing more the order stays, and with it the rank:
// it is the logarithm of what was used, as of a fixed time.
func (a *Account) rankOf(now time.Time) float64 {
	left := a.used.now(now)
	if left == 0 {
		return math.Inf(-1)
	}
	return math.Log2(left) + now.Sub(a.ledger.turns.epoch).Seconds()/halfLife.Seconds()
}
