package render

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
)

// numbered returns a post of its own content.
func numbered(n int) *post.Post {
	return &post.Post{Path: fmt.Sprintf("%d.md", n), Title: "Post", Sum: [16]byte{byte(n), byte(n >> 8)}}
}

// pageOf returns a page that takes about size bytes.
func pageOf(size int) *Page { return &Page{Lines: LinesOf(string(make([]byte, size)))} }

func TestCacheRendersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		gate := make(chan struct{})
		want := pageOf(10)
		c.render = func(*budget, *post.Post, int, *Theme) (*Page, error) {
			<-gate
			return want, nil
		}
		theme := Dark(colorprofile.ANSI)
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if page, err := c.Page(t.Context(), nil, numbered(1), 80, theme); page != want || err != nil {
					t.Errorf("got %p and %v, want %p", page, err, want)
				}
			})
		}
		synctest.Wait() // all 200 wait for the one render
		if _, ok := c.Peek(numbered(1), 80, theme); ok {
			t.Error("Peek found a page that is not rendered yet")
		}
		close(gate)
		wg.Wait()
		if page, ok := c.Peek(numbered(1), 80, theme); page != want || !ok {
			t.Errorf("Peek found %p, want %p", page, want)
		}
		if s := c.Stats(); s.Renders != 1 || s.Misses != 200 || s.Hits != 1 || s.Pages != 1 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestCacheKeys(t *testing.T) {
	c := NewCache(1<<20, 0)
	c.render = func(*budget, *post.Post, int, *Theme) (*Page, error) { return pageOf(1), nil }
	themes := NewThemes()
	dark, light := themes.Pick(true, colorprofile.ANSI), themes.Pick(false, colorprofile.ANSI)
	tests := []struct {
		post    int
		width   int
		theme   *Theme
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
		if _, err := c.Page(t.Context(), nil, numbered(tt.post), tt.width, tt.theme); err != nil {
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
	c.render = func(*budget, *post.Post, int, *Theme) (*Page, error) { return pageOf(4 << 10), nil }
	theme := Dark(colorprofile.ANSI)
	page := func(n int) {
		if _, err := c.Page(t.Context(), nil, numbered(n), 80, theme); err != nil {
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
	if _, ok := c.Peek(numbered(0), 80, theme); !ok {
		t.Error("the page that is used all the time is gone")
	}
	if _, ok := c.Peek(numbered(1), 80, theme); ok {
		t.Error("the page that was not used for the longest is still there")
	}
}

func TestCacheLeavesOutTooLarge(t *testing.T) {
	c := NewCache(1<<10, 0)
	c.render = func(*budget, *post.Post, int, *Theme) (*Page, error) { return pageOf(1 << 11), nil }
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
		c.render = func(b *budget, _ *post.Post, _ int, _ *Theme) (*Page, error) {
			<-gate
			return pageOf(1), b.stopped()
		}
		theme := Dark(colorprofile.ANSI)
		ctx, cancel := context.WithCancel(t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		ask := func(ctx context.Context, answer chan<- error) {
			_, err := c.Page(ctx, nil, numbered(1), 80, theme)
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
		c.render = func(*budget, *post.Post, int, *Theme) (*Page, error) {
			<-gate
			return pageOf(1), nil
		}
		theme := Dark(colorprofile.ANSI)
		ctx, cancel := context.WithCancel(t.Context())
		slots := runtime.GOMAXPROCS(0)
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{})
		for n := range slots {
			go func() { _, _ = c.Page(t.Context(), account, numbered(n), 80, theme) }()
		}
		synctest.Wait()
		for n := range 50 {
			go func() { _, _ = c.Page(ctx, account, numbered(slots+n), 80, theme) }()
		}
		synctest.Wait()
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

func TestCacheDeadline(t *testing.T) {
	tests := []struct {
		name   string
		render func(*budget) (*Page, error)
	}{
		{"a render that looks whether to stop", func(b *budget) (*Page, error) {
			for b.stopped() == nil {
				time.Sleep(time.Millisecond)
			}
			return nil, fmt.Errorf("stopped: %w", b.stopped())
		}},
		{"a render that does not", func(*budget) (*Page, error) {
			time.Sleep(time.Hour)
			return pageOf(1), nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewCache(1<<20, time.Second)
				var calls atomic.Int32
				c.render = func(b *budget, _ *post.Post, _ int, _ *Theme) (*Page, error) {
					if calls.Add(1) > 1 {
						return pageOf(1), nil
					}
					return tt.render(b)
				}
				theme := Dark(colorprofile.ANSI)
				start := time.Now()
				_, err := c.Page(t.Context(), nil, numbered(1), 80, theme)
				if took := time.Since(start); !errors.Is(err, ErrDeadline) || took != time.Second {
					t.Errorf("got %v after %v, want %v after a second", err, took, ErrDeadline)
				}
				if _, err = c.Page(t.Context(), nil, numbered(1), 80, theme); !errors.Is(err, ErrDeadline) {
					t.Errorf("asked again, got %v", err)
				}
				if s := c.Stats(); s.Renders != 1 || s.Failures != 1 {
					t.Errorf("got %+v", s)
				}
				time.Sleep(2 * time.Hour) // the failure is forgotten, and the stuck render over
				if _, err = c.Page(t.Context(), nil, numbered(1), 80, theme); err != nil {
					t.Errorf("asked later, got %v", err)
				}
			})
		})
	}
}

func TestCachePanic(t *testing.T) {
	c := NewCache(1<<20, 0)
	c.render = func(*budget, *post.Post, int, *Theme) (*Page, error) { panic("cannot render") }
	_, err := c.Page(t.Context(), nil, numbered(1), 80, Dark(colorprofile.ANSI))
	if !errors.Is(err, errPanic) {
		t.Errorf("got %v, want %v", err, errPanic)
	}
}

// TestCacheConcurrently has many sessions read real posts at several widths,
// for the race detector.
func TestCacheConcurrently(t *testing.T) {
	c := NewCache(20<<10, 0)
	themes := NewThemes()
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
				theme := themes.Pick(session%2 == 0, colorprofile.Profile(2+session%4))
				page, err := c.Page(t.Context(), nil, posts[(session+i)%4], 40+10*(i%3), theme)
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
	r, theme := NewRenderer(), Dark(colorprofile.TrueColor)
	pages := make([]*Page, 200)
	if _, err := r.Page(t.Context(), nil, p, 80, theme); err != nil { // compiles the lexers
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	counted := int64(0)
	for i := range pages {
		page, err := r.Page(t.Context(), nil, p, 80, theme)
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
