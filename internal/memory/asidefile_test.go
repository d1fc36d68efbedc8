package memory_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// left leaves a file of one reader, who has read "a".
func left(t *testing.T, store *storetest.Store, aside string, log *told) {
	t.Helper()
	store.Fault(storetest.Faults{Gone: true})
	m := begun(store, aside, log)
	r := m.Open([]byte("the key of somebody"))
	reads(r, "a")
	r.Close()
	closes(t, m)
	store.Fault(storetest.Faults{})
}

// A file that is damaged, of another secret or too old is removed, with a line; one of a newer version stays as it is, also
// when there is something to be left. None of them keeps a server from remembering.
func TestAsideThatIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		change func(file []byte) []byte
		later  time.Duration
		stays  bool
		says   string
	}{
		"damaged":         {func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, 0, false, "is damaged, or belongs"},
		"cut":             {func(b []byte) []byte { return b[:10] }, 0, false, "is damaged, or belongs"},
		"empty":           {func([]byte) []byte { return nil }, 0, false, "is damaged, or belongs"},
		"long":            {func(b []byte) []byte { return append(b, make([]byte, 8<<20)...) }, 0, false, "is damaged, or belongs"},
		"newer":           {func(b []byte) []byte { b[1]++; return b }, 0, true, "newer version"},
		"too old":         {func(b []byte) []byte { return b }, memory.MarkerKept + time.Hour, false, "too old"},
		"one that is one": {func(b []byte) []byte { return b }, memory.MarkerKept - time.Hour, false, "is written now"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, aside := &storetest.Store{}, filepath.Join(t.TempDir(), "aside")
				var log told
				left(t, store, aside, &log)
				file, err := os.ReadFile(aside)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(file, []byte("somebody")) {
					t.Error("the key is in the file")
				}
				file = c.change(file)
				if err := os.WriteFile(aside, file, 0o600); err != nil {
					t.Fatal(err)
				}
				time.Sleep(c.later)
				m := begun(store, aside, &log)
				time.Sleep(time.Minute)
				if log.count(c.says) != 1 {
					t.Errorf("not once %q:\n%s", c.says, &log.all)
				}
				if _, err := os.Stat(aside); (err == nil) != c.stays {
					t.Errorf("%v", err)
				}
				r := m.Open([]byte("the key of somebody"))
				time.Sleep(time.Second)
				isRead(t, r, name == "one that is one", "a")
				reads(r, "b")
				r.Close()
				store.Fault(storetest.Faults{Gone: true})
				closes(t, m)
				now, err := os.ReadFile(aside)
				if c.stays != (err == nil && bytes.Equal(now, file)) || (c.stays || c.says == "too old") != (m.Stats().Lost == 1) {
					t.Errorf("%v, %+v:\n%s", err, m.Stats(), &log.all)
				}
			})
		})
	}
}

// What a process leaves whose place another one has taken is written by that one, with what others have left.
func TestAsideOfAPredecessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, aside := &storetest.Store{}, filepath.Join(t.TempDir(), "aside")
		var log told
		successor := begun(store, aside, &log)
		store.Fault(storetest.Faults{Gone: true})
		for _, who := range []string{"first", "second"} {
			before := begun(&storetest.Store{}, aside, &log)
			before.Close()
			before = begun(store, aside, &log)
			r := before.Open([]byte(who))
			reads(r, "a")
			r.Close()
			closes(t, before)
		}
		store.Fault(storetest.Faults{})
		time.Sleep(time.Minute)
		defer successor.Close()
		for _, who := range []string{"first", "second"} {
			r := successor.Open([]byte(who))
			time.Sleep(time.Second)
			isRead(t, r, true, "a")
			r.Close()
		}
		if _, err := os.Stat(aside); err == nil {
			t.Error("the file is there still")
		}
	})
}
