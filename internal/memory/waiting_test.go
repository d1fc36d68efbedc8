package memory

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
)

// gone is a store that answers nothing.
type gone struct{}

var errGone = errors.New("the store is gone")

func (gone) Get(context.Context, string) (Record, error)                 { return Record{}, errGone }
func (gone) Put(context.Context, string, []byte, uint64) (uint64, error) { return 0, errGone }
func (gone) Delete(context.Context, string, uint64) error                { return errGone }
func (gone) Watch(ctx context.Context, _ func(string)) error             { <-ctx.Done(); return nil }
func (gone) Close() error                                                { return nil }

// Sessions that come and go while the store is away take no memory once they are over.
func TestNobodyWaitsWhoHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(gone{}, []byte("secret"), Options{})
		defer m.Close()
		for i := range 100 {
			m.Open(fmt.Append(nil, i)).Close()
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if n := m.waiting.Len(); n > loaders || len(m.byKey) > loaders {
			t.Errorf("%d wait, of %d", n, len(m.byKey))
		}
	})
}
