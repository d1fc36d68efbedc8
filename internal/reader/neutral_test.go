package reader

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// A terminal that has nod derived its background gets no colours that were chosen for
// one, on any screen: see TestNeutral of package render.
func TestUntoldBackgroundGetsNeutralColours(t *testing.T) {
	sequences := regexp.MustCompile("\x1b\\[([0-9;]*)m")
	neutral := []string{"", "0", "1", "3", "4", "7", "9", "31", "35"}
	onEveryScreen(t, func(t *testing.T, u *user, name, _ string) {
		if name == "theme" {
			return // chosen by a reader, who sees it
		}
		for _, profile := range []colorprofile.Profile{colorprofile.ANSI, colorprofile.TrueColor} {
			u.send(tea.ColorProfileMsg{Profile: profile})
			for _, m := range sequences.FindAllStringSubmatch(u.model.View().Content, -1) {
				for param := range strings.SplitSeq(m[1], ";") {
					if !slices.Contains(neutral, param) {
						t.Errorf("%s writes %q", name, m[0])
					}
				}
			}
		}
	})
}

// No screen of a session on a terminal without italics has one, whatever the theme.
func TestUprightScreens(t *testing.T) {
	italics := regexp.MustCompile("\x1b\\[(\\d;)*3[;m]") // faces stand before colours
	onEveryScreen(t, func(t *testing.T, u *user, name, _ string) {
		model, ok := u.model.(*Model)
		if !ok {
			t.Fatalf("the model is a %T", u.model)
		}
		model.upright = true
		for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI, colorprofile.TrueColor} {
			u.send(tea.ColorProfileMsg{Profile: profile})
			if model.theme != model.theme.Upright() {
				t.Errorf("%s is not upright", name)
			}
			if found := italics.FindString(u.model.View().Content); found != "" {
				t.Errorf("%s writes %q", name, found)
			}
		}
	})
}

// A terminal tells how wide it has drawn a letter, and every screen takes that over.
func TestDoubledScreens(t *testing.T) {
	onEveryScreen(t, func(t *testing.T, u *user, name, _ string) {
		model, ok := u.model.(*Model)
		if !ok {
			t.Fatalf("the model is a %T", u.model)
		}
		u.send(tea.CursorPositionMsg{X: 2, Y: 1})
		if !model.theme.Doubles() {
			t.Errorf("%s has no room for signs of two cells", name)
		}
		u.send(tea.CursorPositionMsg{X: 1, Y: 1})
		if model.theme.Doubles() {
			t.Errorf("%s keeps room for signs of two cells", name)
		}
	})
}

// What stands in so many rows is told whole where there is room, and else ends in an
// ellipsis, whatever the terminal draws in two cells.
func TestWrappingForDoubledSigns(t *testing.T) {
	single := theme.NewSet().Pick(true, colorprofile.ANSI)
	const text = "шесть слов по пять или меньше"
	for _, c := range []struct {
		look *theme.Theme
		rows int
		want []string
	}{
		{single, 9, []string{"шесть слов по пять", "или меньше"}},
		{single.Doubled(), 9, []string{"шесть", "слов по", "пять или", "меньше"}},
		{single.Doubled(), 2, []string{"шесть", "слов по…"}},
		{single.Doubled(), 0, nil},
	} {
		if fitted := fitOn(c.look, text, 20); c.look.Doubles() && fitted != "шесть…" || !c.look.Doubles() && fitted != "шесть слов по пять …" {
			t.Errorf("doubled %v, it is cut to %q", c.look.Doubles(), fitted)
		}
		if got := wrapIn(c.look, text, 20, c.rows); !slices.Equal(got, c.want) {
			t.Errorf("in %d rows, doubled %v, it is %q, want %q", c.rows, c.look.Doubles(), got, c.want)
		}
	}
}

// Where letters take two cells, the date beside a title ends at the right margin, and as many
// tabs are shown as fit.
func TestListOfDoubledSigns(t *testing.T) {
	doubled := theme.NewSet().Pick(true, colorprofile.ANSI).Doubled()
	p := &post.Post{Date: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	if got := shortMetaIn(doubled, p, derived{minutes: 3}, 22); got != "May 1, 2026 · 3 min" {
		t.Errorf("it is %q", got)
	}
	if got := shortMetaIn(doubled, p, derived{minutes: 3, also: "也"}, 22); got != "May 1, 2026 · 3 min" {
		t.Errorf("in 22 cells it is %q", got)
	}
	m := &Model{theme: doubled}
	if m.fitsUntil([]string{"Разное 2"}, 16) || !m.fitsUntil([]string{"Разное 2"}, 17) {
		t.Error("a tab of six letters, a space and a number, and the gap, takes 17 cells")
	}
}
