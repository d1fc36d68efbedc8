package memory

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Who does not come for 400 days is forgotten, in small steps; who comes keeps everything, also what no visit
// changes; markers and codes go when their time is over.
func TestSweep(t *testing.T) {
	var days atomic.Int64
	now := func() time.Time { return time.Now().AddDate(0, 0, int(days.Load())) }
	b, err := OpenBolt(filepath.Join(t.TempDir(), "readers.db"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b.now = now
	m := New(b, []byte("secret"), Options{Now: now, Interval: 5 * time.Millisecond, Wait: time.Minute})
	eventually := func(done func() bool) {
		t.Helper()
		for until := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("it does not happen; there are %q", recordsOf(t, b))
			}
		}
	}
	visit := func(key string, does func(r *Reader)) {
		t.Helper()
		r := m.OpenFor([]byte(key), Client{Source: key})
		does(r)
		r.Close()
		eventually(func() bool { return m.Stats().Readers == 0 })
	}
	keeps := func(r *Reader) {
		r.Read("a")
		if err := r.AddHighlight(t.Context(), Highlight{Address: "a", Text: "kept"}); err != nil {
			t.Fatal(err)
		}
	}
	visit("comes", keeps)
	visit("stays away", keeps)
	visit("forgets", func(r *Reader) {
		r.Read("a")
		if _, _, err := r.Link(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	writes := make([]Write, 3*sweepStep)
	other := marks{visited: m.now()}
	for i := range writes {
		writes[i] = Write{Key: fmt.Sprintf("m.%032x", i), Value: encodeMarks(&other, m.posts)}
	}
	b.PutAll(t.Context(), writes)
	days.Store(35) // a step every day is the fastest, so that one visit is in many
	eventually(func() bool { return !strings.Contains(strings.Join(recordsOf(t, b), " "), "j.") })
	if n := len(recordsOf(t, b)); n < len(writes) {
		t.Errorf("%d records after a month", n)
	}
	for day := 60; day <= 480; day += 60 {
		days.Store(int64(day))
		visit("comes", func(r *Reader) { r.Read(fmt.Sprint("day-", day)) })
	}
	kinds := make(map[string]int)
	eventually(func() bool {
		clear(kinds)
		for _, key := range recordsOf(t, b) {
			kind, _, _ := strings.Cut(key, ".")
			kinds[kind]++
		}
		return kinds["m"] == 1 && kinds["h"] == 1
	})
	if kinds["posts"] != 1 || kinds["j"]+kinds["k"] != 0 {
		t.Errorf("there are %v", kinds)
	}
	visit("comes", func(r *Reader) {
		for _, post := range []string{"a", "day-60", "day-480"} {
			if r.Mark(post).Read.IsZero() {
				t.Errorf("%s is forgotten", post)
			}
		}
		if list, err := r.Highlights(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("%v %v", list, err)
		}
	})
	m.Close()
}

// recordsOf returns the keys of all records.
func recordsOf(t *testing.T, b *Bolt) (keys []string) {
	t.Helper()
	err := b.use(false, func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte(recordsBucket)).ForEach(func(key, _ []byte) error {
				keys = append(keys, string(key))
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// BenchmarkOpen is what remembering adds on the way from a key to the first frame, with 100,000 readers in
// the file.
func BenchmarkOpen(b *testing.B) {
	store, err := OpenBolt(filepath.Join(b.TempDir(), "readers.db"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	m := New(store, []byte("secret"), Options{})
	defer m.Close()
	value := marks{visited: m.now()}
	for i := range 50 {
		value.setRead(uint32(i), m.now(), true)
	}
	var writes []Write
	for i := range 100_000 {
		id := m.idOf(fmt.Append(nil, i))
		writes = append(writes, Write{Key: marksKey(id.String()), Value: encodeMarks(&value, m.posts)})
	}
	store.PutAll(b.Context(), writes)
	late := 0
	i := 0
	for b.Loop() {
		r := m.Open(fmt.Append(nil, i*7919%100_000))
		if !r.Loaded() {
			late++
		}
		r.Close()
		i++
	}
	b.ReportMetric(float64(late)/float64(i), "late/op")
}
