package theme

import (
	"math"
	"sync"

	"github.com/charmbracelet/colorprofile"
)

// converter translates the colours of a scheme to those that a terminal has.
//
// A colour becomes the one nearest to it in OKLab, in which distances are as
// large as they look, among those that can be read on the page. Where there
// are only 16, the hue counts most: soft colours would all become grey.
// https://bottosson.github.io/posts/oklab/
type converter struct {
	profile colorprofile.Profile
	page    Color // background, for what can be read on it
	upright bool  // the terminal shows no italics

	known sync.Map //ledger:counted of wanted to Color; a scheme has a few dozen
}

// wanted is a colour and the contrast with the page that it must keep.
type wanted struct {
	color Color
	least float64
}

// Contrast that a terminal's colour must have with the page to be chosen for
// text. The 16 colours are every user's own, so that their contrast is known
// only roughly, and few enough that a higher one would leave none to tell
// apart.
const (
	contrast256 = 4.5
	contrast16  = 3
)

// newConverter returns the converter of a scheme. A terminal of 16 colours has a page
// of its own, which is most likely black or white.
func newConverter(s *Scheme, profile colorprofile.Profile, upright bool) *converter {
	c := &converter{profile: profile, page: ParseColor(s.Page), upright: upright}
	if profile == colorprofile.ANSI {
		c.page = RGB(0xff, 0xff, 0xff)
		if s.dark {
			c.page = RGB(0, 0, 0)
		}
	}
	return c
}

// sgr returns the control sequence of a style, as far as the terminal can show it.
func (c *converter) sgr(s Style) SGR {
	if s == (Style{}) || c.profile <= colorprofile.NoTTY {
		return ""
	}
	if c.upright && s.Attributes&Italic != 0 {
		s.Attributes = s.Attributes&^Italic | Underline
	}
	s.Fg, s.Bg = c.text(s.Fg), c.fill(s.Bg)
	return s.sgr()
}

// text returns a colour of text as the terminal can show it.
func (c *converter) text(color Color) Color {
	if c.profile == colorprofile.ANSI256 {
		return c.convert(color, contrast256)
	}
	return c.convert(color, contrast16)
}

// fill returns a background colour as the terminal can show it.
func (c *converter) fill(color Color) Color { return c.convert(color, 0) }

func (c *converter) convert(color Color, least float64) Color {
	switch {
	case color == 0 || c.profile <= colorprofile.ASCII:
		return 0
	case c.profile == colorprofile.TrueColor:
		return color
	case color&colorKind == indexedColor && (c.profile == colorprofile.ANSI256 || color&0xff < 16):
		return color
	}
	if found, ok := c.known.Load(wanted{color, least}); ok {
		if found, ok := found.(Color); ok {
			return found
		}
	}
	found := c.nearest(color, least)
	c.known.Store(wanted{color, least}, found)
	return found
}

// nearest returns the colour that looks most like another and has the contrast: of the
// first 16, by the palette of a PC and by xterm's, between which most others are.
// Of 256 the first 16 are left out: they are the user's own. A colour that none looks
// like, as green on white, is left to the terminal's own, and so remains apart from
// the others.
func (c *converter) nearest(color Color, least float64) Color {
	first, last, distance := 0, 16, lab.byHue
	if c.profile == colorprofile.ANSI256 {
		first, last, distance = 16, 256, lab.distance
	}
	want, best, found := labOf(color), math.Inf(1), Color(0)
	for i := first; i < last; i++ {
		candidate := Indexed(uint8(i))
		contrast := contrastOf(candidate, c.page)
		if i < 16 {
			contrast = min(contrast, contrastOf(xterm(i), c.page))
		}
		if contrast < least {
			continue
		}
		if d := distance(want, labOf(candidate)); d < best {
			best, found = d, candidate
		}
	}
	const far = 1.5 // byHue, of hues 75° apart
	if c.profile == colorprofile.ANSI && best > far {
		return 0
	}
	return found
}

// xterm returns one of the first 16 colours as xterm has it, from its XTerm-col.ad and
// charproc.c.
func xterm(i int) Color {
	return rgbColor | [...]Color{
		0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
		0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
	}[i&0xf]
}

// contrastOf returns WCAG's contrast ratio of two colours, 1 to 21.
// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrastOf(a, b Color) float64 {
	luminance := func(c Color) float64 {
		r, g, b := c.exact().LinearRgb()
		return 0.2126*r + 0.7152*g + 0.0722*b
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// lab is a colour in OKLab.
type lab struct{ l, a, b float64 }

func labOf(c Color) lab {
	l, a, b := c.exact().OkLab()
	return lab{l, a, b}
}

// distance is that of a straight line, squared.
func (c lab) distance(d lab) float64 {
	dl, da, db := c.l-d.l, c.a-d.a, c.b-d.b
	return dl*dl + da*da + db*db
}

// byHue is a distance in which a colour is never near to a grey, and a
// difference in hue counts more than one in lightness.
func (c lab) byHue(d lab) float64 {
	const grey = 0.055 // chroma up to which a colour is taken for a grey
	chroma, other := math.Hypot(c.a, c.b), math.Hypot(d.a, d.b)
	dl := c.l - d.l
	switch {
	case (chroma < grey) != (other < grey):
		return 10 + dl*dl
	case chroma < grey:
		return dl * dl
	}
	da, db := c.a/chroma-d.a/other, c.b/chroma-d.b/other
	return da*da + db*db + dl*dl
}
