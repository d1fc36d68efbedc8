package render

import (
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// large is the render of a large post, which waits for a gate.
func large(gate <-chan struct{}, begins, ends func()) func(*budget, *post.Post, int, *theme.Theme) (*Page, error) {
	return func(b *budget, _ *post.Post, _ int, _ *theme.Theme) (page *Page, err error) {
		failure, _ := contained(func() { b.Grow(smallRender + 1) })
		if failure, ok := failure.(markdown.Halt); ok {
			return nil, failure.Err
		}
		begins()
		<-gate
		ends()
		return pageOf(1), nil
	}
}

// twoTurns has a test run on two processors at least: a large render keeps the turn of
// one while it waits for its gate.
func twoTurns(t *testing.T) {
	processors := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(2, processors))
	t.Cleanup(func() { runtime.GOMAXPROCS(processors) })
}

// A render that gives way is under way still, and holds what it has made: of large
// posts there is one at a time, and others do not wait for it. Nobody is told that
// a render has begun as a small one.
func TestCacheRendersOneLargePostAtATime(t *testing.T) {
	twoTurns(t)
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		gate := make(chan struct{})
		var underWay, most atomic.Int32
		isLarge := large(gate, func() { most.Store(max(most.Load(), underWay.Add(1))) }, func() { underWay.Add(-1) })
		c.render = func(b *budget, p *post.Post, width int, look *theme.Theme) (*Page, error) {
			if p.Path == "0.md" {
				return isLarge(b, p, width, look)
			}
			return pageOf(1), nil
		}
		look, whole := Dark(colorprofile.ANSI), ledger.New(ledger.Limits{})
		for width := range 8 {
			go func() {
				if _, err := c.Page(t.Context(), whole.Open(ledger.Limits{}), numbered(0), 40+width, look); err != nil {
					t.Errorf("at %d cells: %v", 40+width, err)
				}
			}()
		}
		synctest.Wait()
		if _, err := c.Page(t.Context(), whole.Open(ledger.Limits{}), numbered(1), 80, look); err != nil {
			t.Error(err)
		}
		close(gate)
		synctest.Wait()
		if n := most.Load(); n != 1 {
			t.Errorf("%d renders of a large post were under way at once", n)
		}
		if s := c.Stats(); s.Renders != 9 || s.Failures != 0 || s.Misses != 9 {
			t.Errorf("got %+v, want 9 renders", s)
		}
	})
}

// Who has used least comes first, with the page that others wait for as well.
func TestCacheServesWhoHasUsedLeast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		gate := make(chan struct{})
		var served []int
		c.render = func(b *budget, p *post.Post, width int, look *theme.Theme) (*Page, error) {
			return large(gate, func() { served = append(served, width) }, func() {})(b, p, width, look)
		}
		look, whole := Dark(colorprofile.ANSI), ledger.New(ledger.Limits{})
		attacker, reader := whole.Open(ledger.Limits{}), whole.Open(ledger.Limits{})
		turn := attacker.Turn()
		time.Sleep(time.Second)
		turn.End()
		ask := func(account *ledger.Account, width int) {
			go func() { _, _ = c.Page(t.Context(), account, numbered(0), width, look) }()
			synctest.Wait()
		}
		for width := 40; width < 50; width++ {
			ask(attacker.Open(ledger.Limits{}), width)
		}
		ask(reader.Open(ledger.Limits{}), 80)
		ask(reader.Open(ledger.Limits{}), 45)
		for range 11 {
			gate <- struct{}{}
			synctest.Wait()
		}
		if len(served) != 11 || served[0] != 40 || served[1]+served[2] != 80+45 {
			t.Errorf("the pages came in the order %v, want those of 80 and 45 cells first after the one under way", served)
		}
	})
}

// While a render is stuck, those who wait for its slot are told so, and nothing is
// left of them.
func TestCacheHasPatience(t *testing.T) {
	twoTurns(t)
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		gate := make(chan struct{})
		c.render = large(gate, func() {}, func() {})
		look, account := Dark(colorprofile.ANSI), ledger.New(ledger.Limits{}).Open(ledger.Limits{})
		stuck := make(chan error)
		go func() {
			_, err := c.Page(t.Context(), account, numbered(0), 80, look)
			stuck <- err
		}()
		synctest.Wait()
		began := time.Now()
		if _, err := c.Page(t.Context(), account, numbered(1), 80, look); !errors.Is(err, ErrBusy) || time.Since(began) > patience {
			t.Errorf("who waits got %v after %s, want %v", err, time.Since(began), ErrBusy)
		}
		if err := <-stuck; !errors.Is(err, ErrDeadline) {
			t.Errorf("whose render is stuck got %v", err)
		}
		if n := len(c.flights); n != 0 {
			t.Errorf("%d renders are waited for", n)
		}
		close(gate)
		synctest.Wait()
		if _, err := c.Page(t.Context(), account, numbered(2), 80, look); err != nil {
			t.Errorf("when it is over: %v", err)
		}
		synctest.Wait() // for what the render leaves to be collected
		if taken := account.Taken(); taken != (ledger.Limits{}) {
			t.Errorf("%+v is taken in the end", taken)
		}
	})
}

