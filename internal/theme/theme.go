package theme

import (
	"image/color"
	"sync"

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
	// were chosen for, or nil. Nothing here writes them: who shows a theme on a
	// terminal of another background may ask the terminal for them.
	Background, Foreground color.Color

	// Styles of the reader's own text.
	Title     SGR // a post's or the blog's title
	Accent    SGR // what is to be seen first
	Dim       SGR // dates, counts, hints
	Faint     SGR // rules and separators
	Mark      SGR // the mark of the selected line
	Selected  SGR // the title of the selected line
	Tab       SGR // a category
	TabActive SGR // the chosen category
	Bar       SGR // the footer
	Key       SGR // a key in the footer
	Notice    SGR // something happened
	Error     SGR // something failed
	Match     SGR // what a search found

	// Styles of a page: those of glamour's, and what it has no word for.
	Page     glamour.StyleConfig
	Keyboard glamour.StylePrimitive // HTML's kbd
	Alerts   map[string]Style       // GitHub's, by their names in the source
	Quiet    Style                  // text that accompanies
	Rule     Style                  // bars and rules

	source    *chroma.Style // of source code
	converter *converter
	upright   *Theme // the same without italics
	doubled   func() *Theme
	doubles   bool
}

// newTheme makes a scheme's theme for a colour profile.
func newTheme(s *Scheme, profile colorprofile.Profile) *Theme {
	conv := newConverter(s, profile, false)
	sgr := func(fg string, a Attributes) SGR { return conv.sgr(Style{Fg: ParseColor(fg), Attributes: a}) }
	theme := &Theme{
		Name: s.name, Dark: s.dark, Profile: profile,

		Title:     sgr("", Bold),
		Accent:    sgr(s.Accent, 0),
		Dim:       sgr(s.Dim, 0),
		Faint:     sgr(s.Faint, 0),
		Mark:      sgr(s.Accent, Bold),
		Selected:  sgr(s.Accent, selected(s)),
		Tab:       sgr(s.Dim, 0),
		TabActive: sgr(s.Accent, Bold|Underline),
		Bar:       sgr(s.Dim, 0),
		Key:       sgr("", Bold),
		Notice:    sgr(s.Accent, Bold),
		Error:     sgr(s.Error, Bold),
		Match:     conv.sgr(found(s, profile)),

		Page:     s.styleConfig(profile),
		Keyboard: glamour.StylePrimitive{Color: colour(&s.Code), Bold: new(true), Prefix: "[", Suffix: "]"},
		Alerts:   s.alerts(),
		Quiet:    Style{Fg: ParseColor(s.Dim)},
		Rule:     Style{Fg: ParseColor(s.Faint)},

		source:    s.source,
		converter: conv,
	}
	if page, text := ParseColor(s.Page), ParseColor(s.Text); page != 0 && text != 0 {
		theme.Background, theme.Foreground = page, text
	}
	upright := *theme
	upright.converter = newConverter(s, profile, true)
	theme.upright, upright.upright = &upright, &upright
	theme.doubled, upright.doubled = sync.OnceValue(theme.double), sync.OnceValue(upright.double)
	return theme
}

// Upright returns the theme for a terminal that shows no italics: what is emphasised
// is underlined, and comments in source code have their colour only.
func (t *Theme) Upright() *Theme { return t.upright }

// Doubled returns the theme, which may be one that Upright has returned, for a terminal
// that Doubles. It is made when the first such terminal comes.
func (t *Theme) Doubled() *Theme { return t.doubled() }

// Doubles reports whether the terminal draws in two cells what is ambiguous in width, such
// as Cyrillic and Greek letters (UAX #11): pages then leave room for that.
func (t *Theme) Doubles() bool { return t.doubles }

func (t *Theme) double() *Theme {
	doubled := *t
	doubled.doubles = true
	doubled.doubled = func() *Theme { return &doubled }
	return &doubled
}

// SGR returns the control sequence that starts a style on a terminal in its default
// state, as far as the terminal can show it.
func (t *Theme) SGR(s Style) SGR { return t.converter.sgr(s) }

// Source returns the style of a token of source code.
func (t *Theme) Source(token chroma.TokenType) Style {
	s := chromaLook(t.source.Get(token))
	if t.converter.upright { // lines under all of a comment make it no quieter
		s.Attributes &^= Italic
	}
	return s
}

// selected returns the attributes that mark what is selected where no colour does. It is
// not bold then: many terminals brighten what is bold, and inverted black would
// become grey on grey.
func selected(s *Scheme) Attributes {
	if s.Accent == "" {
		return Reverse
	}
	return Bold
}

// found marks what a search found by its background, and by inverting it where a
// background of its own would not be readable.
func found(s *Scheme, profile colorprofile.Profile) Style {
	switch {
	case s.Match == "": // told apart from where the keys act, which is inverted
		return Style{Attributes: Bold | Underline}
	case profile < colorprofile.ANSI256:
		return Style{Attributes: Reverse}
	default:
		return Style{Bg: ParseColor(s.Match), Attributes: Bold}
	}
}
