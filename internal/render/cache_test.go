package render

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// numbered returns a post of its own content.
func numbered(n int) *post.Post {
	return &post.Post{Path: fmt.Sprintf("%d.md", n), Sum: [16]byte{byte(n), byte(n >> 8)}}
}

// pageOf returns a page that takes about size bytes.
func pageOf(size int) *Page { return &Page{Lines: LinesOf(string(make([]byte, size)))} }

func TestCacheRendersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		gate := make(chan struct{})
		want := pageOf(10)
		c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) {
			<-gate
			return want, nil
		}
		look := Dark(colorprofile.ANSI)
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if page, err := c.Page(t.Context(), nil, numbered(1), 80, look); page != want || err != nil {
					t.Errorf("got %p and %v, want %p", page, err, want)
				}
			})
		}
		synctest.Wait() // all 200 wait for the one render
		if _, ok := c.Peek(numbered(1), 80, look); ok {
			t.Error("Peek found a page that is not rendered yet")
		}
		close(gate)
		wg.Wait()
		if page, ok := c.Peek(numbered(1), 80, look); page != want || !ok {
			t.Errorf("Peek found %p, want %p", page, want)
		}
		if s := c.Stats(); s.Renders != 1 || s.Misses != 200 || s.Hits != 1 || s.Pages != 1 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestCacheKeys(t *testing.T) {
	c := NewCache(1<<20, 0)
	c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) { return pageOf(1), nil }
	themes := themes()
	dark, light := themes.Pick(true, colorprofile.ANSI), themes.Pick(false, colorprofile.ANSI)
	tests := []struct {
		post    int
		width   int
		look    *theme.Theme
		renders int64
	}{
		{1, 80, dark, 1},
		{1, 80, dark, 1},
		{1, 80, themes.Pick(true, colorprofile.ANSI), 1},
		{1, 40, dark, 2},
		{1, 80, light, 3},
		{2, 80, dark, 4},
		{1, 3, dark, 5},
		{1, MinWidth, dark, 5},
		{1, 80, dark, 5},
	}
	for i, tt := range tests {
		if _, err := c.Page(t.Context(), nil, numbered(tt.post), tt.width, tt.look); err != nil {
			t.Fatal(err)
		}
		if got := c.Stats().Renders; got != tt.renders {
			t.Errorf("after step %d: %d renders, want %d", i, got, tt.renders)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 64 << 10
	c := NewCache(limit, 0)
	c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) { return pageOf(4 << 10), nil }
	look := Dark(colorprofile.ANSI)
	page := func(n int) {
		if _, err := c.Page(t.Context(), nil, numbered(n), 80, look); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 100 {
		page(n)
		page(0) // used all the time
		if s := c.Stats(); s.Bytes > limit || s.Bytes < int64(s.Pages)*4<<10 {
			t.Fatalf("%d pages take %d bytes, the limit is %d", s.Pages, s.Bytes, limit)
		}
	}
	if s := c.Stats(); s.Renders != 100 || s.Evicted != 100-int64(s.Pages) || s.Pages < 12 {
		t.Errorf("got %+v", s)
	}
	if _, ok := c.Peek(numbered(0), 80, look); !ok {
		t.Error("the page that is used all the time is gone")
	}
	if _, ok := c.Peek(numbered(1), 80, look); ok {
		t.Error("the page that was not used for the longest is still there")
	}
}

func TestCacheLeavesOutTooLarge(t *testing.T) {
	c := NewCache(1<<10, 0)
	c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) { return pageOf(1 << 11), nil }
	page, err := c.Page(t.Context(), nil, numbered(1), 80, Dark(colorprofile.ANSI))
	if page == nil || err != nil {
		t.Fatalf("got %v and %v", page, err)
	}
	if s := c.Stats(); s.Pages != 0 || s.Bytes != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestCacheWaiterLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		gate := make(chan struct{})
		c.render = func(b *budget, _ *post.Post, _ int, _ *theme.Theme) (*Page, error) {
			<-gate
			return pageOf(1), b.Stopped()
		}
		look := Dark(colorprofile.ANSI)
		ctx, cancel := context.WithCancel(t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		ask := func(ctx context.Context, answer chan<- error) {
			_, err := c.Page(ctx, nil, numbered(1), 80, look)
			answer <- err
		}
		go ask(ctx, left)
		go ask(t.Context(), stayed)
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
		close(gate)
		if err := <-stayed; err != nil {
			t.Errorf("who stayed got %v", err)
		}
	})
}

