package render

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// TestContrast checks every colour of text in every theme, those of source
// code included, against the background it is for.
func TestContrast(t *testing.T) {
	for _, d := range designs() {
		if low := d.LowContrast(); low != nil {
			t.Errorf("%s: %s", d.name, strings.Join(low, "; "))
		}
		pairs := d.pairs()
		if len(pairs) < 30 {
			t.Errorf("%s: only %d colours were found", d.name, len(pairs))
		}
		least := math.Inf(1)
		for _, p := range pairs {
			least = min(least, contrastOf(p.text, p.page))
		}
		t.Logf("%s: at least %.2f:1 in %d colours", d.name, least, len(pairs))
		if d.name == "contrast" && least < 7 {
			t.Errorf("%s: promises 7:1 and has %.2f:1", d.name, least)
		}
	}
}

// TestUsualBackgrounds checks every theme against backgrounds that terminals
// have, since nobody is made to have the theme's own.
func TestUsualBackgrounds(t *testing.T) {
	for _, d := range designs() {
		pages := []string{"#ffffff", "#fafafa"}
		if d.dark {
			pages = []string{"#000000", "#16181d", "#1e1e2e"}
		}
		for _, page := range pages {
			d.page = page
			if low := d.LowContrast(); low != nil {
				t.Errorf("%s on %s: %s", d.name, page, strings.Join(low, "; "))
			}
		}
	}
}

func TestContrastOf(t *testing.T) {
	tests := []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21},
		{"#777777", "#ffffff", 4.48}, // the best known grey that just fails
		{"#ffffff", "#777777", 4.48},
		{"#123456", "#123456", 1},
	}
	for _, tt := range tests {
		if got := contrastOf(hexHue(tt.a), hexHue(tt.b)); math.Abs(got-tt.want) > 0.005 {
			t.Errorf("%s on %s has %.3f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestFewColours derives every theme for terminals with 256 and 16 colours:
// what stands beside each other must still differ, and all must be legible.
func TestFewColours(t *testing.T) {
	for _, d := range designs() {
		p := &d.palette
		groups := map[colorprofile.Profile][][]string{
			colorprofile.ANSI256: {
				{p.note, p.tip, p.important, p.warning, p.caution},
				{p.keyword, p.literal, p.number, p.comment},
				{p.keyword, p.function, p.comment},
				{p.accent, p.dim, p.code},
				{p.text(d), p.dim, p.faint},
			},
			colorprofile.ANSI: {
				{p.note, p.tip, p.caution},
				{p.keyword, p.literal, p.comment},
				{p.accent, p.dim},
				{p.dim, p.code},
			},
		}
		for profile, sets := range groups {
			tone := newTones(d, profile)
			for _, set := range sets {
				var got []hue
				for _, colour := range set {
					h := tone.text(hexHue(colour))
					if slices.Contains(got, h) {
						t.Errorf("%s at %v: of %v, %s becomes colour %d as another does", d.name, profile, set, colour, h&0xff)
					}
					got = append(got, h)
					if c := contrastOf(h, tone.page); c < contrast16 || profile == colorprofile.ANSI256 && c < minContrast {
						t.Errorf("%s at %v: %s becomes colour %d with %.2f:1", d.name, profile, colour, h&0xff, c)
					}
				}
			}
		}
		if h := newTones(d, colorprofile.ANSI).text(hexHue(p.code)); h == 0 {
			t.Errorf("%s: in 16 colours, code in a sentence looks as the sentence does", d.name)
		}
		tone := newTones(d, colorprofile.ANSI256)
		if c := contrastOf(hexHue(d.text), tone.fill(hexHue(d.match))); c < minContrast {
			t.Errorf("%s: text has %.2f:1 on the mark of what was found, in 256 colours", d.name, c)
		}
	}
}

// text is what body text has; it stands in for the terminal's own.
func (*palette) text(d *Design) string { return d.text }

func TestNearest(t *testing.T) {
	tests := []struct {
		profile colorprofile.Profile
		page    string
		colour  hue
		want    hue
	}{
		{colorprofile.TrueColor, "#000000", hexHue("#123456"), hexHue("#123456")},
		{colorprofile.ANSI256, "#000000", hexHue("#ff0000"), indexed(196)},
		{colorprofile.ANSI256, "#000000", hexHue("#808080"), indexed(244)},
		{colorprofile.ANSI256, "#000000", indexed(3), indexed(3)},
		{colorprofile.ANSI, "#000000", hexHue("#fe5454"), indexed(9)},
		{colorprofile.ANSI, "#000000", hexHue("#0000aa"), indexed(12)}, // blue cannot be read on black
		{colorprofile.ANSI, "#ffffff", hexHue("#0000aa"), indexed(4)},
		{colorprofile.ANSI, "#000000", indexed(196), indexed(9)},
		{colorprofile.ASCII, "#000000", hexHue("#ff0000"), 0},
		{colorprofile.TrueColor, "#000000", 0, 0},
	}
	for _, tt := range tests {
		tone := &tones{profile: tt.profile, page: hexHue(tt.page)}
		for range 2 { // the second time it is known
			if got := tone.text(tt.colour); got != tt.want {
				t.Errorf("%v on %s: %x becomes %x, want %x", tt.profile, tt.page, tt.colour, got, tt.want)
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
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), src, "", 80, NewThemes().Pick(true, tt.profile))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(stringsOf(page), "\n")
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

// TestNoColours has every theme keep to the attributes where a terminal, or
// its user, wants no colours.
func TestNoColours(t *testing.T) {
	themes := NewThemes()
	for _, name := range themes.Names() {
		for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.NoTTY} {
			theme, _ := themes.Named(name, true, profile)
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), article(), "", 80, theme)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range sgr.FindAllStringSubmatch(strings.Join(stringsOf(page), "\n"), -1) {
				for param := range strings.SplitSeq(m[1], ";") {
					if len(param) > 1 || profile == colorprofile.NoTTY {
						t.Fatalf("%s at %v writes %q", name, profile, m[0])
					}
				}
			}
		}
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
	if got := ansi.Strip(theme.Match.Render("a")); got != "a" {
		t.Errorf("got %q", got)
	}
}
