package render

import (
	"bytes"
	"errors"
	"log/slog"
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

// Who has no goroutine left is told so, and gets the page when there is one.
func TestCacheBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache(1<<20, 0)
		c.render = func(*budget, *post.Post, int, *theme.Theme) (*Page, error) { return pageOf(1), nil }
		account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Goroutines: 1})
		end := make(chan struct{})
		account.Go(func() { <-end })
		look := Dark(colorprofile.ANSI)
		if _, err := c.Page(t.Context(), account, numbered(1), 80, look); !errors.Is(err, ErrBusy) {
			t.Errorf("got %v, want %v", err, ErrBusy)
		}
		if n := len(c.flights); n != 0 {
			t.Errorf("%d renders are under way", n)
		}
		close(end)
		synctest.Wait()
		if _, err := c.Page(t.Context(), account, numbered(1), 80, look); err != nil {
			t.Errorf("got %v when the goroutine was over", err)
		}
	})
}

// Renders of one reader that take all processors let another go first.
func TestCacheYields(t *testing.T) {
	c := NewCache(1<<20, 0)
	var passed atomic.Bool
	c.render = func(b *budget, _ *post.Post, _ int, _ *theme.Theme) (*Page, error) {
		for !passed.Load() && b.Stopped() == nil {
			b.Yield()
		}
		return pageOf(1), b.Stopped()
	}
	l := ledger.New(ledger.Limits{})
	busy, other := l.Open(ledger.Limits{}), l.Open(ledger.Limits{})
	var wg sync.WaitGroup
	for n := range 2 * runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			if _, err := c.Page(t.Context(), busy, numbered(n), 80, Dark(colorprofile.ANSI)); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(10 * time.Millisecond) // most often they have all turns by now
	turn := other.Turn()
	passed.Store(true)
	turn.End()
	wg.Wait()
}

// A render is a checkpoint at each of its blocks, rows, lines and openers: a
// deadline ends it inside one block, too.
func TestRenderStops(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, 2000) }
	stop := errors.New("enough")
	for name, src := range map[string]string{
		"parsing":    many("*a "),
		"paragraphs": many("a\n\n"),
		"a list":     many("- a\n"),
		"a table":    "|a|\n|-|\n" + many("|b|\n"),
		"code":       "```\n" + many("a\n") + "```\n",
		"html":       "<p>" + many("<b>a</b><hr>"),
	} {
		t.Run(name, func(t *testing.T) {
			all := 0
			count := func() error { all++; return nil }
			r, look := NewRenderer(), Dark(colorprofile.TrueColor)
			if _, err := r.draw(newBudget(func() {}, count), src, "", 40, look); err != nil {
				t.Fatal(err)
			}
			if all < 25 {
				t.Errorf("%d checkpoints", all)
			}
			n := 0
			_, err := r.draw(newBudget(func() {}, func() error {
				if n++; n > all/2 {
					return stop
				}
				return nil
			}), src, "", 40, look)
			if !errors.Is(err, stop) || n != all/2+1 {
				t.Errorf("got %v after %d checkpoints, want %v after %d", err, n, stop, all/2+1)
			}
		})
	}
}

// The deadline counts the time of a render's turns alone.
func TestStopwatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		s := newStopwatch(time.Second, func() { ended.Store(true) })
		for range 9 {
			time.Sleep(100 * time.Millisecond)
			s.pause(func() { time.Sleep(time.Hour) })
		}
		synctest.Wait()
		if ended.Load() {
			t.Error("it ended after 900 ms")
		}
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if !ended.Load() {
			t.Error("it did not end after a second")
		}
		s.pause(func() {}) // and does not start again
	})
}

// A panic outside of a block costs the layout of the page and not its text, and
// is logged once for a content, not at each width.
func TestPanicShowsMarkdown(t *testing.T) {
	var log bytes.Buffer
	c := NewCache(1<<20, 0, Log(slog.New(slog.NewJSONHandler(&log, nil))))
	render := c.render
	c.render = func(b *budget, p *post.Post, width int, look *theme.Theme) (*Page, error) {
		first := true
		b.Yield = func() {
			if first {
				first = false
				panic("cannot \x1brender")
			}
		}
		return render(b, p, width, look)
	}
	p, _ := post.Parse("a.md", []byte("---\ntitle: A\n---\n# b\n\n*c* {{< d >}}\n"))
	for _, width := range []int{40, 60, 80} {
		page, err := c.Page(t.Context(), nil, p, width, Dark(colorprofile.ASCII))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(stringsOf(page), " ")
		if want := notLaidOut + " # b *c* {{< d >}}"; strings.Join(strings.Fields(text), " ") != want {
			t.Errorf("at %d cells: %q, want %q", width, text, want)
		}
	}
	if n := strings.Count(log.String(), `"level":"ERROR"`); n != 1 {
		t.Errorf("%d errors are logged, want 1: %s", n, &log)
	}
	for _, want := range []string{`"post":"a.md"`, `"panic":"cannot render"`, "TestPanicShowsMarkdown"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s: %s", want, &log)
		}
	}
	if s := c.Stats(); s.Panics != 3 || s.Failures != 0 {
		t.Errorf("got %+v, want 3 panics and no failure", s)
	}
}
