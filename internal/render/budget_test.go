package render

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// maxAllocMB is what the render of any post may allocate in all, in MB. Allocations
// stand for time as well: what is quadratic allocates for its steps, or does not end
// within the test's limit.
const maxAllocMB = 64

// spending is what a render has cost.
type spending struct {
	page        *Page
	alloc, live uint64 // bytes
	checkpoints int
}

// spend renders twice, with room for so many bytes: once to count the checkpoints and
// what is allocated, and once to see what is live at some of them.
func spend(t *testing.T, r *Renderer, src string, width int, look *theme.Theme, room int) (s spending) {
	t.Helper()
	draw := func(yield func()) *Page {
		b := newBudget(yield, t.Context().Err)
		b.Room = room
		page, err := r.draw(b, src, "", width, look)
		if err != nil && (room == math.MaxInt || !errors.Is(err, errLarge)) {
			t.Fatal(err)
		}
		return page
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.page = draw(func() { s.checkpoints++ })
	runtime.ReadMemStats(&after)
	s.alloc = after.TotalAlloc - before.TotalAlloc
	if s.page != nil {
		checkPage(t, s.page)
	}

	runtime.GC()
	runtime.ReadMemStats(&before)
	const probes = 5
	seen := 0
	page := draw(func() {
		if seen++; seen%max(s.checkpoints/probes, 1) != 0 {
			return
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		s.live = max(s.live, after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc))
	})
	runtime.KeepAlive(page)
	return s
}

// TestBudget renders posts that make as much as they can of each byte. What is live of
// the worst is what the memory is divided by, so that is not much more.
func TestBudget(t *testing.T) {
	if underRace {
		t.Skip("it measures memory, of which the race detector takes more")
	}
	r, themes := NewRenderer(), themes()
	dark := Dark(colorprofile.TrueColor)
	posts := adversarial()
	maps.Copy(posts, hostile())
	var worst, worstSmall uint64                                                // bytes live
	for _, name := range []string{"fences", "code", "code line", "go tokens"} { // compiles the lexers
		spend(t, r, posts[name], 80, dark, math.MaxInt)
	}
	for name, src := range posts {
		if len(src) > post.MaxSize {
			t.Errorf("%s has %d bytes, %d are the limit", name, len(src), post.MaxSize)
		}
		for _, shown := range []struct {
			width int
			look  *theme.Theme
		}{{80, dark}, {MinWidth, themes.Linear()}} {
			t.Run(fmt.Sprintf("%s/%d", name, shown.width), func(t *testing.T) {
				s := spend(t, r, src, shown.width, shown.look, math.MaxInt)
				if mb := s.alloc >> 20; mb > maxAllocMB {
					t.Errorf("allocated %d MB, want at most %d", mb, maxAllocMB)
				}
				if s.live > LargeLive {
					t.Errorf("%d KB were live, want at most %d", s.live>>10, LargeLive>>10)
				}
				if size := s.page.Size() + int64(len(s.page.Links)*128); size > MaxPage {
					t.Errorf("the page takes %d bytes, want at most %d", size, MaxPage)
				}
				small := spend(t, r, src, shown.width, shown.look, smallRender).live
				if small > SmallLive {
					t.Errorf("%d KB were live as a small render, want at most %d", small>>10, SmallLive>>10)
				}
				worst, worstSmall = max(worst, s.live), max(worstSmall, small)
				t.Logf("%d MB allocated, %d KB live as a small one, %d KB live, %d KB and %d lines, %d checkpoints", s.alloc>>20, small>>10, s.live>>10, s.page.Size()>>10, s.page.Lines.Len(), s.checkpoints)
			})
		}
	}
	if worst < LargeLive/10*9 || worstSmall < SmallLive/10*9 {
		t.Errorf("%d KB were live of the worst render, %d of the worst small one, and the memory is divided as if that were %d and %d",
			worst>>10, worstSmall>>10, LargeLive>>10, SmallLive>>10)
	}
}

// TestBudgetTells looks for what is said of each budget that is used up, and for
// the text behind it.
func TestBudgetTells(t *testing.T) {
	table := "|a|b|\n|-|-|\n" + strings.Repeat("|c|d|\n", 12_000/2) + "\n"
	wide := "a\n\nb\n" + strings.Repeat(" ", 200) + strings.Repeat("{{< img c >}}", 10_000) + "end" // each writes the indent
	tests := []struct {
		name, src, what string
		source          int // line
	}{
		{"nothing", strings.Repeat("a *b* [c](d)\n\n", 2000) + "end", "", 0},
		{"parser", strings.Repeat("a\n\n", (32<<20)/2000+100) + "end", tooMuch, 2 * ((32 << 20) / 2000)},
		{"cells", table + "end", tooLargeTable, 0},
		{"cells together", "|a|\n|-|\n|b|\n\n" + table[:len(table)-13] + "\nend", tooLargeTable, 4},
		{"layout", "<div>\n" + strings.Repeat("<b>a</b>", 30_000) + "\n</div>\n\nend", tooMuch, 0},
		{"cells of HTML", "<table>\n" + strings.Repeat("<tr><td>a", 12_000+1) + "\n</table>\n\nend", tooMuch, 0},
		{"expansion", wide, tooMuch, 3},
		{"marks", "a\n\n<div>\n" + strings.Repeat("<a id=b>", maxAnchors+1) + "\n</div>\n\nend", tooMuch, 2},
		{"lines", strings.Repeat("a\n\n", 10) + "<div>\n" + strings.Repeat("<hr>", maxLines) + "</div>\n\nend", tooMuch, 20},
		{"no more source", strings.Repeat("a\n", (32<<20)/2000+sourceLines+10), "The source of this post goes on; the rest is not shown.", -1},
	}
	r, look := NewRenderer(), Dark(colorprofile.ASCII)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, err := r.draw(newBudget(func() {}, t.Context().Err), tt.src, "", 80, look)
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, page)
			if tt.what == "" {
				if len(page.Notices) > 0 {
					t.Errorf("got %+v, want no notice", page.Notices)
				}
				return
			}
			if len(page.Notices) == 0 {
				t.Fatal("there is no notice")
			}
			n := page.Notices[0]
			if tt.name == "no more source" {
				n = page.Notices[len(page.Notices)-1]
			} else if last := page.Text(page.End - 1); last != "end" && tt.name != "expansion" {
				t.Errorf("the text ends with %q", last)
			}
			if n.What != tt.what || tt.source >= 0 && n.Source != tt.source || page.Text(n.Line) != tt.what[:min(len(tt.what), len(page.Text(n.Line)))] {
				t.Errorf("got %+v above %q, want %q for line %d", n, page.Text(n.Line), tt.what, tt.source)
			}
		})
	}
}

// A row whose cells have one line each takes no more than that line, as it is written at once.
func TestRowsOfOneLine(t *testing.T) {
	const columns, rows = 24, 100
	took := func(rows int) int {
		b := newBudget(func() {}, t.Context().Err)
		before := b.memory
		table := strings.Repeat("|a", columns) + "|\n" + strings.Repeat("|-", columns) + "|\n" + strings.Repeat("|\n", rows)
		if _, err := NewRenderer().draw(b, table, "", 80, Dark(colorprofile.ASCII)); err != nil {
			t.Fatal(err)
		}
		return before - b.memory
	}
	if row := (took(rows) - took(0)) / rows; row != costOfWritten {
		t.Errorf("a row of cells that are left out takes %d, want %d", row, costOfWritten)
	}
}
