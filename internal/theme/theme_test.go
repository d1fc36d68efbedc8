package theme

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// sequence is a SGR sequence as one of few colours has it.
var sequence = regexp.MustCompile("^\x1b\\[([0-9;]+)m$")

// written returns the styles that a theme may write, as it writes them.
func written(theme *Theme, s *Scheme) (all []SGR) {
	for _, field := range reflect.ValueOf(*theme).Fields() {
		if field.Type() == reflect.TypeFor[SGR]() {
			all = append(all, SGR(field.String()))
		}
	}
	styles := []Style{theme.Quiet, theme.Rule, StyleOf(&theme.Keyboard)}
	for _, style := range theme.Alerts {
		styles = append(styles, style)
	}
	for _, p := range s.pairs() {
		styles = append(styles, Style{Fg: p.text})
	}
	for _, token := range chroma.TokenTypeValues() {
		if token > 0 { // others are no text, but what chroma's own formatters draw
			styles = append(styles, theme.Source(token))
		}
	}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		if g, ok := reflect.TypeAssert[glamour.StylePrimitive](v); ok {
			styles = append(styles, StyleOf(&g))
		} else if v.Kind() == reflect.Struct {
			for _, field := range v.Fields() {
				walk(field)
			}
		}
	}
	walk(reflect.ValueOf(theme.Page))
	for _, style := range styles {
		all = append(all, theme.SGR(style))
	}
	return slices.DeleteFunc(all, func(s SGR) bool { return s == "" })
}

// few returns what a sequence with the terminal's 16 colours sets.
func few(t *testing.T, s SGR) (style Style) {
	t.Helper()
	m := sequence.FindStringSubmatch(string(s))
	if m == nil {
		t.Fatalf("%q is no SGR sequence", s)
	}
	for param := range strings.SplitSeq(m[1], ";") {
		n, _ := strconv.Atoi(param)
		switch {
		case n >= 1 && n <= 9:
			style.Attributes |= 1 << strings.IndexByte("1234579", param[0])
		case n >= 30 && n <= 37:
			style.Fg = Indexed(uint8(n - 30))
		case n >= 90 && n <= 97:
			style.Fg = Indexed(uint8(n - 90 + 8))
		case n >= 40 && n <= 47 || n >= 100 && n <= 107:
			style.Bg = Indexed(uint8(n % 10))
		default:
			t.Errorf("%q is none of the terminal's 16 colours", s)
		}
	}
	return style
}

