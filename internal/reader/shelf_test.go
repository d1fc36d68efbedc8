package reader

import (
	"fmt"
	"runtime"
	"testing"
	"weak"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
)

// What sessions share does not keep an old index alive, whether a session goes on
// from it or a new one begins.
func TestShelvesLetGoOfOldIndexes(t *testing.T) {
	posts := blog(9)
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := New(lib, render.NewCache(1<<20, 0), render.NewThemes())
	look := func(m *Model) {
		m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
		_ = m.View()
		cmd := m.key(tea.KeyPressMsg{Code: tea.KeyEnter})
		_ = m.View()
		if cmd != nil {
			m.Update(cmd())
		}
		_ = m.View()
	}
	for i := range 4 {
		old := weak.Make(lib.Current())
		m := r.Model(t.Context(), Options{})
		look(m)
		posts["new.md"] = file(sample(20+i, fmt.Sprintf("New %d", i)))
		if _, err := lib.Reload(); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			m.Update(Superseded())
		} else {
			m = r.Model(t.Context(), Options{})
		}
		look(m)
		runtime.GC()
		runtime.GC()
		if old.Value() != nil {
			t.Errorf("after reload %d the index before is still held", i)
		}
		runtime.KeepAlive(m)
	}
}

// However many windows there are, a shelf holds no more than it may.
func TestShelfIsBounded(t *testing.T) {
	var s shelf[int, string]
	s.limit = 10
	for i := range 95 {
		if got := s.get(i, func() string { return fmt.Sprint(i) }); got != fmt.Sprint(i) {
			t.Fatalf("%d gets %q", i, got)
		}
		if len(s.made) > s.limit {
			t.Fatalf("%d entries of %d", len(s.made), s.limit)
		}
	}
	if got := s.get(94, func() string { return "made anew" }); got != "94" {
		t.Errorf("what is there is %s", got)
	}
}
