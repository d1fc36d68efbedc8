package push

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// waitedFor is a context that knows when somebody begins to wait for it.
type waitedFor struct {
	context.Context //nolint:containedctx // it is one
	once            sync.Once
	come            *atomic.Int64
}

func (w *waitedFor) Done() <-chan struct{} {
	w.once.Do(func() { w.come.Add(1) })
	return w.Context.Done()
}

// Who waits together is served by one look at the folder.
func TestWhoWaitsTogetherLooksOnce(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "a.md", "old")
	unlock, err := p.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := p.begun.Load()
	const many = 20
	var come atomic.Int64
	var waiting sync.WaitGroup
	for range many {
		waiting.Go(func() {
			tr, err := p.Begin(&waitedFor{Context: t.Context(), come: &come}, Client{Author: "anna"})
			if err != nil {
				t.Error(err)
				return
			}
			if tr.base.files["a.md"] == "" {
				t.Error("one of them does not know the file")
			}
			tr.End()
		})
	}
	for come.Load() < many {
		time.Sleep(time.Millisecond)
	}
	unlock()
	waiting.Wait()
	if looked := p.begun.Load() - before; looked != 1 {
		t.Errorf("%d looked %d times", many, looked)
	}
}

// slowStore waits before it tells the newest version, once.
type slowStore struct {
	Store
	reached, goOn chan struct{}
	once          sync.Once
}

func (s *slowStore) Current() (string, error) {
	s.once.Do(func() {
		close(s.reached)
		<-s.goOn
	})
	return s.Store.Current()
}

// A look that has begun before somebody comes may have passed what was changed since: it is none for him.
func TestWhoComesLaterLooksAgain(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "a.md", "old")
	slow := &slowStore{Store: p.store, reached: make(chan struct{}), goOn: make(chan struct{})}
	p.store = slow
	begun := p.begun.Load()
	first := make(chan error, 1)
	go func() { first <- p.Settle(t.Context()) }()
	<-slow.reached
	var come atomic.Int64
	second := make(chan *Transfer, 1)
	go func() {
		tr, err := p.Begin(&waitedFor{Context: t.Context(), come: &come}, Client{Author: "anna"})
		if err != nil {
			t.Error(err)
		}
		second <- tr
	}()
	for come.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(slow.goOn)
	if err := <-first; err != nil {
		t.Error(err)
	}
	(<-second).End()
	if looked := p.begun.Load() - begun; looked != 2 {
		t.Errorf("they looked %d times", looked)
	}
}

// A publish that was cut is mended before anybody else publishes, also if he has waited for long.
func TestWhoWaitsFindsACutPublish(t *testing.T) {
	p := open(t, t.TempDir())
	write(t, p, "a.md", "old")
	if err := p.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !p.reconciledSince(p.begun.Load() - 1) {
		t.Error("it is not reconciled")
	}
	mark := filepath.Join(p.config.State, markFile)
	if err := p.mark(p.now.Load().version); err != nil {
		t.Fatal(err)
	}
	if p.reconciledSince(p.begun.Load() - 1) {
		t.Error("it is reconciled, and a publish was cut")
	}
	if err := p.unmark(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("it is marked")
	}
	other, err := OpenGit(filepath.Join(p.config.State, repository))
	if err != nil {
		t.Fatal(err)
	}
	content, err := other.Put(3, strings.NewReader("new"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Replace(p.now.Load().version, map[string]string{"a.md": content}, Signature{"bert", time.Now(), "new"}); err != nil {
		t.Fatal(err)
	}
	if p.reconciledSince(p.begun.Load() - 1) {
		t.Error("it is reconciled, and another process has published")
	}
}
