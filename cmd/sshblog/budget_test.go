package main

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/terminal"
	"github.com/sshblog/sshblog/internal/theme"
)

// act is something that readers do all the time, and what it may cost: the
// cost of the reader and the terminal alone, without SSH. The keys of an act
// are pressed again and again, after those that lead to its place; or only twice
// if what counts is that nobody was there before, whose frame could be shared.
//
// Budgets are what was measured when they were written, in the comment, and
// about a tenth more. Whoever exceeds one has made every key of every reader
// dearer; whoever stays far below one lowers it. Time is no part of them: it
// says more about the machine than about the code.
type act struct {
	name        string
	first, keys string
	runs        int
	allocs      float64 // a key
	heap        float64 // a key, bytes allocated
	bytes       float64 // a key, written to the client
}

func acts() []act {
	return []act{
		{"a line down", "o ", "jjjjjkkkkk", 50, 3.5, 480, 99},                  // 3.0, 436, 90
		{"a line down, first", "o", strings.Repeat("j", 40), 1, 18, 3990, 146}, // 16.5, 3628, 133
		{"a page down", "o ", " b", 50, 6.5, 2750, 1780},                       // 6.0, 2500, 1622
		{"a page down, first", "o", "  ", 1, 21, 5400, 1700},                   // 19, 4912, 1546
		{"selecting", "", "jjjkkk", 50, 4.5, 550, 163},                         // 4.0, 500, 148: what a sign has pushed is cleared
		{"a page of the list", "", "lh", 50, 5, 1750, 690},                     // 4.5, 1588, 625
		{"opening and leaving", "joq", "oq", 50, 6.5, 2750, 1840},              // 6.0, 2500, 1670
	}
}

func TestBudgets(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes allocations of its own")
	}
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			fresh := 1
			if a.runs == 1 { // few keys: what the runtime does meanwhile would count for much
				fresh = 3
			}
			allocs, heap, written := math.Inf(1), math.Inf(1), 0.0
			for range fresh {
				d := openSession(t, 80, 24)
				d.goTo(a.first)
				d.out.forget()
				pressed := 0
				count, size := allocated(a.runs, func() {
					for _, key := range a.keys {
						d.press(key)
					}
					pressed += len(a.keys)
				})
				allocs, heap = min(allocs, count), min(heap, size)
				written = max(written, float64(d.out.size())/float64(pressed))
			}
			keys := float64(len(a.keys))
			if got := allocs / keys; got > a.allocs {
				t.Errorf("a key makes %.1f allocations, at most %.1f are in the budget", got, a.allocs)
			}
			if got := heap / keys; got > a.heap {
				t.Errorf("a key allocates %.0f bytes, at most %.0f are in the budget", got, a.heap)
			}
			if written > a.bytes {
				t.Errorf("a key writes %.1f bytes, at most %.1f are in the budget", written, a.bytes)
			}
		})
	}
}

// allocated returns how many allocations a run of f makes and how many bytes they
// take, as testing.AllocsPerRun does for their number alone: many small ones cost
// as much as a few large ones.
func allocated(runs int, f func()) (allocs, bytes float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // what others do meanwhile does not count
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	n := float64(runs)
	return float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n
}

// The first frame is what makes a connect dearer than SSH itself.
func TestBudgetOfTheFirstFrame(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes allocations of its own")
	}
	const (
		maxAllocs = 39    // 36
		maxHeap   = 13900 // 12621, of which the client's buffer is 4096
		maxBytes  = 1950  // 1777
	)
	s := newTestBlog(t)
	bytes := 0
	allocs, heap := allocated(20, func() {
		d := s.startSession(t, 80, 24)
		bytes = d.out.size()
		d.host.Stop("")
	})
	if allocs > maxAllocs {
		t.Errorf("a session makes %.0f allocations up to its first frame, at most %d are in the budget", allocs, maxAllocs)
	}
	if heap > maxHeap {
		t.Errorf("a session allocates %.0f bytes up to its first frame, at most %d are in the budget", heap, maxHeap)
	}
	if bytes > maxBytes {
		t.Errorf("the first frame is %d bytes, at most %d are in the budget", bytes, maxBytes)
	}
}

// Whatever the window, a line down costs a line and not a screen.
func TestLineDownDoesNotGrowWithTheWindow(t *testing.T) {
	t.Parallel()
	cost := func(width, height int) float64 {
		d := openSession(t, width, height)
		d.goTo("o ")
		d.out.forget()
		const keys = 20
		for range keys {
			d.press('j')
		}
		return float64(d.out.size()) / keys
	}
	small, large := cost(80, 24), cost(200, 50)
	if large > small*1.3 {
		t.Errorf("a line down writes %.0f bytes at 200×50 and %.0f at 80×24", large, small)
	}
}

