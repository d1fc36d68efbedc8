package memory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// joinsFor tests what keys do that are joined, with a store and a clock of its own.
func joinsFor(t *testing.T, test func(t *testing.T, store *storetest.Store, open func(key string) *memory.Reader)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m := memory.New(store, secret, memory.Options{})
		defer m.Close()
		test(t, store, func(key string) *memory.Reader {
			r := m.Open([]byte(key))
			time.Sleep(time.Second)
			synctest.Wait()
			return r
		})
	})
}

// settled waits until all is written and known.
func settled() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

func link(t *testing.T, r *memory.Reader) string {
	t.Helper()
	settled()
	code, _, err := r.Link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func joins(t *testing.T, to, from *memory.Reader) {
	t.Helper()
	if err := from.Join(t.Context(), link(t, to)); err != nil {
		t.Fatal(err)
	}
	settled()
}

func keeps(t *testing.T, r *memory.Reader, address string) {
	t.Helper()
	if err := r.AddHighlight(t.Context(), memory.Highlight{Address: address, Text: "of " + address}); err != nil {
		t.Fatal(err)
	}
}

func hasKept(t *testing.T, r *memory.Reader, addresses ...string) {
	t.Helper()
	list, err := r.Highlights(t.Context())
	has := make([]string, 0, len(list))
	for _, h := range list {
		has = append(has, h.Address)
	}
	slices.Sort(has)
	if err != nil || !slices.Equal(has, addresses) {
		t.Errorf("highlights are of %q (%v), want %q", has, err, addresses)
	}
}

func hasKeys(t *testing.T, r *memory.Reader, want int) {
	t.Helper()
	if n, err := r.Keys(t.Context()); n != want || err != nil {
		t.Errorf("%d keys (%v), want %d", n, err, want)
	}
}

// A key that has left takes nothing from the others when it is forgotten, and does not come back to them,
// though their reader is named after it: neither when it is forgotten nor when nothing says any more where
// it went.
func TestKeyThatLeft(t *testing.T) {
	for name, leaves := range map[string]func(t *testing.T, store *storetest.Store, one *memory.Reader, pointer string){
		"is forgotten": func(t *testing.T, _ *storetest.Store, one *memory.Reader, _ string) {
			for range 2 {
				if err := one.Forget(t.Context()); err != nil {
					t.Fatal(err)
				}
				settled()
			}
		},
		"stays away": func(t *testing.T, store *storetest.Store, _ *memory.Reader, pointer string) {
			record, err := store.Get(t.Context(), pointer)
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Delete(t.Context(), pointer, record.Revision); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			joinsFor(t, func(t *testing.T, store *storetest.Store, open func(string) *memory.Reader) {
				one, two := open("one"), open("two")
				reads(one, "a")
				reads(two, "b")
				keeps(t, one, "a")
				keeps(t, two, "b")
				joins(t, one, two)
				hasKept(t, one, "a", "b")
				hasKept(t, two, "a", "b")
				before := store.Keys()
				if err := one.Part(t.Context()); err != nil {
					t.Fatal(err)
				}
				settled()
				reads(one, "c")
				settled()
				pointer := ""
				for _, key := range store.Keys() {
					if strings.HasPrefix(key, "k.") && !slices.Contains(before, key) {
						pointer = key
					}
				}
				leaves(t, store, one, pointer)
				one.Close()
				two.Close()
				settled()
				one, two = open("one"), open("two")
				isRead(t, one, false, "a", "b")
				isRead(t, two, true, "a", "b")
				isRead(t, two, false, "c")
				hasKept(t, one)
				hasKept(t, two, "a", "b")
				hasKeys(t, one, 1)
				hasKeys(t, two, 1)
				reads(one, "d")
				joins(t, one, two)
				for _, r := range []*memory.Reader{one, two} {
					isRead(t, r, true, "a", "b", "d")
					hasKept(t, r, "a", "b")
					hasKeys(t, r, 2)
					r.Close()
				}
			})
		})
	}
}

