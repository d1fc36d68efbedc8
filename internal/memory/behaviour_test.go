package memory_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// reads has a reader read posts to their ends.
func reads(r *memory.Reader, posts ...string) {
	for _, p := range posts {
		r.Opened(p)
		r.Read(p)
		r.Left(p, memory.Place{Percent: 100})
	}
}

func isRead(t *testing.T, r *memory.Reader, want bool, posts ...string) {
	t.Helper()
	for _, p := range posts {
		if got := !r.Mark(p).Read.IsZero(); got != want {
			t.Errorf("%s is read: %t", p, got)
		}
	}
}

// A store that fails, fills up or hangs stops nobody: what is done meanwhile is known here, and written
// once it works. The log has one line for each.
func TestFaults(t *testing.T) {
	for name, faults := range map[string]storetest.Faults{
		"gone": {Gone: true}, "full": {Full: true}, "hangs": {Slow: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				var mu sync.Mutex
				store := &storetest.Store{}
				m := memory.New(store, secret, memory.Options{Logger: slog.New(slog.NewTextHandler(locked{&mu, &log}, nil))})
				r := m.Open([]byte("one"))
				reads(r, "a")
				r.Close()
				time.Sleep(time.Minute)
				store.Fault(faults)
				began := time.Now()
				r = m.Open([]byte("one"))
				if waited := time.Since(began); waited > 2*time.Millisecond {
					t.Errorf("it waited %s", waited)
				}
				reads(r, "b")
				isRead(t, r, true, "b")
				other := m.Open([]byte("two"))
				reads(other, "c")
				other.Close()
				time.Sleep(10 * time.Minute)
				if s := m.Stats(); !s.Failing || s.Failures == 0 {
					t.Errorf("%+v", s)
				}
				if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "b", Text: "kept for later"}); err != nil {
					t.Error(err)
				}
				store.Fault(storetest.Faults{})
				time.Sleep(2 * time.Minute)
				isRead(t, r, true, "a", "b")
				r.Close()
				m.Close()
				m = memory.New(store, secret, memory.Options{})
				r, other = m.Open([]byte("one")), m.Open([]byte("two"))
				time.Sleep(time.Second)
				isRead(t, r, true, "a", "b")
				isRead(t, other, true, "c")
				if list, err := r.Highlights(t.Context()); err != nil || len(list) != 1 {
					t.Errorf("%v %v", list, err)
				}
				r.Close()
				other.Close()
				m.Close()
				mu.Lock()
				defer mu.Unlock()
				if n, over := strings.Count(log.String(), "level=WARN"), strings.Count(log.String(), "remembered again"); n != 1 || over != 1 {
					t.Errorf("%d lines when it began, %d when it was over:\n%s", n, over, log.String())
				}
			})
		})
	}
}

type locked struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// What waits for a store that is gone has a bound; what is dropped is counted.
func TestUnwrittenIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		store.Fault(storetest.Faults{Gone: true})
		m := memory.New(store, secret, memory.Options{Unwritten: 64 << 10})
		for i := range 500 {
			r := m.Open(fmt.Append(nil, i))
			reads(r, "a", "b")
			r.Close()
		}
		time.Sleep(time.Minute)
		if s := m.Stats(); s.Unwritten == 0 || s.Unwritten > 128 || s.Lost != uint64(500-s.Unwritten) {
			t.Errorf("%+v", s)
		}
		store.Fault(storetest.Faults{})
		time.Sleep(5 * time.Minute)
		if s := m.Stats(); s.Unwritten != 0 || s.Readers != 0 {
			t.Errorf("%+v", s)
		}
		m.Close()
	})
}

// What changes is written when a post is left, when a session ends, and else within fifteen seconds; and
// nothing while nothing changes.
func TestWhenItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m := memory.New(store, secret, memory.Options{})
		defer m.Close()
		r := m.Open([]byte("one"))
		defer r.Close()
		line := 0
		var mu sync.Mutex
		r.Opened("a")
		r.At("a", func() memory.Place {
			mu.Lock()
			defer mu.Unlock()
			return memory.Place{Block: line, Percent: line}
		})
		written := func() uint64 { synctest.Wait(); return m.Stats().Writes }
		time.Sleep(15*time.Second + time.Millisecond)
		if n := written(); n != 1 {
			t.Errorf("%d writes after a start", n)
		}
		time.Sleep(10 * time.Minute)
		if n := written(); n != 1 {
			t.Errorf("%d writes while nobody moves", n)
		}
		for range 40 {
			mu.Lock()
			line++
			mu.Unlock()
			time.Sleep(time.Second)
		}
		if n := written(); n < 3 || n > 5 {
			t.Errorf("%d writes in 40 seconds", n)
		}
		before := written()
		r.Left("a", memory.Place{Block: 77, Percent: 50})
		time.Sleep(time.Second)
		if n := written(); n != before+1 {
			t.Errorf("%d writes after it was left", n-before)
		}
		m.Posts(func(yield func(string, []string) bool) { _ = yield("a", nil) })
		if b := r.Begun(); len(b) != 1 || b[0].Address != "a" || b[0].Place.Block != 77 || r.Mark("a").Percent != 50 {
			t.Errorf("%+v %+v", b, r.Mark("a"))
		}
	})
}

