package reader

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// What is known of a reader of fifty posts takes a kilobyte of a session that only sits there, and no more.
func TestIdleSessionsOfKnownReaders(t *testing.T) {
	if underRace {
		t.Skip("the race detector takes memory of its own")
	}
	const sessions = 500
	lib, err := library.Open(blog(60), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := &storetest.Store{}
	remember := func() *memory.Memory {
		m := memory.New(store, []byte("secret"), memory.Options{Wait: time.Minute})
		m.Posts(func(yield func(string, []string) bool) {
			for _, p := range lib.Current().Everything() {
				if !yield(p.Address, nil) {
					return
				}
			}
		})
		return m
	}
	m := remember()
	r := New(lib, render.NewCache(1<<20, 0), theme.NewSet())
	for i := range sessions { // who has read fifty posts
		known := m.Open(fmt.Appendf(nil, "key %d", i))
		for _, p := range lib.Current().Everything()[:50] {
			known.Opened(p.Address)
			known.Read(p.Address)
		}
		known.Close()
	}
	m.Close()
	inUse := func() int64 {
		runtime.GC()
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		return int64(now.HeapAlloc)
	}
	sit := func(known bool) int64 {
		models, readers := make([]*Model, sessions), make([]*memory.Reader, sessions)
		views := make([]string, sessions)
		m := remember()
		defer m.Close()
		before := inUse()
		for i := range models {
			o := Options{}
			if known {
				readers[i] = m.Open(fmt.Appendf(nil, "key %d", i))
				o.Memory = readers[i]
			}
			models[i] = r.Model(t.Context(), o)
			models[i].Update(tea.WindowSizeMsg{Width: 80, Height: 24})
			views[i] = models[i].View().Content
		}
		held := (inUse() - before) / sessions
		for i, known := range readers {
			if known != nil {
				models[i].Close()
				known.Close()
			}
		}
		runtime.KeepAlive(views)
		return held
	}
	sit(false)
	sit(true)
	without, with := sit(false), sit(true)
	t.Logf("a session holds %d bytes, and %d without a key", with, without)
	if with-without > 1<<10 {
		t.Errorf("what is known takes %d bytes a session", with-without)
	}
}
