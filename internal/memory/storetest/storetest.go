package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
)

// Run tests that a store keeps what [memory.Store] promises. open returns an empty one each time; what it
// needs beside it, it ends with the test.
func Run(t *testing.T, open func(t testing.TB) memory.Store) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, s memory.Store, key string){
		"records": records, "conflicts": conflicts, "race": race, "large": large, "ended context": ended, "batch": batch, "erased": erased, "timed": timed, "watch": watch, "memory": remembers,
	} {
		for _, kind := range []string{"m.", "h."} { // which a store may keep in ways of their own
			t.Run(name+" "+kind, func(t *testing.T) {
				s := open(t)
				t.Cleanup(func() {
					if err := s.Close(); err != nil {
						t.Error("close:", err)
					}
				})
				test(t, s, kind+testKey)
			})
		}
	}
}

// testKey is a key of the form that is used, behind its kind.
const testKey = "00112233445566778899aabbccddeeff"

func put(t *testing.T, s memory.Store, key, value string, last uint64) uint64 {
	t.Helper()
	revision, err := s.Put(t.Context(), key, []byte(value), last)
	if err != nil || revision == 0 {
		t.Fatalf("put %s after %d: %d, %v", key, last, revision, err)
	}
	return revision
}

func want(t *testing.T, s memory.Store, key, value string, revision uint64) {
	t.Helper()
	r, err := s.Get(t.Context(), key)
	if err != nil || string(r.Value) != value || r.Revision != revision {
		t.Fatalf("%s is %q of revision %d (%v), want %q of %d", key, r.Value, r.Revision, err, value, revision)
	}
	if age := time.Since(r.Written); age < -5*time.Second || age > time.Minute {
		t.Errorf("%s was written at %s", key, r.Written)
	}
}

func wantNone(t *testing.T, s memory.Store, key string) {
	t.Helper()
	if r, err := s.Get(t.Context(), key); !errors.Is(err, memory.ErrNotFound) {
		t.Fatalf("%s is %q, %v", key, r.Value, err)
	}
}

func records(t *testing.T, s memory.Store, key string) {
	wantNone(t, s, key)
	first := put(t, s, key, "a", 0)
	want(t, s, key, "a", first)
	second := put(t, s, key, "", first)
	want(t, s, key, "", second)
	other := put(t, s, "posts", "p", 0)
	third := put(t, s, key, "\x00\xff", second)
	want(t, s, key, "\x00\xff", third)
	want(t, s, "posts", "p", other)
	if err := s.Delete(t.Context(), key, third); err != nil {
		t.Fatal(err)
	}
	wantNone(t, s, key)
	want(t, s, key, "again", put(t, s, key, "again", 0))
	want(t, s, "posts", "p", other)
}

func conflicts(t *testing.T, s memory.Store, key string) {
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, memory.ErrConflict) {
			t.Fatalf("%s: %v", what, err)
		}
	}
	_, err := s.Put(t.Context(), key, []byte("a"), 7)
	refused("put over none", err)
	refused("delete of none", s.Delete(t.Context(), key, 7))
	first := put(t, s, key, "a", 0)
	_, err = s.Put(t.Context(), key, []byte("b"), 0)
	refused("put of what is there", err)
	second := put(t, s, key, "b", first)
	_, err = s.Put(t.Context(), key, []byte("c"), first)
	refused("put over an older one", err)
	refused("delete of an older one", s.Delete(t.Context(), key, first))
	want(t, s, key, "b", second)
	if err := s.Delete(t.Context(), key, second); err != nil {
		t.Fatal(err)
	}
	_, err = s.Put(t.Context(), key, []byte("d"), second)
	refused("put over a deleted one", err)
	third := put(t, s, key, "e", 0)
	if third == first || third == second {
		t.Errorf("revision %d is there for the second time", third)
	}
}