// TestCacheDropsAbandoned starts more renders than run at a time and leaves
// the ones that have not begun.
func TestCacheDropsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		gate := make(chan struct{})
		c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) {
			<-gate
			return pageOf(1), nil
		}
		look := Dark(colorprofile.ANSI)
		ctx, cancel := context.WithCancel(t.Context())
		slots := runtime.GOMAXPROCS(0)
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{})
		for n := range slots {
			go func() { _, _ = c.Page(t.Context(), account, numbered(n), 80, look) }()
		}
		synctest.Wait()
		for n := range 50 { // nobody waits for a turn to find it out
			c.large[numbered(slots+n).Sum] = false
		}
		for n := range 50 {
			go func() { _, _ = c.Page(ctx, account, numbered(slots+n), 80, look) }()
		}
		synctest.Wait()
		if n := len(c.flights); n != slots+50 {
			t.Errorf("%d flights, want %d", n, slots+50)
		}
		cancel()
		synctest.Wait()
		if n := len(c.flights); n != slots {
			t.Errorf("%d flights are left, %d of them for nobody", n, n-slots)
		}
		close(gate)
		synctest.Wait()
		if s := c.Stats(); s.Renders != int64(slots) || len(c.flights) != 0 {
			t.Errorf("%d renders and %d flights, want %d and 0", s.Renders, len(c.flights), slots)
		}
	})
}

// lastMoment is a context that ends when it is asked whether it has.
type lastMoment struct {
	context.Context //nolint:containedctx // it is one itself
	end             func()
}

func (c lastMoment) Done() <-chan struct{} {
	c.end()
	return c.Context.Done()
}

// Who leaves when the page has just come gets the page.
func TestCachePrefersThePage(t *testing.T) {
	for range 20 { // select may take the right one by chance
		synctest.Test(t, func(t *testing.T) {
			c := NewCache(1<<20, 0)
			gate := make(chan struct{})
			c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) {
				<-gate
				return pageOf(1), nil
			}
			look := Dark(colorprofile.ANSI)
			go func() { _, _ = c.Page(t.Context(), nil, numbered(0), 80, look) }()
			synctest.Wait()
			ctx, cancel := context.WithCancel(t.Context())
			end := func() {
				close(gate)
				synctest.Wait() // the page has come
				cancel()
			}
			if page, err := c.Page(lastMoment{ctx, end}, nil, numbered(0), 80, look); page == nil || err != nil {
				t.Errorf("got %v, %v", page, err)
			}
		})
	}
}

func TestCacheDeadline(t *testing.T) {
	tests := []struct {
		name   string
		stuck  time.Duration // for how long it goes on
		render func(*budget) (*Page, error)
	}{
		{"a render that looks whether to stop", 0, func(b *budget) (*Page, error) {
			for b.Stopped() == nil {
				time.Sleep(time.Millisecond)
			}
			return nil, fmt.Errorf("stopped: %w", b.Stopped())
		}},
		{"a render that does not", time.Hour, func(*budget) (*Page, error) {
			time.Sleep(time.Hour)
			return pageOf(1), nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewCache(1<<20, time.Second)
				var calls atomic.Int32
				c.render = func(b *budget, _ *post.Post, _ int, _ *theme.Theme) (*Page, error) {
					if calls.Add(1) > 1 {
						return pageOf(1), nil
					}
					return tt.render(b)
				}
				look := Dark(colorprofile.ANSI)
				start := time.Now()
				_, err := c.Page(t.Context(), nil, numbered(1), 80, look)
				if took := time.Since(start); !errors.Is(err, ErrDeadline) || took != time.Second {
					t.Errorf("got %v after %v, want %v after a second", err, took, ErrDeadline)
				}
				time.Sleep(3*time.Second - time.Millisecond)
				if _, err = c.Page(t.Context(), nil, numbered(1), 80, look); !errors.Is(err, ErrDeadline) {
					t.Errorf("asked again, got %v", err)
				}
				if s := c.Stats(); s.Renders != 1 || s.Failures != 1 {
					t.Errorf("got %+v", s)
				}
				time.Sleep(2*time.Millisecond + tt.stuck) // the failure is forgotten, and the stuck render over
				if _, err = c.Page(t.Context(), nil, numbered(1), 80, look); err != nil {
					t.Errorf("asked later, got %v", err)
				}
			})
		})
	}
}

