package ledger

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Slots go to those who have used least, and to nobody who has stopped waiting.
func TestSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := New(Limits{})
		crowd, lone := whole.Open(Limits{}), whole.Open(Limits{})
		turn := crowd.Open(Limits{}).Turn()
		time.Sleep(500 * time.Millisecond)
		turn.End()
		held := crowd.Slot(Large)
		<-held.Ready()
		var order []string
		wait := func(name string, a *Account) *Slot {
			s := a.Slot(Large)
			go func() {
				<-s.Ready()
				order = append(order, name)
				s.Leave()
			}()
			synctest.Wait()
			return s
		}
		wait("one of the crowd", crowd.Open(Limits{}))
		gone := lone.Open(Limits{}).Slot(Large)
		wait("another of the crowd", crowd.Open(Limits{}))
		wait("a reader", lone.Open(Limits{}))
		gone.Leave()
		gone.Leave()
		small := crowd.Slot(Small) // does not wait for large work
		<-small.Ready()
		small.Leave()
		if len(order) != 0 {
			t.Errorf("%q have slots that are taken", order)
		}
		held.Leave()
		held.Leave()
		synctest.Wait()
		if want := []string{"a reader", "one of the crowd", "another of the crowd"}; !slices.Equal(order, want) {
			t.Errorf("slots went to %q, want %q", order, want)
		}
		select {
		case <-gone.Ready():
			t.Error("who had left has got a slot")
		default:
		}
		if free := whole.turns.free; free != New(Limits{}).turns.free {
			t.Errorf("%v are free in the end", free)
		}
	})
}

// There are never more slots than there may be, whoever waits, leaves and comes.
func TestSlotsAreNoMoreThanTheyMayBe(t *testing.T) {
	whole := New(Limits{})
	var accounts []*Account
	for range 8 {
		accounts = append(accounts, whole.Open(Limits{}))
	}
	var underWay, most atomic.Int32
	var wg sync.WaitGroup
	for i := range 64 {
		account := accounts[i%8].Open(Limits{})
		wg.Go(func() {
			for n := range 10 {
				s := account.Slot(Small)
				if (i+n)%3 == 0 {
					s.Leave()
					continue
				}
				<-s.Ready()
				now := underWay.Add(1)
				for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
				}
				turn := s.Turn()
				time.Sleep(slice)
				turn.Yield()
				turn.End()
				underWay.Add(-1)
				s.Leave()
			}
		})
	}
	wg.Wait()
	free := New(Limits{}).turns.free
	if n := int(most.Load()); n > free[aSlot] || whole.turns.free != free {
		t.Errorf("%d slots were taken at once, want %d at most; %v are free in the end, want %v", n, free[aSlot], whole.turns.free, free)
	}
	for _, a := range append(accounts, &whole.root) {
		if w := a.waits[aSlot]; w != nil {
			t.Errorf("somebody waits in the end: %+v", w)
		}
	}
}

// Whoever waits for a slot does not wait for those who have one to come to their turns
// behind everybody else.
func TestWhoHasASlotTakesTheTurnsOfWhoWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := New(Limits{})
		whole.turns.free[aTurn] = 1
		crowd, others, lone := whole.Open(Limits{}), whole.Open(Limits{}), whole.Open(Limits{})
		for account, used := range map[*Account]time.Duration{crowd: 900 * time.Millisecond, others: 500 * time.Millisecond, lone: time.Millisecond} {
			turn := account.Turn()
			time.Sleep(used)
			turn.End()
		}
		blocker := whole.Open(Limits{}).Turn()
		held := crowd.Open(Limits{}).Slot(Large)
		var order []string
		go func() {
			turn := held.Turn()
			for range 3 { // as a render
				time.Sleep(2 * slice)
				turn.Yield()
			}
			order = append(order, "the work under way")
			turn.End()
			held.Leave()
		}()
		synctest.Wait()
		for range 20 {
			go func() {
				turn := others.Open(Limits{}).Turn()
				time.Sleep(slice)
				order = append(order, "another")
				turn.End()
			}()
		}
		synctest.Wait()
		waits := lone.Open(Limits{}).Slot(Large)
		go func() {
			<-waits.Ready()
			turn := waits.Turn()
			order = append(order, "the next")
			turn.End()
			waits.Leave()
		}()
		synctest.Wait()
		blocker.End()
		time.Sleep(time.Second)
		synctest.Wait()
		// Between the two one may come who had waited for the turn that ended.
		if len(order) != 22 || order[0] != "the work under way" || slices.Index(order, "the next") > 2 {
			t.Errorf("turns went to %q", order)
		}
		if len(whole.turns.holders) != 0 || whole.turns.free[aTurn] != 1 || whole.turns.free[aLargeSlot] != 1 {
			t.Errorf("%d have slots in the end, and %v are free", len(whole.turns.holders), whole.turns.free)
		}
	})
}