// race has many count in one record: none of their steps is lost.
func race(t *testing.T, s memory.Store, key string) {
	const who, steps = 4, 10
	var wg sync.WaitGroup
	for range who {
		wg.Go(func() {
			for done := 0; done < steps; {
				r, err := s.Get(t.Context(), key)
				if err != nil && !errors.Is(err, memory.ErrNotFound) {
					t.Error(err)
					return
				}
				_, err = s.Put(t.Context(), key, append(r.Value, 'x'), r.Revision)
				switch {
				case err == nil:
					done++
				case !errors.Is(err, memory.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if r, err := s.Get(t.Context(), key); err != nil || string(r.Value) != strings.Repeat("x", who*steps) {
		t.Errorf("%d steps of %d: %v", len(r.Value), who*steps, err)
	}
}

// large has a record as large as they may be.
func large(t *testing.T, s memory.Store, _ string) {
	value := bytes.Repeat([]byte("0123456789abcdef"), memory.MaxValue/16-64)
	want(t, s, "posts", string(value), put(t, s, "posts", string(value), 0))
}

// ended asks with a context that is done: an answer need not come, but no other than an error of it.
func ended(t *testing.T, s memory.Store, key string) {
	revision := put(t, s, key, "a", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, key); err == nil {
		t.Error("get has waited for nothing")
	}
	if _, err := s.Put(ctx, key, []byte("b"), revision); err == nil {
		t.Error("put has waited for nothing")
	}
	if err := s.Delete(ctx, key, revision); err == nil {
		t.Error("delete has waited for nothing")
	}
	want(t, s, key, "a", revision)
}

// batch writes many at once, of which one is refused.
func batch(t *testing.T, s memory.Store, key string) {
	b, ok := s.(memory.Batcher)
	if !ok {
		t.Skip("it writes one after the other")
	}
	put(t, s, key, "a", 0)
	writes := []memory.Write{{Key: key, Value: []byte("b")}}
	for i := range 300 {
		writes = append(writes, memory.Write{Key: fmt.Sprintf("k.%d", i), Value: fmt.Append(nil, i)})
	}
	answers := b.PutAll(t.Context(), writes)
	if !errors.Is(answers[0].Err, memory.ErrConflict) {
		t.Errorf("put of what is there: %v", answers[0].Err)
	}
	for i, a := range answers[1:] {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		want(t, s, fmt.Sprintf("k.%d", i), fmt.Sprint(i), a.Revision)
	}
}

// erased has a record be replaced by way of none.
func erased(t *testing.T, s memory.Store, key string) {
	e, ok := s.(memory.Eraser)
	if !ok {
		t.Skip("it erases nothing by itself")
	}
	refused := func(what string, last uint64) {
		t.Helper()
		if err := e.Erase(t.Context(), key, last); !errors.Is(err, memory.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("none", 7)
	first := put(t, s, key, "a", 0)
	second := put(t, s, key, "b", first)
	refused("an older one", first)
	refused("none of what is there", 0)
	want(t, s, key, "b", second)
	if err := e.Erase(t.Context(), key, second); err != nil {
		t.Fatal(err)
	}
	wantNone(t, s, key)
	refused("what is erased", second)
	want(t, s, key, "c", put(t, s, key, "c", 0))
}

// timed has a record go by itself, unless it is written again.
func timed(t *testing.T, s memory.Store, key string) {
	of, ok := s.(memory.Timed)
	if !ok {
		t.Skip("it removes nothing by itself")
	}
	const other = "j.00112233445566778899aabbccddeeff"
	briefly := func(key string) uint64 {
		revision, err := of.PutFor(t.Context(), key, []byte("a"), 0, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	var stays uint64
	for {
		var err error
		if stays, err = s.Put(t.Context(), other, []byte("b"), briefly(other)); err == nil {
			break
		}
		if !errors.Is(err, memory.ErrConflict) { // else it has gone before it was written again
			t.Fatal(err)
		}
	}
	briefly(key)
	const patience = 20 * time.Second
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if _, err := s.Get(t.Context(), key); errors.Is(err, memory.ErrNotFound) {
			break
		}
		if time.Now().After(until) {
			t.Fatal("it stays")
		}
	}
	want(t, s, key, "again", put(t, s, key, "again", 0))
	want(t, s, other, "b", stays)
}

// watch ends with its context.
func watch(t *testing.T, s memory.Store, key string) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Watch(ctx, func(string) {}) }()
	put(t, s, key, "a", 0)
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it watches on")
	}
}

// remembers has two servers share the store: what a reader does at one is known at the other.
func remembers(t *testing.T, s memory.Store, _ string) {
	shared := notClosed{s}
	secret, key := []byte("0123456789abcdef0123456789abcdef"), []byte("a public key")
	for visit := range 3 {
		m := memory.New(shared, secret, memory.Options{Wait: 10 * time.Second})
		r := m.Open(key)
		if !r.Loaded() || r.First() != (visit == 0) || r.Since().IsZero() != (visit == 0) {
			t.Errorf("visit %d: loaded %t, first %t, since %s", visit, r.Loaded(), r.First(), r.Since())
		}
		for before := range visit {
			if mark := r.Mark(fmt.Sprint("2026/post-", before)); mark.Read.IsZero() {
				t.Errorf("visit %d does not know what %d has read", visit, before)
			}
		}
		r.Opened(fmt.Sprint("2026/post-", visit))
		r.Read(fmt.Sprint("2026/post-", visit))
		if err := r.Bookmark(t.Context(), fmt.Sprint("2026/post-", visit), true); err != nil {
			t.Error(err)
		}
		if list, err := r.Bookmarks(t.Context()); err != nil || len(list) != visit+1 {
			t.Errorf("visit %d: bookmarks %v, %v", visit, list, err)
		}
		r.Close()
		m.Close()
	}
}

// notClosed keeps a store open for the next who uses it.
type notClosed struct{ memory.Store }

func (notClosed) Close() error { return nil }
