package reader

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// What sessions share does not keep an old index alive, whether a session goes on
// from it or a new one begins.
func TestShelvesLetGoOfOldIndexes(t *testing.T) {
	posts := blog(9)
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := New(lib, render.NewCache(1<<20, 0), theme.NewSet())
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

// However many windows there are, a cache holds no more than it may.
func TestShelfIsBounded(t *testing.T) {
	var s cache[int, string]
	s.limit, s.weigh = 10, func(string) int { return 1 }
	for i := range 95 {
		if got := s.get(i, func() string { return fmt.Sprint(i) }); got != fmt.Sprint(i) {
			t.Fatalf("%d gets %q", i, got)
		}
		if n := len(s.made) + len(s.before); n > s.limit {
			t.Fatalf("%d entries of %d", n, s.limit)
		}
	}
	if got := s.get(94, func() string { return "made anew" }); got != "94" {
		t.Errorf("what is there is %s", got)
	}
}

// What a post tells of itself is read from its text once, however many layouts show
// it, and in less memory than it may take.
func TestAPostIsReadOnceForAllLayouts(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes allocations of its own")
	}
	posts := blog(3)
	posts["slow.md"] = file("---\ntitle: Slow\ndate: 2026-05-01\n---\n" + strings.Repeat("![](a)\n\n<!-- -->\n\n", 2000) + "Words.\n")
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := New(lib, render.NewCache(1<<20, 0), theme.NewSet()).Model(t.Context(), Options{})
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	p, ok := lib.Current().Find("slow")
	if !ok {
		t.Fatal("the post is not there")
	}
	once := testing.AllocsPerRun(1, func() { _ = p.Summary() })
	layouts := testing.AllocsPerRun(1, func() {
		for cells := 40; cells < 80; cells++ {
			_ = m.layRows(rowsKey{post: p, theme: m.theme, cells: cells, rows: 6})
			_ = m.articleHead(p, cells)
		}
	})
	if once < 2000 || layouts > once {
		t.Errorf("80 layouts make %v allocations, and one reading makes %v", layouts, once)
	}

	for i := range 10_000 {
		s := derived{summary: strings.Repeat("a", i%post.MaxSummary), minutes: i}
		m.caches.derived.get(new(post.Post), func() derived { return s })
	}
	held := 0
	for _, cache := range [...]map[*post.Post]derived{m.caches.derived.made, m.caches.derived.before} {
		for _, s := range cache {
			held += len(s.summary) + entryOverhead
		}
	}
	if most := m.caches.derived.limit; held == 0 || held > most {
		t.Errorf("%d bytes are held of what posts tell, want at most %d", held, most)
	}
}

// What sessions share does not show: whatever keys are pressed, and whoever was
// there before, a reader sees what one sees who shares nothing.
func TestSharingDoesNotShow(t *testing.T) {
	keys := strings.Fields("down down up j k enter enter backspace esc space b n p N tab tab T + - l h G g y t ? c left right " +
		": / 1 2 e d r needle post ctrl+u resize resize")
	sizes := [][2]int{{80, 24}, {80, 24}, {80, 30}, {120, 24}, {40, 12}, {15, 5}}
	at(t, 9, 80, 24, func(t *testing.T, host *user) {
		host.posts["rich.md"] = file(rich)
		host.reload()
		newReader := func() *Reader { return New(host.lib, render.NewCache(1<<20, 0), theme.NewSet()) }
		shared := newReader()
		for seed := range uint64(40) {
			random := rand.New(rand.NewPCG(seed, 0))
			with, alone := host.another(shared), host.another(newReader())
			var pressed []string
			for range 60 {
				key := keys[random.IntN(len(keys))]
				size := sizes[random.IntN(len(sizes))]
				for _, u := range []*user{with, alone} {
					switch key {
					case "resize":
						u.resize(size[0], size[1])
					case "needle", "post":
						u.types(key)
					default:
						u.press(key)
					}
				}
				pressed = append(pressed, key)
				if got, want := with.model.View().Content, alone.model.View().Content; got != want {
					t.Fatalf("seed %d, after %q: it shows\n%s\nand not\n%s", seed, pressed, with.screen(), alone.screen())
				}
			}
		}
		if shared.newest.readers.frames.held == 0 {
			t.Error("nothing was shared")
		}
	})
}