// However many read a post that changes, it is rendered once for all of them
// whose columns are of one width.
func TestReloadRendersOnceForEachWidth(t *testing.T) {
	t.Parallel()
	const readers = 100
	widths := [...]int{60, 80, 200, 120} // the last two have the same column, the widest
	const columns = 3
	s := newTestBlog(t)
	desks := make([]*testSession, readers)
	for i := range desks {
		desks[i] = s.openSession(t, widths[i%len(widths)], 24)
		desks[i].goTo("o")
	}
	if renders := s.pages.Stats().Renders; renders != columns {
		t.Fatalf("one post was rendered %d times for %d readers, want %d times", renders, readers, columns)
	}
	newest := s.lib.Current().All().Page(1)[0].Path
	text := strings.Replace(string(s.posts[newest].Data), "It begins here.", "It begins elsewhere.", 1)
	s.posts[newest] = &fstest.MapFile{Data: []byte(text), ModTime: time.Unix(1, 0)}
	if _, err := s.lib.Reload(); err != nil {
		t.Fatal(err)
	}
	for _, d := range desks {
		go d.host.Send(reader.Superseded()) // as all sessions do at once
	}
	for _, d := range desks {
		eventually(t, func() bool { return strings.Contains(d.out.String(), "elsewhere.") }, "a reader was not shown the change: %q", &d.out)
	}
	if renders := s.pages.Stats().Renders - columns; renders != columns {
		t.Errorf("a post that changed was rendered %d times for %d readers, want %d times", renders, readers, columns)
	}
}

func BenchmarkKey(b *testing.B) {
	for _, a := range acts() {
		if a.runs == 1 {
			continue // there are not as many places as a benchmark presses keys
		}
		for _, size := range [][2]int{{80, 24}, {200, 50}} {
			b.Run(fmt.Sprintf("%s/%dx%d", a.name, size[0], size[1]), func(b *testing.B) {
				d := openSession(b, size[0], size[1])
				d.goTo(a.first)
				d.out.forget()
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					d.press(rune(a.keys[i%len(a.keys)]))
				}
				b.ReportMetric(float64(d.out.size())/float64(b.N), "bytes/key")
			})
		}
	}
}

// testSession is a reader at a terminal with nothing in between.
type testSession struct {
	tb   testing.TB
	host *terminal.Host
	out  paper
}

// paper takes what is written, and remembers how much that was.
type paper struct {
	lockedBuffer
	wrote int
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	p.wrote += len(b)
	if p.buf.Len() > 1<<20 {
		p.buf.Reset() // so that keeping it allocates nothing
	}
	p.mu.Unlock()
	return p.lockedBuffer.Write(b)
}

func (p *paper) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wrote
}

func (p *paper) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrote = 0
	p.buf.Reset()
	p.buf.Grow(2 << 20)
}

// silence is a keyboard that nobody touches.
type silence <-chan struct{}

func (s silence) Read([]byte) (int, error) {
	<-s
	return 0, errors.New("gone")
}

// testBlog is a blog of 41 posts that are longer than any window.
type testBlog struct {
	posts  fstest.MapFS
	lib    *library.Library
	pages  *render.Cache
	reader *reader.Reader
}

func newTestBlog(tb testing.TB) *testBlog {
	tb.Helper()
	s := &testBlog{posts: fstest.MapFS{}, pages: render.NewCache(cacheBytes, 0)}
	for i := 1; i <= 41; i++ {
		s.posts[fmt.Sprintf("post-%02d.md", i)] = &fstest.MapFile{Data: []byte(variedPost(i))}
	}
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	var err error
	if s.lib, err = library.Open(s.posts, library.Options{Now: now}); err != nil {
		tb.Fatal(err)
	}
	s.reader = reader.New(s.lib, s.pages, theme.NewSet())
	return s
}

// variedPost has no two lines alike, which would be cheap to scroll.
func variedPost(i int) string {
	words := strings.Fields("a queue turns a slow consumer into a *late* one which nobody sees until it is **full** then `enqueue` blocks " +
		"and the outage begins in a place that looks innocent so measure the age of the oldest item and not the length")
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: Post number %d\ndate: 2026-01-%02d\ncategories: [%s]\nsummary: About what a queue hides.\n---\nIt begins here.\n",
		i, 1+i%28, []string{"Backend", "Databases", "CI/CD"}[i%3])
	for word := range 1200 {
		if word%200 == 0 {
			fmt.Fprintf(&b, "\n\n## Section %d\n", word/200)
		}
		if word%50 == 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(words[word*word%977%len(words)] + " ")
	}
	return b.String()
}

// startSession begins a session.
func (s *testBlog) startSession(tb testing.TB, width, height int) *testSession {
	d := &testSession{tb: tb}
	d.host = terminal.New(s.reader.Model(tb.Context(), reader.Options{}), terminal.Options{
		Input: silence(tb.Context().Done()), Output: &d.out,
		Width: width, Height: height, Environ: []string{"TERM=xterm-256color"},
	})
	d.host.Start()
	return d
}

// openSession begins a session at a blog of its own.
func openSession(tb testing.TB, width, height int) *testSession {
	tb.Helper()
	return newTestBlog(tb).openSession(tb, width, height)
}

func (s *testBlog) openSession(tb testing.TB, width, height int) *testSession {
	tb.Helper()
	d := s.startSession(tb, width, height)
	tb.Cleanup(func() { d.host.Stop("") })
	return d
}

func (d *testSession) press(key rune) { d.host.Send(tea.KeyPressMsg{Code: key, Text: string(key)}) }

// goTo presses keys and waits for each post that they open.
func (d *testSession) goTo(keys string) {
	d.tb.Helper()
	for _, key := range keys {
		d.out.forget()
		d.press(key)
		if key == 'o' {
			eventually(d.tb, func() bool { return strings.Contains(d.out.String(), "begins here.") }, "no post was opened: %q", &d.out)
		}
	}
}
