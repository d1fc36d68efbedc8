package memory_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// told is a log that tests look into.
type told struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *told) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(locked{&l.mu, &l.all}, nil))
}

func (l *told) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.all.String(), text)
}

// closes closes a Memory, and expects that this takes no longer than it may.
func closes(t *testing.T, m *memory.Memory) {
	t.Helper()
	began := time.Now()
	m.Close()
	if took := time.Since(began); took > memory.Closing {
		t.Errorf("closing takes %s", took)
	}
}

// begun returns a Memory, as a server that is started has it.
func begun(store memory.Store, aside string, log *told) *memory.Memory {
	return memory.New(store, secret, memory.Options{Logger: log.logger(), Aside: aside})
}

// hanging is a store that answers nothing, whatever is done about it, until it is let go.
type hanging struct {
	memory.Store
	until chan struct{}
}

func (h hanging) Get(ctx context.Context, key string) (memory.Record, error) {
	<-h.until
	return h.Store.Get(ctx, key)
}

func (h hanging) Put(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	<-h.until
	return h.Store.Put(ctx, key, value, last)
}

func (h hanging) Close() error { <-h.until; return nil }

// What a store does not take until a server ends, since it is gone, full, slow or hangs, is written after the next start.
func TestAside(t *testing.T) {
	for name, faults := range map[string]storetest.Faults{
		"gone": {Gone: true}, "full": {Full: true}, "slow": {Slow: time.Hour}, "hangs": {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, aside := &storetest.Store{}, filepath.Join(t.TempDir(), "aside")
				store.Fault(faults)
				var used memory.Store = store
				letGo := make(chan struct{})
				if name == "hangs" {
					used = hanging{store, letGo}
				}
				var log told
				m := begun(used, aside, &log)
				open := m.Open([]byte("who stays"))
				reads(open, "b")
				r := m.Open([]byte("one"))
				reads(r, "a")
				if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: "words"}); err != nil {
					t.Fatal(err)
				}
				r.Close()
				time.Sleep(time.Minute)
				closes(t, m)
				info, err := os.Stat(aside)
				if err != nil || info.Mode().Perm() != 0o600 || log.count("readers=2") != 1 || m.Stats().Lost != 0 {
					t.Fatalf("%v, %v, %+v:\n%s", info, err, m.Stats(), &log.all)
				}
				close(letGo)
				synctest.Wait()

				store.Fault(storetest.Faults{})
				m = begun(store, aside, &log)
				time.Sleep(time.Minute)
				if _, err := os.Stat(aside); err == nil {
					t.Errorf("the file is there still:\n%s", &log.all)
				}
				closes(t, m)
				m = begun(store, aside, &log)
				defer m.Close()
				r, open = m.Open([]byte("one")), m.Open([]byte("who stays"))
				time.Sleep(time.Second)
				isRead(t, r, true, "a")
				isRead(t, open, true, "b")
				if h, err := r.Highlights(t.Context()); err != nil || len(h) != 1 {
					t.Errorf("%v, %v", h, err)
				}
			})
		})
	}
}

// What could not be loaded, since the store was away, is loaded and written at the end if it is back by then.
func TestBackAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, aside := &storetest.Store{}, filepath.Join(t.TempDir(), "aside")
		store.Fault(storetest.Faults{Gone: true})
		var log told
		m := begun(store, aside, &log)
		for i := range 100 {
			r := m.Open(fmt.Append(nil, i))
			reads(r, "a")
			r.Close()
		}
		time.Sleep(14 * time.Second)
		store.Fault(storetest.Faults{})
		closes(t, m)
		if n := strings.Count(strings.Join(store.Keys(), " "), "m."); n != 100 {
			t.Errorf("%d are written", n)
		}
		if _, err := os.Stat(aside); err == nil {
			t.Error("there is a file")
		}
	})
}

// Without a folder, or with one that cannot be written to, what readers did last is counted, and told in one line.
func TestLostAtTheEnd(t *testing.T) {
	for name, aside := range map[string]string{"no folder": "", "another's folder": filepath.Join(t.TempDir(), "none", "aside")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &storetest.Store{}
				store.Fault(storetest.Faults{Gone: true})
				var log told
				m := begun(store, aside, &log)
				for i := range 3 {
					r := m.Open(fmt.Append(nil, i))
					reads(r, "a")
					r.Close()
				}
				closes(t, m)
				if m.Stats().Lost != 3 || log.count("level=ERROR") != 1 || log.count("is lost") != 1 || log.count("readers=3") != 1 {
					t.Errorf("%+v:\n%s", m.Stats(), &log.all)
				}
			})
		})
	}
}

// Of more than the file has room for, what is newest is kept, and the rest counted.
func TestAsideIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, come = 4 << 20, 2500
		store, aside := &storetest.Store{}, filepath.Join(t.TempDir(), "aside")
		store.Fault(storetest.Faults{Gone: true})
		var log told
		m := memory.New(store, secret, memory.Options{Logger: log.logger(), Aside: aside, Unwritten: 1 << 30})
		for i := range come {
			r := m.Open(fmt.Append(nil, i))
			if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "a", Text: strings.Repeat("x", memory.MaxText)}); err != nil {
				t.Fatal(err)
			}
			r.Close()
		}
		closes(t, m)
		lost := int(m.Stats().Lost)
		if info, err := os.Stat(aside); err != nil || info.Size() > most || info.Size() < most*9/10 || lost == 0 || log.count("level=ERROR") != 1 {
			t.Fatalf("%v, %v, %d are lost:\n%s", info, err, lost, &log.all)
		}
		store.Fault(storetest.Faults{})
		m = begun(store, aside, &log)
		time.Sleep(time.Hour)
		if n := strings.Count(strings.Join(store.Keys(), " "), "h."); n != come-lost || m.Stats().Lost != 0 {
			t.Errorf("of %d %d are written, %d are lost", come, n, m.Stats().Lost)
		}
		oldest, newest := m.Open([]byte("0")), m.Open(fmt.Append(nil, come-1))
		time.Sleep(time.Second)
		if !oldest.Since().IsZero() || newest.Since().IsZero() {
			t.Error("the newest are lost")
		}
		m.Close()
	})
}

