package memory_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// shortly is a context that ends when it has been asked so often.
type shortly struct {
	asked atomic.Int64
	often int64
}

func (*shortly) Deadline() (at time.Time, ok bool) { return at, false }
func (*shortly) Done() <-chan struct{}             { return nil }
func (*shortly) Value(any) any                     { return nil }

func (s *shortly) Err() error {
	if s.asked.Add(1) > s.often {
		return context.Canceled
	}
	return nil
}

// A rewrite that is given up half-way, since the server ends, leaves the file as it was and is done later; revisions go on.
func TestRewriteGivenUp(t *testing.T) {
	const n, size = 64, 64 << 10
	path := filepath.Join(t.TempDir(), "readers.db")
	b := openBolt(t, path, false)
	value := make([]byte, size)
	last := uint64(0)
	for i := range n {
		revision, err := b.Put(t.Context(), fmt.Sprintf("m.%02d", i), value, 0)
		if err != nil || revision <= last {
			t.Fatal(revision, err)
		}
		last = revision
	}
	if err := b.WantRewrite(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done, err := b.Rewrite(&shortly{often: 3}); done || !errors.Is(err, context.Canceled) {
		t.Errorf("%t, %v", done, err)
	}
	if _, err := os.Stat(path + ".new"); err == nil {
		t.Error("half of a file is left")
	}
	for _, want := range []bool{true, false} {
		if done, err := b.Rewrite(t.Context()); done != want || err != nil {
			t.Errorf("%t, %v", done, err)
		}
		for i := range n {
			if r, err := b.Get(t.Context(), fmt.Sprintf("m.%02d", i)); err != nil || len(r.Value) != size {
				t.Fatal(i, len(r.Value), err)
			}
		}
	}
	if revision, err := b.Put(t.Context(), "m.new", nil, 0); err != nil || revision <= last {
		t.Errorf("revision %d follows %d: %v", revision, last, err)
	}
}
