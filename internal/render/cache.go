package render

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// DefaultDeadline is how long a render may have a turn of the processors unless
// told otherwise. It is the wall's time, so it has to spare renders on a machine
// that is starved of CPU: what a budget allows takes less than a second on one
// that is not.
const DefaultDeadline = 10 * time.Second

// failureTTL is how long a failed render is remembered, so that a post that
// cannot be rendered in time does not keep all processors busy.
const failureTTL = 3 * time.Second

// patience is how long who wants a page waits for a slot: far longer than it takes
// unless a render is stuck.
const patience = 30 * time.Second

// ErrDeadline is the error of a render that took too long.
var ErrDeadline = errors.New("the render took longer than its deadline")

// ErrBusy is the error of a page that the account of who asks cannot have
// rendered now.
var ErrBusy = errors.New("too much is under way here; open the post again in a moment")

// Cache renders pages once for all who ask and keeps them as long as there is
// room. It is for use by many goroutines at once.
type Cache struct {
	render   func(b *budget, p *post.Post, width int, look *theme.Theme) (*Page, error)
	limit    int64
	deadline time.Duration
	log      *slog.Logger

	mu      sync.Mutex
	flights map[key]*flight
	entries map[key]*list.Element
	recent  list.List // of *entry; the least recently used last
	stats   Stats
	told    map[[16]byte]bool // contents of posts whose panics have been logged
	large   map[[16]byte]bool // whether renders of a post's content are large, as far as known
}

// Stats are a cache's counters since it was made, and what it holds now.
type Stats struct {
	Hits     int64 // pages that were there
	Misses   int64 // pages that had to be waited for
	Renders  int64 // renders that ended
	Failures int64 // renders that ended with an error
	Panics   int64 // renders in which the renderer panicked
	Evicted  int64 // pages that made room for others
	Bytes    int64 // memory that the pages take, in bytes
	Pages    int   // pages held
	// Rendering is the time spent in renders.
	Rendering time.Duration
}

// key tells pages apart. Themes are shared, so their address is their identity.
type key struct {
	sum   [16]byte
	path  string // it may say the title and the date, which the text may name
	width int
	theme *theme.Theme
}

// entry is a page in the cache, or the reason why there is none until a time.
type entry struct {
	key   key
	page  *Page
	err   error
	until time.Time
	size  int64
}

// flight is a render that somebody waits for, or that is under way.
type flight struct {
	size ledger.Size
	done chan struct{} // closed when page and err are set
	page *Page
	err  error

	// Guarded by Cache.mu.
	waiters int
	slots   []*ledger.Slot // that they wait for
	slotted bool           // one of them has one for it
	begun   bool           // it has a turn
}

// NewCache returns a cache that holds at most limit bytes of pages and gives
// each render at most the deadline; 0 stands for DefaultDeadline. The options
// are those of its renderer.
func NewCache(limit int64, deadline time.Duration, options ...Option) *Cache {
	if deadline <= 0 {
		deadline = DefaultDeadline
	}
	r := NewRenderer(options...)
	return &Cache{
		render:   r.page,
		limit:    limit,
		deadline: deadline,
		log:      r.log,
		told:     make(map[[16]byte]bool),
		large:    make(map[[16]byte]bool),
		flights:  make(map[key]*flight),
		entries:  make(map[key]*list.Element),
	}
}

// Page returns a post's page at a width, in cells, and renders it if it is not
// there. All who ask for one page while it is rendered share the render; who
// leaves, because ctx ends, gets ctx's error and does not disturb the others.
//
// A render has a slot from its beginning to its end, and each who waits for a page
// waits for one: the account that gets it first has the page rendered, with a
// goroutine and turns of its own. Without a goroutine to be had, or a slot within
// patience, the error is ErrBusy. A nil account has no limits.
func (c *Cache) Page(ctx context.Context, account *ledger.Account, p *post.Post, width int, look *theme.Theme) (*Page, error) {
	k := key{p.Sum, p.Path, max(width, MinWidth), look}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.lookup(k); ok {
		c.stats.Hits++
		return e.page, e.err
	}
	c.stats.Misses++
	c.gauge(account, p)
	for {
		page, err := c.wait(ctx, account, k, p)
		if !errors.Is(err, errLarge) {
			return page, err
		}
	}
}

// gauge finds out whether renders of a post are large, as far as its text tells, so
// that they do not begin as small ones: a render may wait long for its turns, and
// keeps others from its slot. It does so once for a content, in a turn. The caller
// holds c.mu, and has it again afterwards.
func (c *Cache) gauge(account *ledger.Account, p *post.Post) {
	if _, known := c.large[p.Sum]; known {
		return
	}
	c.mu.Unlock()
	turn := account.Turn()
	defer turn.End()
	c.mu.Lock()
	if _, known := c.large[p.Sum]; known { // by now
		return
	}
	c.mu.Unlock()
	large := startsLarge(p.Body())
	c.mu.Lock()
	if !c.large[p.Sum] { // a render may have told
		remember(c.large, p.Sum, large)
	}
}