// What a key has forgotten before it joins another one is not forgotten of that one.
func TestForgottenBeforeJoining(t *testing.T) {
	joinsFor(t, func(t *testing.T, _ *storetest.Store, open func(string) *memory.Reader) {
		one, two := open("one"), open("two")
		reads(one, "a")
		keeps(t, one, "a")
		reads(two, "b")
		keeps(t, two, "b")
		settled()
		if err := two.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		settled()
		reads(two, "c")
		keeps(t, two, "c")
		joins(t, one, two)
		for range 2 {
			for _, r := range []*memory.Reader{one, two} {
				isRead(t, r, true, "a", "c")
				isRead(t, r, false, "b")
				hasKept(t, r, "a", "c")
				r.Close()
			}
			settled()
			two = open("two") // on its own: it is not told what the other one knows
			two.Close()
			settled()
			one, two = open("one"), open("two")
		}
		one.Close()
		two.Close()
	})
}

// Whoever joins a reader that has forgotten something keeps all, in the order in which it happened.
func TestJoiningWhoHasForgotten(t *testing.T) {
	joinsFor(t, func(t *testing.T, _ *storetest.Store, open func(string) *memory.Reader) {
		one, two := open("one"), open("two")
		reads(one, "a")
		reads(two, "b", "d")
		for i := range 3 {
			time.Sleep(time.Hour)
			address := fmt.Sprint("begun", i)
			two.Opened(address)
			two.Left(address, memory.Place{Block: i, Percent: 10})
		}
		keeps(t, two, "b")
		if err := two.Bookmark(t.Context(), "b", true); err != nil {
			t.Fatal(err)
		}
		two.SetSettings(memory.Settings{Theme: "dark"})
		settled()
		if err := one.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		settled()
		reads(one, "c")
		if err := one.Bookmark(t.Context(), "c", true); err != nil {
			t.Fatal(err)
		}
		joins(t, one, two)
		for range 2 {
			for _, r := range []*memory.Reader{one, two} {
				isRead(t, r, false, "a")
				isRead(t, r, true, "b", "c", "d")
				hasKept(t, r, "b")
				if _, begun := r.Known(); begun != 3 || r.Mark("begun2").Place.When.Before(r.Mark("begun1").Place.When.Add(time.Second)) || r.Mark("begun1").Percent != 10 {
					t.Errorf("%d begun: %+v, %+v", begun, r.Mark("begun1"), r.Mark("begun2"))
				}
				if !r.Mark("b").Bookmarked || !r.Mark("c").Bookmarked || r.Settings().Theme != "dark" {
					t.Errorf("%+v %+v %+v", r.Mark("b"), r.Mark("c"), r.Settings())
				}
				r.Close()
			}
			settled()
			one, two = open("one"), open("two")
		}
		one.Close()
		two.Close()
	})
}

// Who has more than there is room for together with another key is told so, and nothing changes: the code
// works once there is room.
func TestNoRoomToJoin(t *testing.T) {
	joinsFor(t, func(t *testing.T, _ *storetest.Store, open func(string) *memory.Reader) {
		one, two := open("one"), open("two")
		for _, r := range []*memory.Reader{one, two} {
			for range 10 {
				if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: strings.Repeat("word ", 400)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		code := link(t, one)
		if err := two.Join(t.Context(), code); err == nil || !strings.Contains(err.Error(), "there is no room for the bookmarks and highlights of both keys") {
			t.Fatal(err)
		}
		for _, r := range []*memory.Reader{one, two} {
			hasKeys(t, r, 1)
			if list, err := r.Highlights(t.Context()); len(list) != 10 || err != nil {
				t.Errorf("%d highlights, %v", len(list), err)
			}
		}
		list, err := two.Highlights(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list[:7] {
			if err := two.RemoveHighlight(t.Context(), h.ID); err != nil {
				t.Fatal(err)
			}
		}
		settled()
		if err := two.Join(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		settled()
		for _, r := range []*memory.Reader{one, two} {
			hasKeys(t, r, 2)
			if list, err := r.Highlights(t.Context()); len(list) != 13 || err != nil {
				t.Errorf("%d highlights, %v", len(list), err)
			}
			r.Close()
		}
	})
}