// Readers at the same place hold one frame together.
func TestReadersHoldOneFrame(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		r := New(u.lib, render.NewCache(1<<20, 0), theme.NewSet())
		a, b := u.another(r), u.another(r)
		for _, keys := range []string{"down", "enter", "j", "space", "G"} {
			a.press(keys)
			b.press(keys)
			was, is := a.model.View().Content, b.model.View().Content
			if unsafe.StringData(was) != unsafe.StringData(is) {
				t.Errorf("after %s each has its own", keys)
			}
		}
	})
}

// A session that has not been told of a newer index yet adds nothing of its own to
// what those share who have.
func TestWhoLagsBehindSharesNothing(t *testing.T) {
	posts := blog(9)
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := New(lib, render.NewCache(1<<20, 0), theme.NewSet())
	sit := func() *Model {
		m := r.Model(t.Context(), Options{})
		m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
		_ = m.View()
		return m
	}
	quick, slow := sit(), sit()
	old := weak.Make(lib.Current())
	posts["new.md"] = file(sample(20, "New"))
	if _, err := lib.Reload(); err != nil {
		t.Fatal(err)
	}
	quick.Update(Superseded())
	_ = quick.View()
	slow.Update(tea.KeyPressMsg{Code: 'j', Text: "j"})
	_ = slow.View()
	late := r.newest.cachesOf(old.Value(), lib.Current) // as of a session that begins with it
	slow.Update(Superseded())
	_ = slow.View()
	if late == r.newest.readers || r.newest.readers != quick.caches || quick.caches != slow.caches {
		t.Error("the caches of the newest index are not those that all share")
	}
	late = nil
	runtime.GC()
	runtime.GC()
	if old.Value() != nil {
		t.Error("the index before is still held")
	}
	runtime.KeepAlive(late)
	runtime.KeepAlive(quick)
	runtime.KeepAlive(slow)
}

// One reader who drags the window over a post with thousands of links, in all
// themes, makes the server hold no more than the caches may.
func TestShelvesAreBoundedInBytes(t *testing.T) {
	posts := blog(9)
	var links strings.Builder
	links.WriteString("---\ntitle: Links\ndate: 2026-11-20\n---\n")
	for i := range 3000 {
		fmt.Fprintf(&links, "[l%d](https://example.com/%d)\n", i, i)
	}
	posts["links.md"] = file(links.String())
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := New(lib, render.NewCache(1<<20, 0), theme.NewSet())
	m := r.Model(t.Context(), Options{})
	run := func(cmd tea.Cmd) {
		for cmd != nil {
			_, cmd = m.Update(cmd())
		}
		_ = m.View()
	}
	resize := func(width, height int) {
		_, cmd := m.Update(tea.WindowSizeMsg{Width: width, Height: height})
		run(cmd)
	}
	resize(80, 24)
	run(m.key(tea.KeyPressMsg{Code: tea.KeyEnter}))
	for range 2 {
		for width := 20; width <= 84; width += 2 {
			resize(width, 7)
			resize(width, 24)
			m.caches.textOf(shown[*article](m).page)
		}
		run(m.key(tea.KeyPressMsg{Code: 'T', Text: "T"}))
	}
	inUse := func() int {
		runtime.GC()
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		return int(now.HeapAlloc)
	}
	with := inUse()
	m.caches = nil
	r.newest.readers = nil
	if held := with - inUse(); held > DefaultShared {
		t.Errorf("the caches hold %.1f MB, and may hold %.1f", float64(held)/1e6, float64(DefaultShared)/1e6)
	} else {
		t.Logf("the caches hold %.1f MB", float64(held)/1e6)
	}
	runtime.KeepAlive(m)
}