// wait waits for a page, and has it rendered if nobody else has a slot before. The
// caller holds c.mu, and has it again afterwards.
func (c *Cache) wait(ctx context.Context, account *ledger.Account, k key, p *post.Post) (*Page, error) {
	if e, ok := c.lookup(k); ok { // since the caller has looked
		return e.page, e.err
	}
	if err := ctx.Err(); err != nil { // since then, too: nothing begins for who has left
		return nil, err
	}
	f, ok := c.flights[k]
	if !ok {
		f = &flight{done: make(chan struct{})}
		if c.large[k.sum] {
			f.size = ledger.Large
		}
		c.flights[k] = f
	}
	f.waiters++
	defer c.leave(k, f)
	if !f.slotted {
		slot := account.Slot(f.size)
		f.slots = append(f.slots, slot)
		c.mu.Unlock()
		err := c.queue(ctx, f, slot)
		c.mu.Lock()
		f.slots = slices.DeleteFunc(f.slots, func(s *ledger.Slot) bool { return s == slot })
		switch {
		case f.slotted: // by another
		case err != nil:
			slot.Leave()
			return nil, err
		case !account.Go(func() { defer slot.Leave(); c.fly(context.WithoutCancel(ctx), slot, k, f, p); c.sweep(f) }):
			slot.Leave()
			return nil, ErrBusy
		default:
			f.slotted = true
			for _, slot := range f.slots { // they need none any more
				slot.Leave()
			}
			f.slots = nil
		}
	}
	c.mu.Unlock()
	defer c.mu.Lock()
	select {
	case <-f.done:
		return f.page, f.err
	case <-ctx.Done():
	}
	select { // select takes either when both are there
	case <-f.done:
		return f.page, f.err
	default:
		return nil, ctx.Err()
	}
}

// queue waits until the slot is there, or the flight that another has a slot for has
// landed.
func (c *Cache) queue(ctx context.Context, f *flight, slot *ledger.Slot) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-slot.Ready():
		return ctx.Err() // which may have ended at the same time
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ErrBusy
	}
}

// Peek returns a page if it is there. It never renders and never waits for a
// render.
func (c *Cache) Peek(p *post.Post, width int, look *theme.Theme) (*Page, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.lookup(key{p.Sum, p.Path, max(width, MinWidth), look})
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
// ends: only the deadline does, counted while the render has a turn.
func (c *Cache) fly(ctx context.Context, slot *ledger.Slot, k key, f *flight, p *post.Post) {
	turn := slot.Turn()
	defer turn.End()
	if !c.begin(k, f) {
		return
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// A render looks at its deadline at its checkpoints. Should it be stuck
	// between two, whoever waits for it leaves in time all the same.
	limit := newStopwatch(c.deadline, func() {
		cancel(ErrDeadline)
		c.land(k, f, nil, deadlineError(p), 0)
	})
	defer limit.timer.Stop()

	start := time.Now()
	b := newBudget(func() { limit.pause(func() { turn.Yield() }) }, ctx.Err)
	if f.size == ledger.Small {
		b.Room = smallRender
	}
	page, err := c.attempt(b, p, k)
	if err != nil && errors.Is(context.Cause(ctx), ErrDeadline) {
		err = deadlineError(p)
	}
	c.land(k, f, page, err, time.Since(start))
}

// sweep collects the garbage of a large render before the next one begins: it is tens
// of megabytes, and there would be several of them before the collector begins itself.
func (c *Cache) sweep(f *flight) {
	if f.size == ledger.Large {
		runtime.GC()
	}
}

func deadlineError(p *post.Post) error {
	return fmt.Errorf("render %s: %w", p.Path, ErrDeadline)
}

// attempt renders, and tells of panics.
func (c *Cache) attempt(b *budget, p *post.Post, k key) (page *Page, err error) {
	defer func() {
		if e := recover(); e != nil {
			c.panicked(p, []failure{failureOf(e, debug.Stack())})
			page, err = nil, fmt.Errorf("render %s: %w: %v", p.Path, errPanic, e)
		}
	}()
	page, err = c.render(b, p, k.width, k.theme)
	if page != nil && len(page.panics) > 0 {
		c.panicked(p, page.panics)
		page.panics = nil
	}
	return page, err
}

// maxRemembered bounds of how many posts something is remembered.
const maxRemembered = 10_000

func remember(posts map[[16]byte]bool, sum [16]byte, what bool) {
	if len(posts) >= maxRemembered {
		clear(posts)
	}
	posts[sum] = what
}

// panicked counts a render that panicked, and logs the panics once for each
// content of a post, at whatever widths and themes it is read.
func (c *Cache) panicked(p *post.Post, panics []failure) {
	c.mu.Lock()
	c.stats.Panics++
	told := c.told[p.Sum]
	remember(c.told, p.Sum, true)
	c.mu.Unlock()
	if told {
		return
	}
	for _, e := range panics {
		c.log.Error("the renderer panicked, which is a bug in sshblog; what it could not lay out is shown as Markdown",
			"post", plaintext.Clean(p.Path), "panic", plaintext.Clean(e.what), "stack", string(e.stack))
	}
}

// leave takes one of those who wait from a flight. One that nobody waits for any
// more, as those of a window that is being dragged from size to size, is forgotten
// before it begins; one that has begun goes on to its end. The caller holds c.mu.
func (c *Cache) leave(k key, f *flight) {
	f.waiters--
	if f.waiters == 0 && !f.begun && c.flights[k] == f {
		delete(c.flights, k)
	}
}

// begin reports whether somebody still waits for a flight, which then goes on
// to its end.
func (c *Cache) begin(k key, f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.begun = c.flights[k] == f
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
	f.page, f.err = page, err
	close(f.done)
	c.stats.Rendering += took
	if errors.Is(err, errLarge) { // those who wait go on with a large one
		remember(c.large, k.sum, true)
		return
	}
	c.stats.Renders++
	e := &entry{key: k, page: page, err: err}
	if err != nil {
		c.stats.Failures++
		e.until = time.Now().Add(failureTTL)
	}
	c.keep(e)
}
