package render

import (
	"runtime"
	"strings"
	"testing"

	"charm.land/glamour/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// TestCost holds a first render of a post of 1,200 words to half of what
// glamour's own takes, and its lines to 2.2 times their text. Allocations
// stand for the time here, since they are the same on every machine and take
// most of it; BenchmarkPage measures the time itself.
func TestCost(t *testing.T) {
	src := article()
	if words := len(strings.Fields(src)); words < 1150 || words > 1350 {
		t.Fatalf("the article has %d words", words)
	}
	r, theme := NewRenderer(), Dark(colorprofile.TrueColor)
	var page *Page
	ours := costOf(t, func() (err error) {
		page, err = r.body(t.Context(), src, "", 80, theme)
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
	out := strings.Join(page.Lines, "\n")
	ratio := float64(len(out)) / float64(len(ansi.Strip(out)))
	t.Logf("%.2f bytes for each of text", ratio)
	if ratio > 2.2 {
		t.Errorf("the lines take %.2f times their text, want at most 2.2", ratio)
	}
}

type cost struct{ count, bytes uint64 }

// costOf returns what f allocates when everything that is made once has been.
func costOf(t *testing.T, f func() error) cost {
	t.Helper()
	if err := f(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := f(); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return cost{after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc}
}
