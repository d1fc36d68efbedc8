package render

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// DefaultDeadline is how long a render may take unless told otherwise. It is
// the wall's time, so it has to spare renders on a machine that is starved of
// CPU: posts of the greatest size take less than half a second on one that is
// not.
const DefaultDeadline = 10 * time.Second

// failureTTL is how long a failed render is remembered, so that a post that
// cannot be rendered in time does not keep all processors busy.
const failureTTL = 3 * time.Second

// ErrDeadline is the error of a render that took too long.
var ErrDeadline = errors.New("the render took longer than its deadline")

// Cache renders pages once for all who ask and keeps them as long as there is
// room. It is for use by many goroutines at once.
type Cache struct {
	render   func(ctx context.Context, p *post.Post, width int, theme *Theme) (*Page, error)
	limit    int64
	deadline time.Duration
	slots    chan struct{} // one for each render at a time

	mu      sync.Mutex
	flights map[key]*flight
	entries map[key]*list.Element
	recent  list.List // of *entry; the least recently used last
	stats   Stats
}

// Stats are a cache's counters since it was made, and what it holds now.
type Stats struct {
	Hits     int64 // pages that were there
	Misses   int64 // pages that had to be waited for
	Renders  int64 // renders that ended
	Failures int64 // renders that ended with an error
	Evicted  int64 // pages that made room for others
	Bytes    int64 // memory that the pages take, in bytes
	Pages    int   // pages held
	// Rendering is the time spent in renders.
	Rendering time.Duration
}

// key tells pages apart. Themes are shared, so their address is their identity.
type key struct {
	sum   [16]byte
	width int
	theme *Theme
}

// entry is a page in the cache, or the reason why there is none until a time.
type entry struct {
	key   key
	page  *Page
	err   error
	until time.Time
	size  int64
}

// flight is a render under way.
type flight struct {
	done chan struct{} // closed when page and err are set
	page *Page
	err  error

	left    chan struct{} // closed when all who waited left before it began
	waiters int           // guarded by Cache.mu, as is begun
	begun   bool
}

// NewCache returns a cache that holds at most limit bytes of pages and gives
// each render at most the deadline; 0 stands for DefaultDeadline. The options
// are those of its renderer.
func NewCache(limit int64, deadline time.Duration, options ...Option) *Cache {
	if deadline <= 0 {
		deadline = DefaultDeadline
	}
	return &Cache{
		render:   NewRenderer(options...).Page,
		limit:    limit,
		deadline: deadline,
		slots:    make(chan struct{}, runtime.GOMAXPROCS(0)),
		flights:  make(map[key]*flight),
		entries:  make(map[key]*list.Element),
	}
}

// Page returns a post's page at a width, in cells, and renders it if it is not
// there. All who ask for one page while it is rendered share the render; who
// leaves, because ctx ends, gets ctx's error and does not disturb the others.
func (c *Cache) Page(ctx context.Context, p *post.Post, width int, theme *Theme) (*Page, error) {
	k := key{p.Sum, max(width, MinWidth), theme}
	c.mu.Lock()
	if e, ok := c.lookup(k); ok {
		c.stats.Hits++
		c.mu.Unlock()
		return e.page, e.err
	}
	c.stats.Misses++
	f, ok := c.flights[k]
	if !ok {
		f = &flight{done: make(chan struct{}), left: make(chan struct{})}
		c.flights[k] = f
		go c.fly(context.WithoutCancel(ctx), k, f, p)
	}
	f.waiters++
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.page, f.err
	case <-ctx.Done():
		c.leave(k, f)
		return nil, ctx.Err()
	}
}

// Peek returns a page if it is there. It never renders and never waits for a
// render.
func (c *Cache) Peek(p *post.Post, width int, theme *Theme) (*Page, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.lookup(key{p.Sum, max(width, MinWidth), theme})
	if !ok || e.page == nil {
		return nil, false
	}
	c.stats.Hits++
	return e.page, true
}

// Stats returns the counters.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Pages = len(c.entries)
	return s
}

// fly renders a page in a goroutine of its own, which no waiter's context
// ends: only the deadline does, counted from when the render gets a slot.
func (c *Cache) fly(ctx context.Context, k key, f *flight, p *post.Post) {
	select {
	case c.slots <- struct{}{}:
	case <-f.left:
		return
	}
	defer func() { <-c.slots }()
	if !c.begin(f) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.deadline)
	defer cancel()
	// A render looks at its deadline between blocks. Should a block be stuck,
	// whoever waits for it leaves in time all the same.
	stop := context.AfterFunc(ctx, func() { c.land(k, f, nil, deadlineError(p), 0) })
	defer stop()

	start := time.Now()
	page, err := c.attempt(ctx, p, k)
	if errors.Is(err, context.DeadlineExceeded) {
		err = deadlineError(p)
	}
	c.land(k, f, page, err, time.Since(start))
}

func deadlineError(p *post.Post) error {
	return fmt.Errorf("render %s: %w", p.Path, ErrDeadline)
}

// attempt renders, and turns a panic into an error.
func (c *Cache) attempt(ctx context.Context, p *post.Post, k key) (page *Page, err error) {
	defer func() {
		if e := recover(); e != nil {
			page, err = nil, fmt.Errorf("render %s: %w: %v", p.Path, errPanic, e)
		}
	}()
	return c.render(ctx, p, k.width, k.theme)
}

// leave takes one of those who wait from a flight. One that nobody waits for
// any more, as those of a window that is being dragged from size to size, is
// dropped at once: there is no end to how many there could be.
func (c *Cache) leave(k key, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiters--
	if f.waiters == 0 && !f.begun && c.flights[k] == f {
		delete(c.flights, k)
		close(f.left)
	}
}

// begin reports whether somebody still waits for a flight, which then goes on
// to its end.
func (c *Cache) begin(f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.begun = f.waiters > 0
	return f.begun
}

// land ends a flight, once, and keeps its result.
func (c *Cache) land(k key, f *flight, page *Page, err error, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[k] != f {
		return // it has landed before
	}
	delete(c.flights, k)
	c.stats.Renders++
	c.stats.Rendering += took
	e := &entry{key: k, page: page, err: err}
	if err != nil {
		c.stats.Failures++
		e.until = time.Now().Add(failureTTL)
	}
	c.keep(e)
	f.page, f.err = page, err
	close(f.done)
}
