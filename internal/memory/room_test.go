package memory_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// A file that has reached its size takes no new readers, and of them neither highlights nor codes; those whom
// it has go on, and it has room again once it is smaller.
func TestSizeOfTheFile(t *testing.T) {
	const most = 96 << 10
	var log bytes.Buffer
	var mu sync.Mutex
	path := filepath.Join(t.TempDir(), "readers.db")
	open := func() (*memory.Bolt, *memory.Memory) {
		b := openBolt(t, path, false)
		b.Limit(most)
		return b, memory.New(b, secret, memory.Options{Logger: slog.New(slog.NewTextHandler(locked{&mu, &log}, nil)), Wait: time.Minute, Interval: 10 * time.Millisecond})
	}
	lines := func(text string) int {
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(log.String(), text)
	}
	_, m := open()
	visits := func(i int) {
		r := m.OpenFor(fmt.Append(nil, i), memory.Client{Source: fmt.Sprint(i)})
		reads(r, "a", "b")
		before := m.Stats().Refused
		err := r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: strings.Repeat("words ", 300)})
		r.Close()
		if isRefused(err) != (m.Stats().Refused > before) || err != nil && !isRefused(err) {
			t.Fatalf("%d were refused, and then %d: %v", before, m.Stats().Refused, err)
		}
		waitFor(t, func() bool { return m.Stats().Readers == 0 })
	}
	n := 0
	for ; m.Stats().Refused == 0; n++ {
		if visits(n); n > 200 {
			t.Fatal("it takes readers without end")
		}
	}
	if n < 10 {
		t.Errorf("it takes %d readers", n)
	}
	visits(n)
	if s := m.Stats(); s.Refused != 2 || !s.Full || s.Failing || lines("new readers are not remembered") != 1 {
		t.Errorf("%+v\n%s", s, log.String())
	}
	late := m.OpenFor([]byte("late"), memory.Client{Source: "late"})
	if late.First() {
		t.Error("a new reader is told to be remembered")
	}
	reads(late, "a")
	if _, _, err := late.Link(t.Context()); !isRefused(err) {
		t.Errorf("a code: %v", err)
	}
	if err := late.Bookmark(t.Context(), "a", true); !isRefused(err) || late.Mark("a").Bookmarked {
		t.Errorf("a bookmark: %v", err)
	}
	hasKept(t, late)
	isRead(t, late, true, "a")
	late.Close()
	old := m.Open([]byte("0"))
	reads(old, "c")
	if err := old.AddHighlight(t.Context(), memory.Highlight{Address: "c", Text: "one more"}); err != nil {
		t.Error(err)
	}
	old.Close()
	waitFor(t, func() bool { return m.Stats().Readers == 0 })
	m.Close()
	for _, record := range []string{"h.", "m."} {
		if got := recordsIn(t, path, record); got != n-1 {
			t.Errorf("%d records %s, of %d readers", got, record, n-1)
		}
	}

	store, m := open()
	defer m.Close()
	old = m.Open([]byte("0"))
	isRead(t, old, true, "a", "b", "c")
	old.Close()
	late = m.Open([]byte("late"))
	isRead(t, late, false, "a")
	late.Close()
	for i := range n / 2 {
		r := m.OpenFor(fmt.Append(nil, i), memory.Client{Source: fmt.Sprint(i)})
		if err := r.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	if _, err := store.Rewrite(t.Context()); err != nil {
		t.Fatal(err)
	}
	visits(n + 1)
	if s := m.Stats(); s.Full || s.Refused != 0 {
		t.Errorf("%+v", s)
	}
}

// isRefused reports whether a new reader is told that nothing is kept, since no more are remembered.
func isRefused(err error) bool {
	return err != nil && strings.Contains(err.Error(), "no more new readers")
}

// recordsIn counts the records in a file whose keys begin with a text.
func recordsIn(t *testing.T, path, begin string) (n int) {
	t.Helper()
	b := openBolt(t, path, false)
	defer func() { _ = b.Close() }()
	if _, _, err := b.Sweep(t.Context(), "", 1<<20, func(key string, _ memory.Record) bool {
		if strings.HasPrefix(key, begin) {
			n++
		}
		return false
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// One newcomer too many is not told to be remembered, nor that anything is kept: neither marks are written nor
// what would have been kept with s or v.
func TestNewcomersTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		m := memory.New(store, secret, memory.Options{})
		for i := range 150 {
			r := m.OpenFor(fmt.Append(nil, i), memory.Client{Source: "192.0.2.1"})
			first, err := r.First(), r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: "words"})
			if tooMany := i >= 100; first == tooMany || isRefused(err) != tooMany {
				t.Errorf("of %d: told to be remembered: %t, and %v", i, first, err)
			}
			r.Close()
		}
		m.Close()
		kinds := make(map[string]int)
		for _, key := range store.Keys() {
			kind, _, _ := strings.Cut(key, ".")
			kinds[kind]++
		}
		if kinds["m"] != 100 || kinds["h"] != 100 || m.Stats().Refused != 50 {
			t.Errorf("there are %v, and %d were refused", kinds, m.Stats().Refused)
		}
	})
}

// A visit of thousands from as many places within a minute is remembered, whether they come evenly or nearly at once; and so is one
// of 25 a second that goes on.
func TestManyNewcomers(t *testing.T) {
	const come = 5000
	for name, every := range map[string]time.Duration{"in seconds": time.Millisecond, "within a minute": time.Minute / come, "for long": time.Second / 25} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &storetest.Store{}
				m := memory.New(store, secret, memory.Options{})
				for i := range come {
					r := m.OpenFor(fmt.Append(nil, i), memory.Client{Source: fmt.Sprint(i)})
					r.Opened("a")
					r.Left("a", memory.Place{Percent: 50})
					r.Close()
					time.Sleep(every)
				}
				m.Close()
				kept := 0
				for _, key := range store.Keys() {
					if strings.HasPrefix(key, "m.") {
						kept++
					}
				}
				if s := m.Stats(); kept != come || s.Refused+s.Lost != 0 {
					t.Errorf("of %d who came %d are remembered: %+v", come, kept, s)
				}
			})
		})
	}
}
