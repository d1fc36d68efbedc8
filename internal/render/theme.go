package render

import (
	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
	"github.com/charmbracelet/colorprofile"
)

// Theme is how pages and the reader's own lines look on terminals of one
// colour profile. It is immutable and shared; the cache tells themes apart by
// their address.
type Theme struct {
	Name    string
	Dark    bool
	Profile colorprofile.Profile

	// Styles of the reader's own text.
	Title     Style // a post's or the blog's title
	Accent    Style // what is to be seen first
	Dim       Style // dates, counts, hints
	Faint     Style // rules and separators
	Mark      Style // the mark of the selected line
	Selected  Style // the title of the selected line
	Tab       Style // a category
	TabActive Style // the chosen category
	Bar       Style // the foot
	Key       Style // a key in the foot
	Notice    Style // something happened
	Error     Style // something failed
	Match     Style // what a search found

	styles   glamour.StyleConfig
	keyboard glamour.StylePrimitive // HTML's kbd
	alerts   map[string]alert
	source   *chroma.Style // colours of source code
	quiet    ink           // text that accompanies
	rule     ink           // bars and rules
	strong   ink           // bold
}

// Themes holds every theme for every colour profile, so that sessions of one
// kind share one theme and with it the cached pages.
type Themes struct {
	dark, light map[colorprofile.Profile]*Theme
}

// NewThemes makes the themes; a program needs one set.
func NewThemes() *Themes {
	t := &Themes{
		dark:  make(map[colorprofile.Profile]*Theme),
		light: make(map[colorprofile.Profile]*Theme),
	}
	for p := colorprofile.NoTTY; p <= colorprofile.TrueColor; p++ {
		t.dark[p], t.light[p] = Dark(p), Light(p)
	}
	return t
}

// Pick returns the theme for a terminal's background and colour profile. An
// unknown profile gets no colours.
func (t *Themes) Pick(dark bool, profile colorprofile.Profile) *Theme {
	set := t.light
	if dark {
		set = t.dark
	}
	if theme, ok := set[profile]; ok {
		return theme
	}
	return set[colorprofile.ASCII]
}

// Dark returns a new theme for dark backgrounds.
func Dark(profile colorprofile.Profile) *Theme { return newTheme(darkPalette(), profile) }

// Light returns a new theme for light backgrounds.
func Light(profile colorprofile.Profile) *Theme { return newTheme(lightPalette(), profile) }

func newTheme(p palette, profile colorprofile.Profile) *Theme {
	style := func(colour string, f face) Style { return newStyle(ink{fg: hexHue(colour), face: f}, profile) }
	return &Theme{
		Name: p.name, Dark: p.dark, Profile: profile,

		Title:     style("", bold),
		Accent:    style(p.accent, 0),
		Dim:       style(p.dim, 0),
		Faint:     style(p.faint, 0),
		Mark:      style(p.accent, bold),
		Selected:  style(p.accent, bold),
		Tab:       style(p.dim, 0),
		TabActive: style(p.accent, bold|underline),
		Bar:       style(p.dim, 0),
		Key:       style("", bold),
		Notice:    style(p.accent, bold),
		Error:     style(p.caution, bold),
		Match:     matchStyle(p, profile),

		styles:   p.styleConfig(profile),
		keyboard: glamour.StylePrimitive{Color: &p.code, Bold: new(true), Prefix: "[", Suffix: "]"},
		alerts:   p.alerts(),
		source:   p.chromaStyle(),
		quiet:    ink{fg: hexHue(p.dim)},
		rule:     ink{fg: hexHue(p.faint)},
		strong:   ink{face: bold},
	}
}

// shown returns an ink with the colours that the theme's profile can show.
func (t *Theme) shown(i ink) ink {
	return ink{}.apply(string(i.params(nil, t.Profile)))
}

// matchStyle marks what a search found by its background, and by inverting it
// where a background of its own would not be readable.
func matchStyle(p palette, profile colorprofile.Profile) Style {
	if profile < colorprofile.ANSI256 {
		return newStyle(ink{face: reverse}, profile)
	}
	return newStyle(ink{bg: hexHue(p.match), face: bold}, profile)
}

// hexHue reads "#rrggbb"; anything else is the terminal's own colour.
func hexHue(s string) hue {
	if len(s) != 7 || s[0] != '#' {
		return 0
	}
	v := 0
	for _, c := range []byte(s[1:]) {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | int(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | int(c|0x20-'a'+10)
		default:
			return 0
		}
	}
	return rgb(v>>16, v>>8, v)
}
