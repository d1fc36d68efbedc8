package memory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// Forgetting that the store has not done as a whole can be tried again, also in another session, and then
// every key is parted.
func TestForgetAgain(t *testing.T) {
	for _, refuse := range []string{"k.", "m.", "h."} {
		t.Run(refuse, func(t *testing.T) {
			joinsFor(t, func(t *testing.T, store *storetest.Store, open func(string) *memory.Reader) {
				one, two, third := open("one"), open("two"), open("three")
				reads(one, "a")
				reads(two, "b")
				keeps(t, two, "b")
				joins(t, one, two)
				joins(t, one, third)
				store.Fault(storetest.Faults{Refuse: refuse})
				if err := two.Forget(t.Context()); !errors.Is(err, memory.ErrAway) {
					t.Fatal(err)
				}
				store.Fault(storetest.Faults{})
				settled()
				for _, r := range []*memory.Reader{one, two, third} {
					isRead(t, r, false, "a", "b")
				}
				two.Close()
				settled()
				two = open("two")
				isRead(t, two, false, "a", "b")
				if err := two.Forget(t.Context()); err != nil {
					t.Fatal(err)
				}
				settled()
				for _, r := range []*memory.Reader{one, two, third} {
					isRead(t, r, false, "a", "b")
					hasKept(t, r)
					hasKeys(t, r, 1)
				}
				reads(one, "c")
				settled()
				for _, r := range []*memory.Reader{two, third} {
					isRead(t, r, false, "c")
				}
				one.Close()
				two.Close()
				third.Close()
			})
		})
	}
}

// Whoever was told that not everything could be removed need not come again: the server completes it, and what a
// reader with one key has done since stays.
func TestForgettingIsCompleted(t *testing.T) {
	for _, refuse := range []string{"k.", "m.", "h."} {
		t.Run(refuse, func(t *testing.T) {
			joinsFor(t, func(t *testing.T, store *storetest.Store, open func(string) *memory.Reader) {
				one, two, alone := open("one"), open("two"), open("alone")
				for _, r := range []*memory.Reader{one, alone} {
					reads(r, "a")
				}
				for _, r := range []*memory.Reader{two, alone} {
					keeps(t, r, "b")
				}
				joins(t, one, two)
				settled()
				store.Fault(storetest.Faults{Refuse: refuse})
				for _, r := range []*memory.Reader{two, alone} {
					if err := r.Forget(t.Context()); !errors.Is(err, memory.ErrAway) {
						t.Fatal(err)
					}
					r.Close()
				}
				settled()
				alone = open("alone")
				reads(alone, "c")
				alone.Close()
				settled()
				store.Fault(storetest.Faults{})
				settled()
				for _, key := range store.Keys() {
					r, err := store.Get(t.Context(), key)
					if err != nil || strings.Contains(string(r.Value), "of b") {
						t.Errorf("%s has what was to be forgotten: %v", key, err)
					}
				}
				two, alone = open("two"), open("alone")
				isRead(t, alone, true, "c")
				for _, r := range []*memory.Reader{one, two, alone} {
					isRead(t, r, false, "a", "b")
					hasKept(t, r)
					hasKeys(t, r, 1)
					r.Close()
				}
			})
		})
	}
}

// Keys whose reader has gone on after a forgetting that failed lose nothing of that when it is completed: they
// stay joined, until it is asked for again.
func TestGoingOnAfterForgetting(t *testing.T) {
	for name, goesOn := range map[string]func(t *testing.T, r *memory.Reader){
		"reads": func(_ *testing.T, r *memory.Reader) { reads(r, "c") },
		"keeps": func(t *testing.T, r *memory.Reader) { t.Helper(); keeps(t, r, "c") },
	} {
		t.Run(name, func(t *testing.T) {
			joinsFor(t, func(t *testing.T, store *storetest.Store, open func(string) *memory.Reader) {
				one, two := open("one"), open("two")
				reads(one, "a")
				keeps(t, two, "b")
				joins(t, one, two)
				store.Fault(storetest.Faults{Refuse: "k."})
				if err := two.Forget(t.Context()); !errors.Is(err, memory.ErrAway) {
					t.Fatal(err)
				}
				goesOn(t, two)
				settled()
				store.Fault(storetest.Faults{})
				settled()
				one.Close()
				two.Close()
				settled()
				one, two = open("one"), open("two")
				for _, r := range []*memory.Reader{one, two} {
					hasKeys(t, r, 2)
					isRead(t, r, false, "a")
					isRead(t, r, name == "reads", "c")
					if list, err := r.Highlights(t.Context()); err != nil || len(list) > 0 != (name == "keeps") || len(list) > 0 && list[0].Address != "c" {
						t.Errorf("highlights: %v, %v", list, err)
					}
				}
				if err := two.Forget(t.Context()); err != nil {
					t.Fatal(err)
				}
				settled()
				for _, r := range []*memory.Reader{one, two} {
					hasKeys(t, r, 1)
					isRead(t, r, false, "a", "c")
					hasKept(t, r)
					r.Close()
				}
			})
		})
	}
}

// Whoever says again and again that all is to be forgotten, while the store fails, takes nobody else's place.
func TestForgettingOfOthersIsCompleted(t *testing.T) {
	joinsFor(t, func(t *testing.T, store *storetest.Store, open func(string) *memory.Reader) {
		one, two := open("one"), open("two")
		keeps(t, one, "a")
		keeps(t, two, "b")
		settled()
		store.Fault(storetest.Faults{Refuse: "m."})
		const many = 1100
		for i := range many + 1 {
			r := one
			if i == many {
				r = two
			}
			if err := r.Forget(t.Context()); !errors.Is(err, memory.ErrAway) {
				t.Fatal(err)
			}
		}
		one.Close()
		two.Close()
		store.Fault(storetest.Faults{})
		settled()
		for _, key := range store.Keys() {
			r, err := store.Get(t.Context(), key)
			if err != nil || strings.Contains(string(r.Value), "of a") || strings.Contains(string(r.Value), "of b") {
				t.Errorf("%s has what was to be forgotten: %v", key, err)
			}
		}
	})
}

// Since is when the last visit was, also of somebody who has once had everything forgotten.
func TestSinceAfterForgetting(t *testing.T) {
	joinsFor(t, func(t *testing.T, _ *storetest.Store, open func(string) *memory.Reader) {
		r := open("one")
		reads(r, "a")
		settled()
		if err := r.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		reads(r, "b")
		r.Close()
		left := time.Now()
		settled()
		r = open("one")
		if r.Since().Sub(left).Abs() > 2*time.Second || r.First() {
			t.Errorf("since %s, first %t", r.Since(), r.First())
		}
		r.Close()
	})
}
