package reader

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// A terminal that has not told its background gets no colours that were chosen for
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
