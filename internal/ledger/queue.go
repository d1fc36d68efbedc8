package ledger

import (
	"container/heap"
	"slices"
	"time"
)

// What accounts wait for, each in a queue of its own.
const (
	aTurn = iota
	aSlot
	aLargeSlot
	things
)

// hand gives a turn or slot to the next account in its queue; if none waits it becomes free.
func (l *Ledger) hand(thing int) {
	if first := l.root.waits[thing]; first != nil {
		close(first.dequeue())
	} else {
		l.turns.free[thing]++
	}
}

// waiting is what waits for one thing in an account, guarded by the lock of the turns. It is
// there while something waits: most accounts are of sources that are only remembered.
type waiting struct {
	account *Account
	thing   int
	own     []chan struct{} // of the account itself; each closed when it has got the thing
	below   queue           // parts of the account of which something waits

	// The account's place among those of its parent.
	place int
	rank  float64
	born  uint64
}

// enqueue queues the account for a thing, and returns a channel that is closed when it has it.
func (a *Account) enqueue(thing int, now time.Time) chan struct{} {
	ready := make(chan struct{})
	a.join(thing, now, ready)
	return ready
}

// join puts a channel into the queue.
func (a *Account) join(thing int, now time.Time, ready chan struct{}) {
	w := a.waitFor(thing, now)
	w.own = append(w.own, ready)
}

// waitFor returns what waits for a thing in the account, which gets a place in the queue if
// nothing has waited.
func (a *Account) waitFor(thing int, now time.Time) *waiting {
	if a.waits[thing] == nil {
		turns := &a.ledger.turns
		turns.born++
		w := &waiting{account: a, thing: thing, rank: a.rankOf(now), born: turns.born}
		if a.parent != nil {
			heap.Push(&a.parent.waitFor(thing, now).below, w)
		}
		a.waits[thing] = w
	}
	return a.waits[thing]
}

// next returns the account that is next.
func (w *waiting) next() *waiting {
	for len(w.own) == 0 {
		w = w.below[0]
	}
	return w
}

// dequeue removes the next from the queue.
func (w *waiting) dequeue() chan<- struct{} {
	w = w.next()
	next := w.own[0]
	w.drop(0)
	return next
}

// withdraw takes a channel from the queue, and reports whether it was there.
func (a *Account) withdraw(thing int, ready chan struct{}) bool {
	w := a.waits[thing]
	if w == nil {
		return false
	}
	i := slices.Index(w.own, ready)
	if i < 0 {
		return false
	}
	w.drop(i)
	return true
}

// drop takes one of the account's own from the queue.
func (w *waiting) drop(i int) {
	w.own = slices.Delete(w.own, i, i+1)
	for len(w.own)+len(w.below) == 0 {
		a := w.account
		a.waits[w.thing] = nil
		if a.parent == nil {
			return
		}
		above := a.parent.waits[w.thing]
		heap.Remove(&above.below, w.place)
		w = above
	}
}

// queue is a heap of accounts in which something waits, by rank and then by arrival.
type queue []*waiting

func (q *queue) Len() int { return len(*q) }

func (q *queue) Swap(i, j int) {
	(*q)[i], (*q)[j] = (*q)[j], (*q)[i]
	(*q)[i].place, (*q)[j].place = i, j
}

func (q *queue) Less(i, j int) bool {
	a, b := (*q)[i], (*q)[j]
	if a.rank != b.rank {
		return a.rank < b.rank
	}
	return a.born < b.born
}

func (q *queue) Push(x any) {
	if w, ok := x.(*waiting); ok {
		w.place = len(*q)
		*q = append(*q, w)
	}
}

func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
