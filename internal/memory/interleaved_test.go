package memory_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// interleaved is a store in which something else happens right before a record is written or removed.
type interleaved struct {
	*storetest.Store

	before func(does, key string)
}

func (s *interleaved) Put(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	s.before("put", key)
	return s.Store.Put(ctx, key, value, last)
}

func (s *interleaved) Delete(ctx context.Context, key string, last uint64) error {
	s.before("delete", key)
	return s.Store.Delete(ctx, key, last)
}

// What another server writes of a reader while it is joined to another comes along, at whichever step.
func TestJoiningLosesNothing(t *testing.T) {
	steps := 0
	for step := 0; step <= steps; step++ {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &interleaved{Store: &storetest.Store{}, before: func(string, string) {}}
				m, n := memory.New(store, secret, memory.Options{}), memory.New(store.Store, secret, memory.Options{})
				defer m.Close()
				one, two, elsewhere := m.Open([]byte("one")), m.Open([]byte("two")), n.Open([]byte("two"))
				reads(one, "a")
				reads(two, "b")
				keeps(t, two, "b")
				code := link(t, one)
				settled()
				var seen atomic.Int64
				store.before = func(string, string) {
					if seen.Add(1) != int64(step+1) {
						return
					}
					reads(elsewhere, "c")
					keeps(t, elsewhere, "c")
					elsewhere.Close()
					n.Close() // and has it in no memory
				}
				if err := two.Join(t.Context(), code); err != nil {
					t.Fatal(err)
				}
				steps = max(steps, int(seen.Load())-1)
				if int(seen.Load()) <= step {
					elsewhere.Close()
					n.Close()
					return
				}
				one.Close()
				two.Close()
				settled()
				one = m.Open([]byte("one"))
				settled()
				isRead(t, one, true, "a", "b", "c")
				hasKept(t, one, "b", "c")
				one.Close()
			})
		})
	}
	if steps < 5 {
		t.Errorf("joining takes %d steps", steps)
	}
}

// While two processes have the file, as during an upgrade, what one keeps is listed by the other.
func TestListsOfTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "readers.db")
	var open [2]*memory.Reader
	for i := range open {
		b, err := memory.OpenBolt(path, true, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		m := memory.New(b, secret, memory.Options{Wait: time.Minute, Interval: 10 * time.Millisecond})
		t.Cleanup(m.Close)
		open[i] = m.Open([]byte("one"))
		t.Cleanup(open[i].Close)
	}
	hasKept(t, open[1])
	for _, address := range []string{"a", "b"} {
		keeps(t, open[0], address)
		waitFor(t, func() bool {
			list, err := open[1].Highlights(t.Context())
			return err == nil && slices.ContainsFunc(list, func(h memory.Highlight) bool { return h.Address == address })
		})
	}
	hasKept(t, open[1], "a", "b")
}
