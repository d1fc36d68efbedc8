package reader

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// A title and a summary are shown whole where the window has the rows. Where not
// all can be, each gets as many as the others, and what is left makes some whole.
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
		{80, 41, 8, 0}, // three rows to spare make none whole
		{80, 45, 8, 1}, // seven do, if one gets four of them
		{160, 60, 8, 8},
		{160, 54, 8, 8},
		{160, 53, 8, 7},
		{40, 50, 8, 0},
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
				lines := make(map[int]bool) // that summaries which are cut have
				for _, post := range strings.Split(screen, "Long ")[1:] {
					if !strings.Contains(post, "END.") {
						lines[strings.Count(post, "of a summary")] = true
					}
				}
				if len(lines) > 1 {
					t.Errorf("the summaries that are cut have different numbers of lines:\n%s", screen)
				}
			})
		})
	}
}

// The posts that come with the program are shown whole where eight of them fit,
// and a page is the same in every window.
func TestOwnPostsAreShownWhole(t *testing.T) {
	own := os.DirFS("../../posts")
	lib, err := library.Open(own, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{80, 41}, {80, 60}, {100, 40}, {120, 40}, {120, 48}, {160, 60}, {200, 60}} {
		m := New(lib, render.NewCache(1<<20, 0), theme.NewSet()).Model(t.Context(), Options{})
		m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		screen := ansi.Strip(m.View().Content)
		words := strings.Join(strings.Fields(strings.ReplaceAll(screen, "▌", "")), " ")
		for _, p := range lib.Current().All().Page(1) {
			if !strings.Contains(words, p.Summary()) {
				t.Errorf("%d×%d: the summary of %q is not whole:\n%s", size[0], size[1], p.Title(), screen)
			}
		}
		if !strings.Contains(screen, "PAGE 1 / 2") {
			t.Errorf("%d×%d: the page is another one:\n%s", size[0], size[1], screen)
		}
	}
}

// Rows are neither invented nor lost, and nothing is cut for which there are any.
func TestRowsAreLevelled(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		wants := make([]int, 1+random.IntN(9))
		all := 0
		for i := range wants {
			wants[i] = 2 + random.IntN(9)
			all += wants[i]
		}
		per := 3 + random.IntN(4)
		free := len(wants)*per + random.IntN(20)
		got, spare, whole := level(slices.Clone(wants), per, free)
		if whole != (all <= free) {
			t.Fatalf("%v of %d: whole is %v", wants, free, whole)
		}
		sum, most := spare, 0 // most that a post gets which is cut
		for i, n := range got {
			sum += n
			if n < wants[i] {
				most = max(most, n)
				if wants[i]-n <= spare {
					t.Fatalf("%v of %d are %v: a post is cut that %d rows make whole", wants, free, got, spare)
				}
			}
		}
		if sum != free || spare < 0 {
			t.Fatalf("%v of %d are %v and %d", wants, free, got, spare)
		}
		for i, n := range got {
			if n < min(wants[i], most) {
				t.Fatalf("%v of %d are %v: one has fewer rows than another that is cut", wants, free, got)
			}
			if whole && n > wants[i] && n > per {
				t.Fatalf("%v of %d are %v: one has more than it wants and than %d", wants, free, got, per)
			}
		}
	}
}

func TestALongTitleIsShownWhole(t *testing.T) {
	at(t, 0, 80, 40, func(_ *testing.T, u *user) {
		u.posts["long.md"] = file("---\ntitle: " + strings.Repeat("many words of a title ", 11) + "and its END\n---\nText.\n")
		u.reload()
		u.sees("and its END")
	})
}