// A post that has another address keeps its marks, and a reader who has not opened anything leaves nothing.
func TestNamesAndVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m := memory.New(store, secret, memory.Options{})
		defer m.Close()
		r := m.Open([]byte("one"))
		synctest.Wait()
		if !r.First() {
			t.Error("it is known before it was here")
		}
		r.Close()
		time.Sleep(time.Minute)
		if keys := store.Keys(); len(keys) != 0 {
			t.Errorf("a look has left %q", keys)
		}
		r = m.Open([]byte("one"))
		reads(r, "old/name")
		if err := r.Bookmark(t.Context(), "old/name", true); err != nil {
			t.Fatal(err)
		}
		r.Close()
		left := time.Now()
		time.Sleep(time.Hour)
		m.Posts(func(yield func(string, []string) bool) { _ = yield("new/name", []string{"/old/name/"}) })
		r = m.Open([]byte("one"))
		synctest.Wait()
		if r.First() || r.Since().Sub(left).Abs() > 2*time.Second {
			t.Errorf("first %t, since %s, left %s", r.First(), r.Since(), left)
		}
		if mark := r.Mark("new/name", "/old/name/"); mark.Read.IsZero() || !mark.Bookmarked {
			t.Errorf("%+v", mark)
		}
		if err := r.Bookmark(t.Context(), "new/name", false); err != nil || r.Mark("new/name", "/old/name/").Bookmarked {
			t.Errorf("it has a bookmark still: %v", err)
		}
		passing := m.OpenFor([]byte("one"), memory.Client{Passing: true})
		passing.Close()
		r.Close()
	})
}

// The record of what is kept has 32 KiB: beyond, a highlight is refused in plain words, and none is dropped.
func TestRoomForHighlights(t *testing.T) {
	m := memory.New(&storetest.Store{}, secret, memory.Options{Wait: time.Second})
	defer m.Close()
	r := m.Open([]byte("one"))
	defer r.Close()
	kept := 0
	var err error
	for ; err == nil && kept < 100; kept++ {
		err = r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: strings.Repeat("word ", 200)})
	}
	kept--
	if err == nil || !strings.Contains(err.Error(), "there is no room for another highlight") || kept < 25 {
		t.Fatalf("%d were kept: %v", kept, err)
	}
	list, err := r.Highlights(t.Context())
	if err != nil || len(list) != kept {
		t.Fatalf("%d of %d, %v", len(list), kept, err)
	}
	if err := r.RemoveHighlight(t.Context(), list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: "short"}); err != nil {
		t.Error(err)
	}
	if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: strings.Repeat("x", memory.MaxText+1)}); err == nil {
		t.Error("a passage of more than 2 KiB was kept")
	}
}

// A reader with 50 posts read costs no more than a KiB, and no goroutine.
func TestReaderCost(t *testing.T) {
	synctest.Test(t, readerCost)
}

func readerCost(t *testing.T) {
	store := &storetest.Store{}
	m := memory.New(store, secret, memory.Options{})
	posts := make([]string, 50)
	for i := range posts {
		posts[i] = fmt.Sprint("2026/post-", i)
	}
	const n = 1000
	for i := range n {
		r := m.OpenFor(fmt.Append(nil, i), memory.Client{Source: fmt.Sprint(i % 50)})
		reads(r, posts...)
		r.Close()
	}
	m.Close()
	m = memory.New(store, secret, memory.Options{Wait: time.Minute})
	defer m.Close()
	open := make([]*memory.Reader, n)
	warm := m.Open([]byte("warm")) // the posts' numbers are loaded
	defer warm.Close()
	reads(warm, posts...)
	var before, after runtime.MemStats
	goroutines := runtime.NumGoroutine()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range open {
		open[i] = m.Open(fmt.Append(nil, i))
		open[i].Changed()
	}
	time.Sleep(time.Minute) // they are idle
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	cost := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n
	t.Logf("%d bytes a reader", cost)
	if cost < 400 || cost > 1<<10 {
		t.Errorf("a reader costs %d bytes", cost)
	}
	if more := runtime.NumGoroutine() - goroutines; more > 0 {
		t.Errorf("%d goroutines more", more)
	}
	isRead(t, open[0], true, posts...)
	isRead(t, open[n-1], true, posts...)
	for _, r := range open {
		r.Close()
	}
}