// What was forgotten meanwhile on another server stays forgotten.
func TestForgottenMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, aside := &storetest.Store{}, filepath.Join(t.TempDir(), "aside")
		var log told
		m := begun(store, aside, &log)
		r := m.Open([]byte("one"))
		reads(r, "a")
		time.Sleep(time.Minute)
		store.Fault(storetest.Faults{Gone: true})
		reads(r, "b")
		r.Close()
		closes(t, m)
		store.Fault(storetest.Faults{})
		time.Sleep(time.Minute)
		other := memory.New(store, secret, memory.Options{})
		r = other.Open([]byte("one"))
		if err := r.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Close()
		other.Close()
		time.Sleep(time.Minute)
		m = begun(store, aside, &log)
		defer m.Close()
		time.Sleep(time.Minute)
		r = m.Open([]byte("one"))
		time.Sleep(time.Second)
		isRead(t, r, false, "a", "b")
		if _, err := os.Stat(aside); err == nil {
			t.Error("the file is there still")
		}
	})
}

// Who comes back at once elsewhere is waited for until what was done is written; not while the store does not work.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Store{}
		store.Fault(storetest.Faults{Slow: 50 * time.Millisecond})
		m := memory.New(store, secret, memory.Options{})
		defer m.Close()
		for i := range 3 {
			r := m.Open(fmt.Append(nil, i))
			reads(r, "a")
			r.Close()
			r.Flush(t.Context())
			other := memory.New(store, secret, memory.Options{Wait: time.Second})
			r = other.Open(fmt.Append(nil, i))
			isRead(t, r, true, "a")
			r.Close()
			other.Close()
		}
		store.Fault(storetest.Faults{Gone: true})
		began := time.Now()
		r := m.Open([]byte("another"))
		reads(r, "a")
		r.Close()
		r.Flush(t.Context())
		if took := time.Since(began); took > time.Second {
			t.Errorf("a store that is gone is waited for: %s", took)
		}
	})
}

// purse is an account.
type purse struct {
	mu        sync.Mutex
	has, gave int64
}

func (p *purse) Take(n int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gave+n > p.has {
		return false
	}
	p.gave += n
	return true
}

func (p *purse) Give(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gave -= n
}

func (p *purse) taken() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gave
}

// What waits to be written takes memory from an account: where that gives nothing the oldest are lost, and counted; all of
// it is given back once it is written, or lost.
func TestWaitingTakesFromTheLedger(t *testing.T) {
	for name, gives := range map[string]int64{"nothing": 1, "some": 16 << 10} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const come = 100
				store := &storetest.Store{}
				store.Fault(storetest.Faults{Gone: true})
				of := &purse{has: gives}
				m := memory.New(store, secret, memory.Options{Waiting: of})
				for i := range come {
					r := m.Open(fmt.Append(nil, i))
					reads(r, "a")
					r.Close()
				}
				s, taken := m.Stats(), of.taken()
				if s.Lost+uint64(s.Unwritten) != come || taken > gives || (s.Unwritten == 0) != (name == "nothing") || (taken == 0) != (name == "nothing") {
					t.Errorf("%+v, %d bytes are taken", s, taken)
				}
				store.Fault(storetest.Faults{})
				time.Sleep(time.Minute)
				if lost := s.Lost; m.Stats().Unwritten != 0 || m.Stats().Lost != lost || of.taken() != 0 {
					t.Errorf("%+v, %d bytes are taken", m.Stats(), of.taken())
				}
				m.Close()
				if n := strings.Count(strings.Join(store.Keys(), " "), "m."); n != come-int(s.Lost) {
					t.Errorf("%d are written", n)
				}
			})
		})
	}
}

// A file is written as far as there is memory for it, and the rest of it waits.
func TestAsideWaitsForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const come = 100
		store, aside := &storetest.Store{}, filepath.Join(t.TempDir(), "aside")
		store.Fault(storetest.Faults{Gone: true})
		var log told
		m := begun(store, aside, &log)
		for i := range come {
			r := m.Open(fmt.Append(nil, i))
			reads(r, "a")
			r.Close()
		}
		closes(t, m)
		little := func() *memory.Memory {
			return memory.New(store, secret, memory.Options{Logger: log.logger(), Aside: aside, Waiting: &purse{has: 16 << 10}})
		}
		m = little()
		time.Sleep(time.Minute)
		if s := m.Stats(); s.Lost != 0 || s.Unwritten == 0 || s.Unwritten == come {
			t.Errorf("%+v", s)
		}
		closes(t, m) // and all of it is left again
		if log.count(fmt.Sprintf("readers=%d", come)) != 2 {
			t.Error(&log.all)
		}
		store.Fault(storetest.Faults{})
		m = little()
		time.Sleep(time.Minute)
		if n := strings.Count(strings.Join(store.Keys(), " "), "m."); n != come || m.Stats().Lost != 0 {
			t.Errorf("%d are written, %+v", n, m.Stats())
		}
		m.Close()
	})
}
