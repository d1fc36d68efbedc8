package memory_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// twoPosts has a Memory know the posts a and b.
func twoPosts(m *memory.Memory) {
	m.Posts(func(yield func(string, []string) bool) { _ = yield("a", nil) && yield("b", nil) })
}

func at(percent int) memory.Place {
	return memory.Place{Block: percent, Sum: uint64(percent), Lines: 1, Percent: percent}
}

// Whoever leaves a terminal idle does not go back, by that, to where that terminal stands.
func TestIdleSessionsTellNothingNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory.New(&storetest.Store{}, secret, memory.Options{})
		defer m.Close()
		twoPosts(m)
		idle, reading := m.Open([]byte("one")), m.Open([]byte("one"))
		idle.Opened("a")
		idle.At("a", func() memory.Place { return at(10) })
		time.Sleep(time.Minute)
		reading.Opened("a")
		reading.At("a", func() memory.Place { return at(80) })
		reading.Left("a", at(80))
		time.Sleep(time.Minute)
		idle.Left("a", at(10))
		idle.Close()
		if begun := reading.Begun(); len(begun) != 1 || begun[0].Place.Percent != 80 {
			t.Errorf("begun: %v", begun)
		}
		reading.Close()
	})
}

// A post that was read to its end is not begun again by coming back to it from another.
func TestComingBackToAReadPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory.New(&storetest.Store{}, secret, memory.Options{})
		defer m.Close()
		twoPosts(m)
		r := m.Open([]byte("one"))
		defer r.Close()
		r.Opened("a")
		r.Read("a")
		time.Sleep(time.Minute)
		r.Opened("b")
		r.Left("b", at(100))
		r.Read("b")
		r.At("a", func() memory.Place { return at(90) })
		time.Sleep(time.Minute)
		r.Left("a", at(90))
		for _, b := range r.Begun() {
			t.Errorf("begun: %v", b)
		}
	})
}

// If the store begins anew while the server runs, what readers do from then on is kept.
func TestStoreBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m := memory.New(store, secret, memory.Options{})
		r := m.Open([]byte("one"))
		reads(r, "a")
		time.Sleep(time.Minute)
		store.Empty()
		reads(r, "b")
		time.Sleep(time.Minute)
		r.Close()
		m.Close()
		m = memory.New(store, secret, memory.Options{})
		defer m.Close()
		r = m.Open([]byte("one"))
		defer r.Close()
		synctest.Wait()
		isRead(t, r, true, "a", "b") // it was still in memory
	})
}

// Two servers on which a reader with many reads is at once come to rest.
func TestServersComeToRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m, n := memory.New(store, secret, memory.Options{}), memory.New(store, secret, memory.Options{})
		defer m.Close()
		defer n.Close()
		a, b := m.Open([]byte("one")), n.Open([]byte("one"))
		defer a.Close()
		defer b.Close()
		for i := range 100 {
			reads(a, fmt.Sprint("a", i))
			time.Sleep(time.Hour)
		}
		time.Sleep(time.Minute)
		before := store.Calls()
		time.Sleep(10 * time.Minute)
		if n := store.Calls() - before; n > 200 {
			t.Errorf("%d calls while nobody does anything", n)
		}
	})
}

// Whoever comes with ever new keys and has each forgotten leaves no more markers than new readers are taken.
func TestForgettingStrangersIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m := memory.New(store, secret, memory.Options{})
		defer m.Close()
		const most = 100
		for i := range 2 * most {
			r := m.OpenFor(fmt.Append(nil, i), memory.Client{Source: "192.0.2.1"})
			if err := r.Forget(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.Close()
		}
		markers := 0
		for _, key := range store.Keys() {
			if strings.HasPrefix(key, "k.") {
				markers++
			}
		}
		if markers == 0 || markers > most {
			t.Errorf("%d markers", markers)
		}
	})
}

// A post that was left in the middle, read to its end later and marked as unread is one that was not begun,
// until it is begun again.
func TestUnreadIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory.New(&storetest.Store{}, secret, memory.Options{})
		defer m.Close()
		twoPosts(m)
		r := m.Open([]byte("one"))
		defer r.Close()
		r.Opened("a")
		r.Left("a", at(42))
		time.Sleep(24 * time.Hour)
		reads(r, "a")
		time.Sleep(time.Hour)
		r.Unread("a")
		if mark := r.Mark("a"); mark.Percent != 0 || !mark.Read.IsZero() {
			t.Errorf("%+v", mark)
		}
		for _, b := range r.Begun() {
			t.Errorf("begun: %v", b)
		}
		time.Sleep(time.Hour)
		r.Opened("a")
		r.Left("a", at(10))
		if begun := r.Begun(); len(begun) != 1 || r.Mark("a").Percent != 10 {
			t.Errorf("begun: %v, %+v", begun, r.Mark("a"))
		}
	})
}
