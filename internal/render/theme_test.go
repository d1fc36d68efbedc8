package render

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// luminance is WCAG 2.2's relative luminance.
// https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
func luminance(h hue) float64 {
	channel := func(v hue) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(h>>16) + 0.7152*channel(h>>8) + 0.0722*channel(h)
}

func contrast(a, b hue) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// TestContrast checks every colour of text against usual backgrounds.
func TestContrast(t *testing.T) {
	const least = 4.5 // WCAG 2.2, 1.4.3 (AA)
	for _, p := range []palette{darkPalette(), lightPalette()} {
		backgrounds := []string{"#ffffff", "#fafafa"}
		text := "#1f2328"
		if p.dark {
			backgrounds = []string{"#000000", "#16181d", "#1e1e2e"}
			text = "#e6e6e6"
		}
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			name, colour := v.Type().Field(i).Name, v.Field(i).String()
			if !strings.HasPrefix(colour, "#") {
				continue
			}
			if name == "match" { // a background
				if c := contrast(hexHue(text), hexHue(colour)); c < least {
					t.Errorf("%s: text has %.2f on %s %s", p.name, c, name, colour)
				}
				continue
			}
			for _, background := range backgrounds {
				if c := contrast(hexHue(colour), hexHue(background)); c < least {
					t.Errorf("%s: %s %s has %.2f on %s, want at least %v", p.name, name, colour, c, background, least)
				}
			}
		}
	}
}

// TestSixteenColours checks that no colour becomes one that is hard to see on
// the background that the theme is for.
func TestSixteenColours(t *testing.T) {
	for _, p := range []palette{darkPalette(), lightPalette()} {
		unseen := map[ansi.BasicColor]bool{ansi.White: true, ansi.BrightWhite: true, ansi.Cyan: true, ansi.BrightYellow: true, ansi.BrightCyan: true, ansi.BrightGreen: true}
		if p.dark {
			unseen = map[ansi.BasicColor]bool{ansi.Black: true, ansi.Blue: true}
		}
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			name, colour := v.Type().Field(i).Name, v.Field(i).String()
			if !strings.HasPrefix(colour, "#") || name == "match" {
				continue
			}
			c := ansi.Convert16(ansi.XParseColor(colour))
			if unseen[c] {
				t.Errorf("%s: %s %s becomes the basic colour %d", p.name, name, colour, c)
			}
		}
	}
}

func TestProfiles(t *testing.T) {
	src := "## A\n\n*a* `b` [c](https://a.example/)\n\n```go\nx := 1\n```"
	tests := []struct {
		profile  colorprofile.Profile
		want     []string
		wantNone []string
	}{
		{colorprofile.TrueColor, []string{"\x1b[1;38;2;", "\x1b]8;"}, []string{"`"}},
		{colorprofile.ANSI256, []string{"\x1b[1;38;5;", "\x1b]8;"}, []string{";2;"}},
		{colorprofile.ANSI, []string{"\x1b[1;96mA", "\x1b]8;"}, []string{";5;", ";2;"}},
		{colorprofile.ASCII, []string{"\x1b[1mA\x1b[m", "\x1b[3ma", "`b`", "\x1b]8;"}, []string{";3", ";9"}},
		{colorprofile.NoTTY, []string{"*a* `b` c[1]"}, []string{"\x1b"}},
	}
	for _, tt := range tests {
		t.Run(tt.profile.String(), func(t *testing.T) {
			page, err := NewRenderer().body(t.Context(), src, "", 80, NewThemes().Pick(true, tt.profile))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(page.Lines, "\n")
			for _, s := range tt.want {
				if !strings.Contains(got, s) {
					t.Errorf("%q is not in %q", s, got)
				}
			}
			for _, s := range tt.wantNone {
				if strings.Contains(got, s) {
					t.Errorf("%q is in %q", s, got)
				}
			}
		})
	}
}

func TestPick(t *testing.T) {
	themes := NewThemes()
	if a, b := themes.Pick(true, colorprofile.ANSI), themes.Pick(true, colorprofile.ANSI); a != b {
		t.Error("two sessions of one kind get two themes")
	}
	if got := themes.Pick(false, colorprofile.Unknown); got.Dark || got.Profile != colorprofile.ASCII {
		t.Errorf("an unknown profile gets %s at %v", got.Name, got.Profile)
	}
}

func TestStyle(t *testing.T) {
	theme := Dark(colorprofile.ANSI256)
	if got := theme.Title.Render("a"); got != "\x1b[1ma\x1b[m" {
		t.Errorf("got %q", got)
	}
	if got := Dark(colorprofile.NoTTY).Title.Render("a"); got != "a" {
		t.Errorf("without a terminal: got %q", got)
	}
}
