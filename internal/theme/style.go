package theme

import (
	"image/color"
	"strconv"

	"github.com/charmbracelet/x/ansi"
	"github.com/lucasb-eyer/go-colorful"
)

// Color is a colour as an SGR sequence names it: 0 is the terminal's own, others are
// an index of the 256-colour palette, or red, green and blue. It is a color.Color,
// for which the terminal's own is black.
type Color uint32

const (
	indexedColor Color = 1 << 24
	rgbColor     Color = 2 << 24
	colorKind    Color = 3 << 24
)

// Indexed returns a colour of the 256-colour palette.
func Indexed(i uint8) Color { return indexedColor | Color(i) }

// RGB returns a colour by its red, green and blue in sRGB, 0 to 255 each.
func RGB(r, g, b uint8) Color { return rgbColor | Color(r)<<16 | Color(g)<<8 | Color(b) }

// ParseColor reads a colour as glamour's styles have it: "#rrggbb", "#rgb", or an
// index of the 256-colour palette. Anything else is 0.
func ParseColor(s string) Color {
	if len(s) == 4 && s[0] == '#' {
		s = "#" + s[1:2] + s[1:2] + s[2:3] + s[2:3] + s[3:] + s[3:]
	}
	if len(s) == 7 && s[0] == '#' {
		if v, err := strconv.ParseUint(s[1:], 16, 24); err == nil {
			return rgbColor | Color(v)
		}
	}
	if n, err := strconv.ParseUint(s, 10, 8); err == nil && strconv.FormatUint(n, 10) == s {
		return Indexed(uint8(n))
	}
	return 0
}

// RGBA returns red, green and blue, as 16 bits each: of the palette's first 16 colours
// as the text mode of a PC has them, of the others as xterm does.
func (c Color) RGBA() (r, g, b, a uint32) {
	switch i := c & 0xff; {
	case c&colorKind != indexedColor:
	case i < 16:
		c = [...]Color{
			0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
			0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
		}[i]
	default:
		return ansi.IndexedColor(uint8(i)).RGBA()
	}
	return uint32(c>>16&0xff) * 0x101, uint32(c>>8&0xff) * 0x101, uint32(c&0xff) * 0x101, 0xffff
}

// exact returns a colour to calculate with.
func (c Color) exact() colorful.Color {
	r, g, b, _ := c.RGBA()
	return colorful.Color{R: float64(r) / 0xffff, G: float64(g) / 0xffff, B: float64(b) / 0xffff}
}

// String returns "#rrggbb".
func (c Color) String() string { return c.exact().Hex() }

// named returns a colour as package ansi names it in SGR, which has names of their own
// for the first 16.
func (c Color) named() color.Color {
	switch i := uint8(c & 0xff); {
	case c&colorKind != indexedColor:
		return c
	case i < 16:
		return ansi.BasicColor(i)
	default:
		return ansi.IndexedColor(i)
	}
}

// Attributes are what a run of text has besides its colours.
type Attributes uint8

// The attributes, in the order of their SGR parameters.
const (
	Bold Attributes = 1 << iota
	Faint
	Italic
	Underline
	Blink
	Reverse
	Strikethrough
)

// Style is how a run of text looks. Its zero value is the terminal's default.
type Style struct {
	Fg, Bg Color
	Attributes
}

// ShowsOnSpaces reports whether spaces in the style differ from empty cells.
func (s Style) ShowsOnSpaces() bool {
	return s.Bg != 0 || s.Attributes&(Underline|Reverse|Strikethrough) != 0
}

// sgr returns the control sequence that starts a style on a terminal in its default
// state.
func (s Style) sgr() SGR {
	if s == (Style{}) {
		return ""
	}
	var params ansi.Style
	for bit, attribute := range [...]ansi.Attr{
		ansi.AttrBold, ansi.AttrFaint, ansi.AttrItalic, ansi.AttrUnderline, ansi.AttrBlink, ansi.AttrReverse, ansi.AttrStrikethrough,
	} {
		if s.Attributes&(1<<bit) != 0 {
			params = append(params, strconv.Itoa(attribute))
		}
	}
	if s.Fg != 0 {
		params = params.ForegroundColor(s.Fg.named())
	}
	if s.Bg != 0 {
		params = params.BackgroundColor(s.Bg.named())
	}
	return SGR(params.String())
}

// SGR is the control sequence that starts a style (ECMA-48 §8.3.117), or "" for the
// terminal's default.
type SGR string

// Render returns text in the style, and the terminal's default after it.
func (s SGR) Render(text string) string {
	if s == "" || text == "" {
		return text
	}
	return string(s) + text + ansi.ResetStyle
}
