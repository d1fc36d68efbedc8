package memory

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Who does not come for 400 days is forgotten, in small steps; who comes keeps everything, also what no visit
// changes; markers and codes go when their time is over.
func TestSweep(t *testing.T) { synctest.Test(t, sweeps) }

func sweeps(t *testing.T) {
	const day = 24 * time.Hour
	b, err := OpenBolt(filepath.Join(t.TempDir(), "readers.db"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	m := New(b, []byte("secret"), Options{Interval: 12 * time.Hour, Wait: time.Minute})
	defer m.Close()
	visit := func(key string, does func(r *Reader)) {
		t.Helper()
		r := m.OpenFor([]byte(key), Client{Source: key})
		does(r)
		r.Close()
		time.Sleep(13 * time.Hour) // what is renewed is written with the next of all
		if n := m.Stats().Readers; n > 0 {
			t.Fatalf("%d readers are not written", n)
		}
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
	writes := make([]Write, sweepStep+sweepStep/5)
	other := marks{visited: m.now()}
	for i := range writes {
		writes[i] = Write{Key: fmt.Sprintf("m.%032x", i), Value: encodeMarks(&other, m.posts)}
	}
	b.PutAll(t.Context(), writes)
	count := func() map[string]int {
		kinds := make(map[string]int)
		for _, key := range recordsOf(t, b) {
			kind, _, _ := strings.Cut(key, ".")
			kinds[kind]++
		}
		return kinds
	}
	time.Sleep(2 * day)
	if kinds := count(); kinds["j"] != 0 || kinds["k"] != 1 {
		t.Errorf("after two days there are %v", kinds)
	}
	time.Sleep(33 * day)
	if kinds := count(); kinds["k"] != 0 || kinds["m"] != len(writes)+2 || kinds["h"] != 2 {
		t.Errorf("after a month there are %v", kinds)
	}
	for day := range 8 {
		time.Sleep(45 * 24 * time.Hour)
		visit("comes", func(r *Reader) { r.Read(fmt.Sprint("visit-", day)) })
	}
	if kinds := count(); kinds["m"] != len(writes)+2 {
		t.Errorf("before 400 days there are %v", kinds)
	}
	time.Sleep(6 * day)
	if kinds := count(); kinds["m"] != 1 || kinds["h"] != 1 || kinds["posts"] != 1 || kinds["j"]+kinds["k"] != 0 {
		t.Errorf("there are %v", kinds)
	}
	visit("comes", func(r *Reader) {
		for _, post := range []string{"a", "visit-0", "visit-7"} {
			if r.Mark(post).Read.IsZero() {
				t.Errorf("%s is forgotten", post)
			}
		}
		if list, err := r.Highlights(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("%v %v", list, err)
		}
	})
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
