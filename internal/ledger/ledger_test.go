package ledger

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimitsOfEveryLevelHold(t *testing.T) {
	whole := New(Limits{Bytes: 100})
	source := whole.Open(Limits{Bytes: 60})
	a, b := source.Open(Limits{Bytes: 50}), source.Open(Limits{})
	other := whole.Open(Limits{})
	for _, step := range []struct {
		name    string
		account *Account
		take    int64
		want    bool
	}{
		{"its own limit", a, 51, false},
		{"up to it", a, 50, true},
		{"what its source has left", b, 11, false},
		{"up to that", b, 10, true},
		{"what is left of the whole", other, 41, false},
		{"all of it", other, 40, true},
		{"nothing is left", other, 1, false},
	} {
		if got := step.account.Take(step.take); got != step.want {
			t.Errorf("%s: Take(%d) = %v", step.name, step.take, got)
		}
	}
	a.Close()
	if got := whole.Taken().Bytes; got != 50 {
		t.Errorf("%d bytes are taken after a part was closed, want 50", got)
	}
	if a.Take(1) {
		t.Error("a closed account takes more")
	}
	a.Give(50) // who gives back late does no harm
	a.Close()
	if got := whole.Taken().Bytes; got != 50 {
		t.Errorf("%d bytes are taken, want 50", got)
	}
}

// What is extra leaves the last quarter of every limit to what has to be.
func TestExtraLeavesAQuarter(t *testing.T) {
	whole := New(Limits{Bytes: 1000})
	source := whole.Open(Limits{Bytes: 400})
	a, b := source.Open(Limits{}), whole.Open(Limits{})
	for _, step := range []struct {
		name string
		take func(int64) bool
		n    int64
		want bool
	}{
		{"more than three quarters of the source", a.TakeExtra, 301, false},
		{"three quarters of the source", a.TakeExtra, 300, true},
		{"one more", a.TakeExtra, 1, false},
		{"the last quarter, as needed", a.Take, 100, true},
		{"more than three quarters of the whole", b.TakeExtra, 351, false},
		{"three quarters of the whole", b.TakeExtra, 350, true},
		{"the last quarter of the whole, as needed", b.Take, 250, true},
	} {
		if got := step.take(step.n); got != step.want {
			t.Errorf("%s: %d bytes are granted: %v", step.name, step.n, got)
		}
	}
}

func TestGoroutinesCountUntilTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := New(Limits{})
		a := whole.Open(Limits{Goroutines: 2})
		gate := make(chan struct{})
		wait := func() { <-gate }
		for range 2 {
			if !a.Go(wait) {
				t.Fatal("a goroutine is refused")
			}
		}
		if a.Go(wait) {
			t.Error("there is a third")
		}
		a.Close()
		if got := whole.Taken().Goroutines; got != 2 {
			t.Errorf("%d goroutines are counted while two run", got)
		}
		close(gate)
		synctest.Wait()
		if got := whole.Taken(); got != (Limits{}) {
			t.Errorf("%+v is taken after all has ended", got)
		}
	})
}

// Whatever is taken, given back and closed at the same time: the books agree.
func TestNothingIsLeftOver(t *testing.T) {
	whole := New(Limits{Bytes: 1000, Goroutines: 50})
	var wg sync.WaitGroup
	for seed := range uint64(20) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			for range 200 {
				a := whole.Open(Limits{Bytes: 300, Goroutines: 5})
				part := a.Open(Limits{})
				for range 5 {
					if n := random.Int64N(100); part.Take(n) && random.IntN(2) == 0 {
						part.Give(n)
					}
					part.Go(func() {})
				}
				if random.IntN(2) == 0 {
					part.Close()
				}
				a.Close()
				part.Close()
				if got := whole.Taken(); got.Bytes < 0 || got.Bytes > 1000 || got.Goroutines < 0 || got.Goroutines > 50 {
					t.Errorf("%+v is taken", got)
				}
			}
		})
	}
	wg.Wait()
	for range 1000 { // the goroutines have been started, and may not have ended
		if whole.Taken() == (Limits{}) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%+v is left", whole.Taken())
}

func TestNoAccountHasNoLimits(t *testing.T) {
	var a *Account
	if !a.Take(1<<60) || a.Open(Limits{Bytes: 1}) != nil || a.Taken() != (Limits{}) {
		t.Error("an account that is none has a limit")
	}
	a.Give(1)
	a.Close()
	done := make(chan struct{})
	if !a.Go(func() { close(done) }) {
		t.Error("an account that is none has no goroutine")
	}
	<-done
	turn := a.Turn()
	turn.Yield()
	turn.End()
}

// turnOrder has accounts ask for a turn while all are taken, in the order given,
// and returns the order in which they get it.
func turnOrder(whole *Ledger, accounts map[string]*Account, asking ...string) []string {
	var order []string
	held := make([]*Turn, whole.turns.free[aTurn])
	blocker := whole.Open(Limits{})
	for i := range held {
		held[i] = blocker.Turn()
	}
	var mu sync.Mutex
	for _, name := range asking {
		go func() {
			turn := accounts[name].Turn()
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			turn.End()
		}()
		synctest.Wait()
	}
	held[0].End() // the others stay, so that they come one after the other
	synctest.Wait()
	for _, turn := range held[1:] {
		turn.End()
	}
	return order
}

func TestWhoHasUsedLeastComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := New(Limits{})
		crowd, lone := whole.Open(Limits{}), whole.Open(Limits{})
		accounts := map[string]*Account{
			"busy": crowd.Open(Limits{}), "new of the crowd": crowd.Open(Limits{}), "reader": lone.Open(Limits{}),
		}
		turn := accounts["busy"].Turn()
		time.Sleep(500 * time.Millisecond)
		turn.End()
		turn = accounts["reader"].Turn()
		time.Sleep(time.Millisecond)
		turn.End()
		got := turnOrder(whole, accounts, "busy", "new of the crowd", "reader")
		if len(got) != 3 || got[0] != "reader" || got[1] != "new of the crowd" || got[2] != "busy" {
			t.Errorf("turns went to %q", got)
		}
		time.Sleep(time.Minute) // all is forgotten
		if got := turnOrder(whole, accounts, "busy", "reader"); len(got) != 2 || got[0] != "busy" {
			t.Errorf("after a rest turns went to %q, want them in the order of asking", got)
		}
	})
}

// Whoever comes while a crowd waits that has used nothing yet does not wait for all
// of it: as soon as one of the crowd has used more, so has the crowd.
func TestACrowdCountsAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := New(Limits{})
		whole.turns.free[aTurn] = 1
		lone := whole.Open(Limits{}).Open(Limits{})
		turn := lone.Turn()
		time.Sleep(time.Millisecond)
		turn.End()
		turn = whole.Open(Limits{}).Turn()
		crowd, came := whole.Open(Limits{}), 0
		for range 20 {
			member := crowd.Open(Limits{})
			go func() {
				turn := member.Turn()
				came++
				time.Sleep(slice)
				turn.End()
			}()
			synctest.Wait()
		}
		before := -1
		go func() {
			turn := lone.Turn()
			before = came
			turn.End()
		}()
		synctest.Wait()
		turn.End()
		time.Sleep(time.Second)
		synctest.Wait()
		if before != 1 || came != 20 {
			t.Errorf("one came after %d of a crowd of whom %d came, want 1 of 20", before, came)
		}
	})
}

// Long work lets others in between, but only after its slice, and those first who
// have used less.
func TestYield(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := New(Limits{})
		whole.turns.free[aTurn] = 1
		long, short := whole.Open(Limits{}), whole.Open(Limits{})
		turn := long.Turn()
		asked := time.Now()
		var waited time.Duration
		go func() {
			mine := short.Turn()
			waited = time.Since(asked)
			time.Sleep(time.Millisecond)
			mine.End()
		}()
		synctest.Wait()
		if turn.Yield() {
			t.Error("a slice is over at its beginning")
		}
		for range 100 {
			time.Sleep(time.Millisecond)
			turn.Yield()
		}
		turn.End()
		if waited > slice {
			t.Errorf("a short turn waited for %v, want a slice of %v at most", waited, slice)
		}
		if n := whole.turns.free[aTurn]; n != 1 {
			t.Errorf("%d turns are free in the end, want 1", n)
		}
	})
}

// There are never more turns at once than processors, whoever asks and yields.
func TestTurnsAreNoMoreThanProcessors(t *testing.T) {
	whole := New(Limits{})
	processors := whole.turns.free[aTurn]
	var mu sync.Mutex
	running, most := 0, 0
	count := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		running += n
		most = max(most, running)
	}
	var wg sync.WaitGroup
	var groups []*Account
	for i := range 64 {
		if i%8 == 0 {
			groups = append(groups, whole.Open(Limits{}))
		}
		account := groups[len(groups)-1].Open(Limits{})
		wg.Go(func() {
			for range 20 {
				turn := account.Turn()
				count(1)
				time.Sleep(100 * time.Microsecond)
				count(-1)
				time.Sleep(slice / 4)
				turn.Yield()
				turn.End()
			}
		})
	}
	wg.Wait()
	for _, a := range append(groups, &whole.root) {
		if w := a.waits[aTurn]; w != nil {
			t.Errorf("somebody waits in the end: %+v", w)
		}
	}
	if most > processors || whole.turns.free[aTurn] != processors {
		t.Errorf("%d turns at once and %d free in the end, on %d processors", most, whole.turns.free, processors)
	}
}

// A whole that becomes smaller takes nothing away, and has nothing to take until
// enough is given back.
func TestTheWholeChanges(t *testing.T) {
	whole := New(Limits{Bytes: 100})
	a := whole.Open(Limits{})
	if !a.Take(80) {
		t.Fatal("80 of 100 were refused")
	}
	whole.Limit(Limits{Bytes: 50})
	if got := a.Taken().Bytes; got != 80 {
		t.Errorf("%d are taken, want all 80", got)
	}
	if a.Take(1) {
		t.Error("one more was taken from a whole of 50 with 80 taken")
	}
	a.Give(40)
	if !a.Take(10) || a.Take(1) {
		t.Error("with 40 taken from 50, ten and no more are to be had")
	}
	whole.Limit(Limits{Bytes: 51})
	if !a.Take(1) {
		t.Error("one was refused when the whole had grown by it")
	}
}

// What may be spared leaves the last quarter of the whole to newcomers, and uses all that
// a part may have.
func TestTakeSpare(t *testing.T) {
	whole := New(Limits{Bytes: 100})
	one, other := whole.Open(Limits{Bytes: 40}), whole.Open(Limits{})
	if !one.TakeSpare(40) || one.TakeSpare(1) {
		t.Error("a part has not just what it may have")
	}
	if !other.TakeSpare(35) || other.TakeSpare(1) || !other.Take(25) {
		t.Error("another part leaves not just the last quarter of the whole")
	}
}