// TestSmallRenders renders as a small one what is to be one, and the others.
func TestSmallRenders(t *testing.T) {
	for name, tt := range map[string]struct {
		src   string
		large bool
	}{
		"an article":         {article(), false},
		"a long article":     {strings.Repeat(article()+"\n\n", 6), false},
		"cells left out":     {strings.Repeat(strings.Repeat("|a", 24)+"|\n"+strings.Repeat("|-", 24)+"|\n"+strings.Repeat("|\n", 700)+"\n", 8), true},
		"a small table":      {"|a|b|\n|-|-|\n" + strings.Repeat("|c|d|\n", 50), false},
		"a long post":        {strings.Repeat("some words\n\n", 10_000), true},
		"much that may open": {strings.Repeat(strings.Repeat("*a ", 30)+"\n\n", 500), true},
		"one long line":      {strings.Repeat("word ", 50_000), true},
		"much HTML":          {"<div>\n" + strings.Repeat("<b>a</b>", 10_000) + "\n</div>\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			if started := startsLarge(tt.src); started && !tt.large {
				t.Error("it seems to be large before it is rendered")
			}
			b := newBudget(func() {}, func() error { return nil })
			b.Room = smallRender
			_, err := NewRenderer().draw(b, tt.src, "", 80, Dark(colorprofile.TrueColor))
			if tt.large != errors.Is(err, errLarge) || !tt.large && err != nil {
				t.Errorf("got %v with %d bytes left, want large: %t", err, b.Room, tt.large)
			}
			t.Logf("%d bytes of text, %d left", len(tt.src), b.Room)
		})
	}
}

// Whoever waits for a page that another has rendered needs no slot, and waits for as
// long as that takes.
func TestCacheWaitsForRendersUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, time.Hour)
		c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) {
			time.Sleep(2 * patience)
			return pageOf(1), nil
		}
		look, whole := Dark(colorprofile.ANSI), ledger.New(ledger.Limits{})
		var account *ledger.Account
		var held []*ledger.Slot // all but one
		for account = whole.Open(ledger.Limits{}); ; {
			slot := account.Slot(ledger.Small)
			select {
			case <-slot.Ready():
				held = append(held, slot)
				continue
			default:
				slot.Leave()
			}
			break
		}
		for range 20 {
			go func() {
				if _, err := c.Page(t.Context(), whole.Open(ledger.Limits{}), numbered(0), 80, look); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		held[0].Leave()
		synctest.Wait()
		next := account.Slot(ledger.Small)
		held[1].Leave()
		select {
		case <-next.Ready():
		default:
			t.Error("those who wait for a render under way come before others")
		}
		next.Leave()
		for _, slot := range held {
			slot.Leave()
		}
		time.Sleep(3 * patience)
		synctest.Wait()
		if s := c.Stats(); s.Renders != 1 || len(c.flights) != 0 {
			t.Errorf("got %+v, and %d renders are waited for", s, len(c.flights))
		}
	})
}

// A post whose text is too much for a small render never has a slot for one.
func TestCacheGauges(t *testing.T) {
	p, problems := post.Parse("a.md", []byte("---\ntitle: A\n---\n"+strings.Repeat("some words\n\n", 10_000)))
	if p == nil {
		t.Fatal(problems)
	}
	c := NewCache(1<<20, 0)
	c.render = func(b *budget, _ *post.Post, _ int, _ *theme.Theme) (*Page, error) {
		if b.Room == smallRender {
			t.Error("it is rendered as a small one")
		}
		return pageOf(1), nil
	}
	for width := range 3 {
		if _, err := c.Page(t.Context(), ledger.New(ledger.Limits{}).Open(ledger.Limits{}), p, 40+width, Dark(colorprofile.ANSI)); err != nil {
			t.Error(err)
		}
	}
}
