package render

import (
	"fmt"
	"image/color"

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

	// Background and Foreground are the page and the text that the colours
	// were chosen for. Nothing here writes them: who shows a theme on a
	// terminal of another background may ask the terminal for them.
	Background, Foreground color.Color

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

	upright  *Theme // the same without italics
	tones    *tones
	marks    marks
	styles   glamour.StyleConfig
	keyboard glamour.StylePrimitive // HTML's kbd
	alerts   map[string]alert
	source   *chroma.Style // colours of source code
	quiet    ink           // text that accompanies
	rule     ink           // bars and rules
	strong   ink           // bold
}

// newTheme makes a design's theme for a colour profile.
func newTheme(d *Design, profile colorprofile.Profile) *Theme {
	t := newTones(d, profile)
	style := func(colour string, f face) Style { return newStyle(ink{fg: parseColour(colour), face: f}, t) }
	theme := &Theme{
		Name: d.name, Dark: d.dark, Profile: profile,
		Background: hexHue(d.page).rgba(), Foreground: hexHue(d.text).rgba(),

		Title:     style("", bold),
		Accent:    style(d.accent, 0),
		Dim:       style(d.dim, 0),
		Faint:     style(d.faint, 0),
		Mark:      style(d.accent, bold),
		Selected:  style(d.accent, selectedFace(d)),
		Tab:       style(d.dim, 0),
		TabActive: style(d.accent, bold|underline),
		Bar:       style(d.dim, 0),
		Key:       style("", bold),
		Notice:    style(d.accent, bold),
		Error:     style(d.bad, bold),
		Match:     matchStyle(d, t),

		tones:    t,
		marks:    marksOf(profile),
		styles:   d.styleConfig(profile),
		keyboard: glamour.StylePrimitive{Color: colour(&d.code), Bold: new(true), Prefix: "[", Suffix: "]"},
		alerts:   d.alerts(),
		source:   d.chromaStyle(),
		quiet:    ink{fg: hexHue(d.dim)},
		rule:     ink{fg: hexHue(d.faint)},
		strong:   ink{face: bold},
	}
	upright := *theme
	upright.tones = newTones(d, profile)
	upright.tones.upright = true
	theme.upright, upright.upright = &upright, &upright
	return theme
}

// Upright returns the theme for a terminal that shows no italics: what is emphasised
// is underlined, and comments in source code have their colour only.
func (t *Theme) Upright() *Theme { return t.upright }

// shown returns an ink with the colours that the theme's profile can show.
func (t *Theme) shown(i ink) ink {
	return ink{}.apply(string(i.params(nil, t.tones)))
}

// selectedFace tells what is selected apart where there is no colour for it. It is
// not bold then: many terminals brighten what is bold, and inverted black would
// become grey on grey.
func selectedFace(d *Design) face {
	if d.accent == "" {
		return reverse
	}
	return bold
}

// matchStyle marks what a search found by its background, and by inverting it
// where a background of its own would not be readable.
func matchStyle(d *Design, t *tones) Style {
	if d.match == "" { // told apart from where the keys act, which is inverted
		return newStyle(ink{face: bold | underline}, t)
	}
	if t.profile < colorprofile.ANSI256 {
		return newStyle(ink{face: reverse}, t)
	}
	return newStyle(ink{bg: hexHue(d.match), face: bold}, t)
}

// rgba returns a colour of 24 bits, or nil for the terminal's own.
func (h hue) rgba() color.Color {
	if h == 0 {
		return nil
	}
	h = h.absolute()
	return color.RGBA{R: uint8(h >> 16 & 0xff), G: uint8(h >> 8 & 0xff), B: uint8(h & 0xff), A: 0xff}
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

// hex returns a colour of 24 bits as "#rrggbb".
func (h hue) hex() string { return fmt.Sprintf("#%06x", uint32(h&^hueKind)) }
