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

// Two servers have one reader at the same time: nothing of either is lost, and what was forgotten at one
// does not come back from the other.
func TestTwoServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m, n := memory.New(store, secret, memory.Options{}), memory.New(store, secret, memory.Options{})
		a, b := m.Open([]byte("one")), n.Open([]byte("one"))
		synctest.Wait()
		for i := range 20 {
			reads(a, fmt.Sprint("a", i))
			reads(b, fmt.Sprint("b", i))
			if err := a.Bookmark(t.Context(), fmt.Sprint("a", i), true); err != nil {
				t.Fatal(err)
			}
			if err := b.Bookmark(t.Context(), fmt.Sprint("b", i), true); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 {
				time.Sleep(400 * time.Millisecond)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for i := range 20 {
			for _, r := range []*memory.Reader{a, b} {
				isRead(t, r, true, fmt.Sprint("a", i), fmt.Sprint("b", i))
				if !r.Mark(fmt.Sprint("a", i)).Bookmarked || !r.Mark(fmt.Sprint("b", i)).Bookmarked {
					t.Errorf("bookmark %d is lost", i)
				}
			}
		}
		changed := b.Changed()
		if err := a.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case <-changed:
		default:
			t.Error("the other session is not told")
		}
		isRead(t, a, false, "a1", "b1")
		isRead(t, b, false, "a1", "b1")
		time.Sleep(time.Minute)
		reads(b, "after")
		a.Close()
		b.Close()
		time.Sleep(time.Minute)
		m.Close()
		n.Close()
		m = memory.New(store, secret, memory.Options{})
		a = m.Open([]byte("one"))
		synctest.Wait()
		isRead(t, a, false, "a1", "b1")
		isRead(t, a, true, "after")
		if list, err := a.Bookmarks(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
		a.Close()
		m.Close()
	})
}

// Keys are joined and parted on two servers, with sessions open on both.
func TestKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m, n := memory.New(store, secret, memory.Options{}), memory.New(store, secret, memory.Options{})
		defer m.Close()
		defer n.Close()
		one, two, third := m.Open([]byte("one")), n.Open([]byte("two")), m.Open([]byte("three"))
		reads(one, "a")
		reads(two, "b")
		reads(third, "c")
		if err := two.AddHighlight(t.Context(), memory.Highlight{Address: "b", Text: "a passage"}); err != nil {
			t.Fatal(err)
		}
		join := func(to, from *memory.Reader) {
			t.Helper()
			time.Sleep(time.Minute)
			code, until, err := to.Link(t.Context())
			if err != nil || time.Until(until) > memory.CodeValid {
				t.Fatal(err, until)
			}
			if err := from.Join(t.Context(), strings.ToLower(strings.ReplaceAll(code, "-", " "))); err != nil {
				t.Fatal(err)
			}
			if err := from.Join(t.Context(), code); err == nil {
				t.Error("a code works twice")
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		join(one, two)
		join(two, third)
		for _, r := range []*memory.Reader{one, two, third} {
			isRead(t, r, true, "a", "b", "c")
			if n, err := r.Keys(t.Context()); n != 3 || err != nil {
				t.Errorf("%d keys, %v", n, err)
			}
			if list, err := r.Highlights(t.Context()); len(list) != 1 || err != nil {
				t.Errorf("%v %v", list, err)
			}
		}
		reads(third, "d")
		time.Sleep(time.Minute)
		synctest.Wait()
		isRead(t, two, true, "d")
		if err := two.Part(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		isRead(t, two, false, "a", "b", "c", "d")
		isRead(t, one, true, "a", "b", "c", "d")
		reads(two, "e")
		time.Sleep(time.Minute)
		isRead(t, one, false, "e")
		join(one, two)
		if err := third.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for _, r := range []*memory.Reader{one, two, third} {
			isRead(t, r, false, "a", "b", "c", "d", "e")
			if n, err := r.Keys(t.Context()); n != 1 || err != nil {
				t.Errorf("%d keys, %v", n, err)
			}
			r.Close()
		}
		late := n.Open([]byte("two"))
		synctest.Wait()
		isRead(t, late, false, "a", "b", "c", "d", "e")
		code, _, err := late.Link(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := n.Open([]byte("four"))
		time.Sleep(memory.CodeValid + time.Second)
		if err := other.Join(t.Context(), code); err == nil {
			t.Error("a code works after ten minutes")
		}
		late.Close()
		other.Close()
	})
}

// Codes are guessed at a rate that is bounded for a source, and for all.
func TestGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory.New(&storetest.Store{}, secret, memory.Options{})
		defer m.Close()
		tried := 0
		for i := range 3000 {
			r := m.OpenFor(fmt.Append(nil, i), memory.Client{Source: fmt.Sprint("192.0.2.", i%1000)})
			if err := r.Join(t.Context(), "0000-0000-0000"); err == nil || !strings.Contains(err.Error(), "too many codes") {
				tried++
			}
			r.Close()
		}
		if tried < 50 || tried > 150 {
			t.Errorf("%d guesses at once", tried)
		}
	})
}
