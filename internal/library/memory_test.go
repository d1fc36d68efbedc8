package library_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// memory is a library.Memory that counts, and has no more than most, if that is not zero.
type memory struct {
	mu          sync.Mutex
	taken, most int64
}

var errFull = errors.New("there is no memory")

func (m *memory) Take(bytes int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.most != 0 && m.taken+bytes > m.most {
		return errFull
	}
	m.taken += bytes
	return nil
}

func (m *memory) TakeSpare(bytes int64) bool { return m.Take(bytes) == nil }

func (m *memory) Has(bytes int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.most == 0 || m.taken+bytes <= m.most
}

func (m *memory) Replaced(bytes int64) func() { return func() { m.Give(bytes) } }

func (m *memory) Give(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken -= bytes
}

// limit sets most to what is taken and so many bytes more; below zero there is none.
func (m *memory) limit(more int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.most = m.taken + more; more < 0 {
		m.most = 0
	}
}

// becomes waits for what is taken to be so much, while garbage is collected.
func (m *memory) becomes(t *testing.T, want int64) {
	t.Helper()
	for range 200 {
		runtime.GC()
		if m.now() == want {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%d bytes are taken, want %d", m.now(), want)
}

func (m *memory) now() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken
}

// What has changed is taken for before it is read, what it replaces is given back once nobody
// holds the old index any more, and what was only written anew takes nothing.
func TestReloadsTakeMemory(t *testing.T) {
	long := strings.Repeat("Words of a post.\n", 1000)
	m := folder{"a.md": md("title: A") + long, "b.md": md("title: B") + long}.fs()
	budget := &memory{}
	lib := open(t, m, library.Options{Memory: budget})
	first := lib.Current()
	budget.becomes(t, first.Bytes())

	budget.limit(100)
	write(m, "a.md", md("title: A")+long, noon)
	equal(t, "the same words", reload(t, lib).Unchanged, true)
	budget.becomes(t, first.Bytes())

	write(m, "a.md", md("title: A")+long+"And more.\n", noon.Add(time.Second))
	_, err := lib.Reload()
	equal(t, "error", fmt.Sprint(err), "reading the posts folder again: there is no memory")
	equal(t, "index", lib.Current(), first)
	budget.becomes(t, first.Bytes())

	budget.limit(-1)
	reload(t, lib)
	second := lib.Current()
	budget.becomes(t, second.Bytes()+int64(len(md("title: A")+long)+2<<10))
	runtime.KeepAlive(first) // and not any longer
	budget.becomes(t, second.Bytes())

	delete(m, "b.md")
	reload(t, lib)
	runtime.KeepAlive(second) // and not any longer
	budget.becomes(t, lib.Current().Bytes())
}

// Whatever happens to the folder, and whether there is memory or not, in the end just what
// the index needs is taken.
func TestMemoryIsReckoned(t *testing.T) {
	const seed = 11
	rnd := rand.New(rand.NewPCG(seed, 0))
	m := folder{"0.md": md("title: 0", "date: 2026-01-01")}.fs()
	budget := &memory{}
	now := &clock{now: noon}
	lib := open(t, m, library.Options{Memory: budget, Now: now.Now})
	refused := 0
	for step := range 150 {
		for range 1 + rnd.IntN(5) {
			name := fmt.Sprintf("%d.md", rnd.IntN(20))
			var text string
			switch rnd.IntN(6) {
			case 0:
				if name != "0.md" {
					delete(m, name)
				}
				continue
			case 1:
				text = broken
			case 2:
				text = md("title: Draft", "draft: true")
			case 3:
				name = fmt.Sprintf("%d.de.md", rnd.IntN(20))
				fallthrough
			default:
				text = md("title: T", "date: 2026-03-12T1"+fmt.Sprint(rnd.IntN(10))+":00:00Z", fmt.Sprintf("tags: [x%d]", rnd.IntN(3))) +
					strings.Repeat("word ", rnd.IntN(300))
			}
			write(m, name, text, now.Now().Add(-time.Hour))
		}
		now.advance(time.Minute)
		if budget.limit(-1); rnd.IntN(3) == 0 {
			budget.limit(rnd.Int64N(8 << 10))
		}
		if _, err := lib.Reload(); err != nil {
			if !errors.Is(err, errFull) {
				t.Fatalf("step %d: %v", step, err)
			}
			refused++
		}
	}
	if refused < 5 {
		t.Errorf("memory was refused %d times only", refused)
	}
	budget.limit(-1)
	reload(t, lib)
	budget.becomes(t, lib.Current().Bytes())
}

// spareless is a library.Memory that has none to spare.
type spareless struct {
	memory
	refused chan struct{}
}

func (m *spareless) TakeSpare(bytes int64) bool {
	if bytes < 100_000 { // of a search, and not for many posts
		close(m.refused)
	}
	return false
}

// Where the words of new posts do not fit beside those of the old ones, they are indexed once
// nobody holds the old index.
func TestSearchWaitsForMemory(t *testing.T) {
	m := folder{"a.md": md("title: Alpha")}.fs()
	budget := &spareless{refused: make(chan struct{})}
	lib := open(t, m, library.Options{Memory: budget})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = lib.Run(ctx) }()
	defer func() { stop(); <-ended }()
	first := lib.Current()
	<-first.Searchable()
	equal(t, "found at first", first.Search("alpha", 1).Total, 1)

	write(m, "a.md", md("title: Beta"), noon)
	reload(t, lib)
	<-budget.refused
	second := lib.Current()
	select {
	case <-second.Searchable():
		t.Error("the words of both are in memory, and there was none")
	case <-time.After(100 * time.Millisecond):
	}
	equal(t, "found meanwhile", first.Search("alpha", 1).Total, 1)
	runtime.KeepAlive(first) // and not any longer
	select {
	case <-second.Searchable():
	case <-time.After(time.Minute):
		t.Fatal("it is never searchable")
	}
	equal(t, "found at last", second.Search("beta", 1).Total, 1)
}

// What many posts have replaced is given back though nothing else has garbage collected.
func TestReplacedPostsAreCollected(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	f := folder{}
	for i := range 50 {
		f[fmt.Sprintf("%d.md", i)] = md("title: A") + strings.Repeat("Some words of a post.\n", 5000)
	}
	m := f.fs()
	budget := &memory{}
	lib := open(t, m, library.Options{Memory: budget})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = lib.Run(ctx) }()
	defer func() { stop(); <-ended }()
	<-lib.Current().Searchable()
	for name, text := range f {
		write(m, name, text+"And more.\n", noon)
	}
	reload(t, lib)
	want := lib.Current().Bytes() + 100_000 // the few different words may stay
	for deadline := time.Now().Add(time.Minute); budget.now() > want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are taken, want at most %d", budget.now(), want)
		}
	}
}

// Where files are missing, and the folder is scanned until two scans agree, what has changed is
// read and taken for once.
func TestScansShareWhatTheyRead(t *testing.T) {
	long := strings.Repeat("Words of a post.\n", 1000)
	f := folder{}
	for i := range 20 {
		f[fmt.Sprintf("%d.md", i)] = md("title: A") + long
	}
	m := f.fs()
	budget := &memory{}
	lib := open(t, m, library.Options{Memory: budget})
	for name, text := range f {
		write(m, name, text+"More.\n", noon) // now, so that every scan reads it
	}
	delete(m, "0.md")
	budget.limit(lib.Current().Bytes() * 3 / 2)
	report := reload(t, lib)
	equal(t, "changes", report.String(), "19 posts changed, 1 removed")
	budget.becomes(t, lib.Current().Bytes())
}
