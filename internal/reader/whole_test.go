package reader

import (
	"fmt"
	"strings"
	"testing"
)

// A title and a summary are shown whole where the window has the rows, and where
// not all can be, each gets as many as the others.
func TestSummariesAreShownWhole(t *testing.T) {
	long := strings.Repeat("some words of a summary ", 15) + "with an END."
	for _, c := range []struct {
		width, height, posts int
		whole                int // of the long summaries
	}{
		{160, 60, 2, 2},
		{80, 60, 4, 4},
		{80, 24, 1, 1},
		{80, 24, 8, 0}, // no row for any
		{80, 50, 8, 0}, // three rows to spare are none for each
		{160, 60, 8, 0},
		{160, 70, 8, 8}, // and none is left
	} {
		t.Run(fmt.Sprintf("%d posts at %d×%d", c.posts, c.width, c.height), func(t *testing.T) {
			at(t, 0, c.width, c.height, func(t *testing.T, u *user) {
				for i := range c.posts {
					u.posts[fmt.Sprintf("long-%d.md", i)] = file(fmt.Sprintf("---\ntitle: Long %d\ndate: 2026-05-%02d\nsummary: %s\n---\nText.\n", i, i+1, long))
				}
				u.reload()
				screen := u.screen()
				if got := strings.Count(screen, "END."); got != c.whole {
					t.Errorf("%d summaries are whole, want %d:\n%s", got, c.whole, screen)
				}
				lines := 0
				for line := range strings.SplitSeq(screen, "\n") {
					if strings.Contains(line, "of a summary") || strings.Contains(line, "END.") {
						lines++
					}
				}
				if lines%c.posts != 0 {
					t.Errorf("%d posts have %d lines of summaries between them:\n%s", c.posts, lines, screen)
				}
			})
		})
	}
}

func TestALongTitleIsShownWhole(t *testing.T) {
	at(t, 0, 80, 40, func(_ *testing.T, u *user) {
		u.posts["long.md"] = file("---\ntitle: " + strings.Repeat("many words of a title ", 11) + "and its END\n---\nText.\n")
		u.reload()
		u.sees("and its END")
	})
}
