package render

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"charm.land/glamour/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// TestCost holds a first render of a post of 1,200 words to half of what
// glamour's own takes and to a budget, which is what was measured and about a
// tenth more, and its lines to 2.2 times their text. Allocations stand for the
// time here, since they are the same on every machine and take most of it;
// BenchmarkPage measures the time itself.
func TestCost(t *testing.T) {
	src := article()
	if words := len(strings.Fields(src)); words < 1150 || words > 1350 {
		t.Fatalf("the article has %d words", words)
	}
	r, theme := NewRenderer(), Dark(colorprofile.TrueColor)
	var page *Page
	ours := costOf(t, func() (err error) {
		page, err = r.draw(newBudget(func() {}, t.Context().Err), src, "", 80, theme)
		return err
	})
	theirs := costOf(t, func() error {
		g, err := glamour.NewTermRenderer(glamour.WithStandardStyle("dark"), glamour.WithWordWrap(80))
		if err != nil {
			return err
		}
		_, err = g.Render(src)
		return err
	})
	t.Logf("%d allocations of %d bytes; glamour's own %d of %d", ours.count, ours.bytes, theirs.count, theirs.bytes)
	if 2*ours.count > theirs.count || 2*ours.bytes > theirs.bytes {
		t.Errorf("%d allocations of %d bytes, want at most half of %d and %d", ours.count, ours.bytes, theirs.count, theirs.bytes)
	}
	budget := cost{5900, 710_000} // 5310, 643,000
	// The race detector drops some of what is kept for reuse.
	if !underRace && (ours.count > budget.count || ours.bytes > budget.bytes) {
		t.Errorf("%d allocations of %d bytes, at most %d of %d are in the budget", ours.count, ours.bytes, budget.count, budget.bytes)
	}
	out := strings.Join(stringsOf(page), "\n")
	ratio := float64(len(out)) / float64(len(ansi.Strip(out)))
	t.Logf("%.2f bytes for each of text", ratio)
	if ratio > 2.2 {
		t.Errorf("the lines take %.2f times their text, want at most 2.2", ratio)
	}
}

type cost struct{ count, bytes uint64 }

// costOf returns what f allocates when everything that is made once has been: the
// least of some times, since the collector takes at any time what is kept for the
// next.
func costOf(t *testing.T, f func() error) cost {
	t.Helper()
	least := cost{math.MaxUint64, math.MaxUint64}
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := f(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		least.count = min(least.count, after.Mallocs-before.Mallocs)
		least.bytes = min(least.bytes, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}