// TestContrast checks every colour of text in every theme, those of source
// code included, against the background it is for.
func TestContrast(t *testing.T) {
	for _, d := range builtIn() {
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
	for _, d := range builtIn() {
		pages := []string{"#ffffff", "#fafafa"}
		if d.dark {
			pages = []string{"#000000", "#16181d", "#1e1e2e"}
		}
		for _, page := range pages {
			d.Page = page
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
		if got := contrastOf(ParseColor(tt.a), ParseColor(tt.b)); math.Abs(got-tt.want) > 0.005 {
			t.Errorf("%s on %s has %.3f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestFewColours derives every theme for terminals with 256 and 16 colours:
// what stands beside each other must still differ, and all must be legible.
func TestFewColours(t *testing.T) {
	for _, d := range builtIn() {
		p := &d.colors
		groups := map[colorprofile.Profile][][]string{
			colorprofile.ANSI256: {
				{p.Note, p.Tip, p.Important, p.Warning, p.Caution},
				{p.Keyword, p.Literal, p.Number, p.Comment},
				{p.Keyword, p.Function, p.Comment},
				{p.Accent, p.Dim, p.Code},
				{p.Text, p.Dim, p.Faint},
			},
			colorprofile.ANSI: {
				{p.Note, p.Tip, p.Caution},
				{p.Keyword, p.Literal, p.Comment},
				{p.Accent, p.Dim},
				{p.Dim, p.Code},
			},
		}
		for profile, sets := range groups {
			tone := newConverter(d, profile, false)
			for _, set := range sets {
				var got []Color
				for _, colour := range set {
					h := tone.text(ParseColor(colour))
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
		if h := newConverter(d, colorprofile.ANSI, false).text(ParseColor(p.Code)); h == 0 {
			t.Errorf("%s: in 16 colours, code in a sentence looks as the sentence does", d.name)
		}
		tone := newConverter(d, colorprofile.ANSI256, false)
		if c := contrastOf(ParseColor(d.Text), tone.fill(ParseColor(d.Match))); c < minContrast {
			t.Errorf("%s: text has %.2f:1 on the mark of what was found, in 256 colours", d.name, c)
		}
	}
}

func TestNearest(t *testing.T) {
	tests := []struct {
		profile colorprofile.Profile
		page    string
		colour  Color
		want    Color
	}{
		{colorprofile.TrueColor, "#000000", ParseColor("#123456"), ParseColor("#123456")},
		{colorprofile.ANSI256, "#000000", ParseColor("#ff0000"), Indexed(196)},
		{colorprofile.ANSI256, "#000000", ParseColor("#808080"), Indexed(244)},
		{colorprofile.ANSI256, "#000000", Indexed(3), Indexed(3)},
		{colorprofile.ANSI, "#000000", ParseColor("#fe5454"), Indexed(9)},
		{colorprofile.ANSI, "#000000", ParseColor("#0000aa"), Indexed(12)}, // blue cannot be read on black
		{colorprofile.ANSI, "#ffffff", ParseColor("#0000aa"), Indexed(4)},
		{colorprofile.ANSI, "#000000", Indexed(196), Indexed(9)},
		{colorprofile.ASCII, "#000000", ParseColor("#ff0000"), 0},
		{colorprofile.TrueColor, "#000000", 0, 0},
	}
	for _, tt := range tests {
		tone := &converter{profile: tt.profile, page: ParseColor(tt.page)}
		for range 2 { // the second time it is known
			if got := tone.text(tt.colour); got != tt.want {
				t.Errorf("%v on %s: %x becomes %x, want %x", tt.profile, tt.page, tt.colour, got, tt.want)
			}
		}
	}
}

func TestStyle(t *testing.T) {
	dark := builtIn()[0]
	theme := newTheme(dark, colorprofile.ANSI256)
	if got := theme.Title.Render("a"); got != "\x1b[1ma\x1b[m" {
		t.Errorf("got %q", got)
	}
	if got := newTheme(dark, colorprofile.NoTTY).Title.Render("a"); got != "a" {
		t.Errorf("without a terminal: got %q", got)
	}
	if got := ansi.Strip(theme.Match.Render("a")); got != "a" {
		t.Errorf("got %q", got)
	}
}

// TestSixteenColours has everything that a theme writes in a terminal's own 16
// colours readable by the palette of a PC and by xterm's.
func TestSixteenColours(t *testing.T) {
	for _, s := range append(builtIn(), neutral()) {
		theme, ground := newTheme(s, colorprofile.ANSI), RGB(0xff, 0xff, 0xff)
		if s.dark {
			ground = RGB(0, 0, 0)
		}
		colours := map[Color]bool{}
		for _, sgr := range written(theme, s) {
			style := few(t, sgr)
			if style.Fg == 0 || style.Bg != 0 {
				continue
			}
			colours[style.Fg] = true
			if c := min(contrastOf(style.Fg, ground), contrastOf(xterm(int(style.Fg&0xff)), ground)); c < contrast16 {
				t.Errorf("%s, dark=%v: %q has %.2f:1", s.name, s.dark, sgr, c)
			}
		}
		if len(colours) < 2 {
			t.Errorf("%s, dark=%v: %d colours were found", s.name, s.dark, len(colours))
		}
	}
}

// TestNeutral holds everything that the neutral theme writes to what can be read on
// black and on white: the terminal's own colour, or one of its 16 with 3:1 on both.
func TestNeutral(t *testing.T) {
	set := NewSet()
	for profile := colorprofile.NoTTY; profile <= colorprofile.TrueColor; profile++ {
		theme, ok := set.Named(Neutral, true, profile)
		if !ok {
			t.Fatalf("there is no neutral theme for %v", profile)
		}
		all := written(theme, neutral())
		for _, sgr := range all {
			style := few(t, sgr)
			if style.Bg != 0 || style.Attributes&(Faint|Blink) != 0 {
				t.Errorf("%v: %q has a background or is faint", profile, sgr)
			}
			if style.Attributes&Reverse != 0 && style.Attributes&Bold != 0 { // bold black is grey on many terminals
				t.Errorf("%v: %q is both bold and inverted", profile, sgr)
			}
			if style.Fg == 0 {
				continue
			}
			for _, ground := range []Color{RGB(0, 0, 0), RGB(0xff, 0xff, 0xff)} {
				if c := contrastOf(xterm(int(style.Fg&0xff)), ground); c < 3 {
					t.Errorf("%v: %q has %.2f:1 on %s", profile, sgr, c, ground)
				}
			}
		}
		if profile > colorprofile.NoTTY && len(all) < 20 {
			t.Errorf("%v: only %d styles were found", profile, len(all))
		}
		if profile > colorprofile.NoTTY && (theme.Selected == theme.Title || theme.Match == "" || theme.Tab == theme.TabActive) {
			t.Errorf("%v: what is chosen or found looks like the rest", profile)
		}
	}
}

// TestUpright has a terminal that inverts italics show none: emphasis is underlined,
// and a comment is not.
func TestUpright(t *testing.T) {
	for _, s := range append(builtIn(), neutral()) {
		for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI} {
			theme := newTheme(s, profile).Upright()
			for _, sgr := range written(theme, s) {
				if few(t, sgr).Attributes&Italic != 0 {
					t.Errorf("%s, %v: %q", s.name, profile, sgr)
				}
			}
			if stress := theme.SGR(StyleOf(&theme.Page.Emph)); few(t, stress).Attributes != Underline {
				t.Errorf("%s, %v: emphasis is %q", s.name, profile, stress)
			}
			if remark := theme.Source(chroma.Comment); remark.Attributes != 0 {
				t.Errorf("%s, %v: a comment is %+v", s.name, profile, remark)
			}
			if theme.Upright() != theme {
				t.Error("an upright theme is not its own")
			}
		}
	}
}

// A theme for a terminal that draws ambiguous signs in two cells looks like the other, and
// is one for all who have such a terminal: pages are shared by it.
func TestDoubled(t *testing.T) {
	single := newTheme(neutral(), colorprofile.ANSI)
	for _, theme := range []*Theme{single, single.Upright()} {
		doubled := theme.Doubled()
		if theme.Doubles() || !doubled.Doubles() || doubled != theme.Doubled() || doubled != doubled.Doubled() {
			t.Errorf("%p, %p, %p", theme, doubled, theme.Doubled())
		}
		emphasis := StyleOf(&theme.Page.Emph)
		if got, want := doubled.SGR(emphasis), theme.SGR(emphasis); got != want {
			t.Errorf("emphasis is %q, want %q", got, want)
		}
	}
}