func TestCachePanic(t *testing.T) {
	c := NewCache(1<<20, 0)
	c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) { panic("cannot render") }
	_, err := c.Page(t.Context(), nil, numbered(1), 80, Dark(colorprofile.ANSI))
	if !errors.Is(err, errPanic) {
		t.Errorf("got %v, want %v", err, errPanic)
	}
}

// TestCacheConcurrently has many sessions read real posts at several widths,
// for the race detector.
func TestCacheConcurrently(t *testing.T) {
	c := NewCache(20<<10, 0)
	themes := themes()
	var posts []*post.Post
	for n := range 4 {
		p, problems := post.Parse(fmt.Sprintf("p%d.md", n), fmt.Appendf(nil, "---\ntitle: P%d\n---\n%s\n# %d\n", n, article(), n))
		if p == nil {
			t.Fatal(problems)
		}
		posts = append(posts, p)
	}
	var wg sync.WaitGroup
	for session := range 16 {
		wg.Go(func() {
			for i := range 8 {
				look := themes.Pick(session%2 == 0, colorprofile.Profile(2+session%4))
				page, err := c.Page(t.Context(), nil, posts[(session+i)%4], 40+10*(i%3), look)
				if err != nil {
					t.Errorf("session %d: %v", session, err)
					return
				}
				if last := page.Headings[len(page.Headings)-1]; last.Text != fmt.Sprint((session+i)%4) {
					t.Errorf("session %d got a page that ends with %q", session, last.Text)
				}
			}
		})
	}
	wg.Wait()
	if s := c.Stats(); s.Hits+s.Misses != 16*8 || s.Bytes > 20<<10 {
		t.Errorf("got %+v", s)
	}
}

// TestPageSize compares the cache's count with what the pages really take.
func TestPageSize(t *testing.T) {
	p, problems := post.Parse("p.md", []byte(article()))
	if p == nil {
		t.Fatal(problems)
	}
	r, look := NewRenderer(), Dark(colorprofile.TrueColor)
	pages := make([]*Page, 200)
	if _, err := r.page(newBudget(func() {}, t.Context().Err), p, 80, look); err != nil { // compiles the lexers
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	counted := int64(0)
	for i := range pages {
		page, err := r.page(newBudget(func() {}, t.Context().Err), p, 80, look)
		if err != nil {
			t.Fatal(err)
		}
		pages[i] = page
		counted += page.Size()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	taken := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	if ratio := float64(counted) / float64(taken); ratio < 0.75 || ratio > 1.25 {
		t.Errorf("counted %d bytes where %d are taken", counted, taken)
	}
	runtime.KeepAlive(pages)
}

// Two files of one content may have their dates and titles from their names, so a page is that of
// one of them.
func TestCacheTellsFilesApart(t *testing.T) {
	c, look := NewCache(1<<20, 0), Dark(colorprofile.ANSI)
	for _, name := range []string{"2024-01-02-first.md", "2025-03-04-second.md"} {
		p, problems := post.Parse(name, []byte("---\nlayout: post\n---\nWritten on {{ page.date | date: \"%Y\" }}.\n"))
		if p == nil {
			t.Fatal(problems)
		}
		page, err := c.Page(t.Context(), nil, p, 80, look)
		if err != nil {
			t.Fatal(err)
		}
		if shown := page.Lines.text; !strings.Contains(shown, "Written on "+name[:4]+".") {
			t.Errorf("%s is shown as %q", name, shown)
		}
	}
}
