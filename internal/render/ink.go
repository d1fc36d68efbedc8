package render

import (
	"image/color"
	"strconv"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// hue is a colour as an SGR sequence names it: nothing (the terminal's own),
// an index of the 256-colour palette, or red, green and blue.
type hue uint32

const (
	hueIndexed hue = 1 << 24
	hueRGB     hue = 2 << 24
	hueKind    hue = 3 << 24
)

func indexed(i int) hue { return hueIndexed | hue(i&0xff) }

func rgb(r, g, b int) hue {
	return hueRGB | hue(r&0xff)<<16 | hue(g&0xff)<<8 | hue(b&0xff)
}

// face is the set of attributes that a run of text has besides its colours.
type face uint8

const (
	bold face = 1 << iota
	faint
	italic
	underline
	blink
	reverse
	strike
)

// sgrOf holds the SGR parameter that turns each face on, in the order of the
// constants (ECMA-48 §8.3.117).
const sgrOf = "1234579"

// ink is how a run of text looks. Its zero value is the terminal's default.
type ink struct {
	fg, bg hue
	face   face
}

// params appends the SGR parameters that set i on a terminal in its default
// state, as far as the profile can show it.
func (i ink) params(dst []byte, profile colorprofile.Profile) []byte {
	if profile <= colorprofile.NoTTY {
		return dst
	}
	for bit := range len(sgrOf) {
		if i.face&(1<<bit) != 0 {
			dst = append(sep(dst), sgrOf[bit])
		}
	}
	dst = i.fg.params(dst, profile, 30, 38)
	return i.bg.params(dst, profile, 40, 48)
}

// params appends the parameters of one colour: base+n for the first eight
// colours, base+60+n for their bright twins, and wide;5;n or wide;2;r;g;b for
// the others.
func (h hue) params(dst []byte, profile colorprofile.Profile, base, wide int64) []byte {
	var c color.Color
	switch h & hueKind {
	case hueIndexed:
		if n := h & 0xff; n < 16 {
			c = ansi.BasicColor(n)
		} else {
			c = ansi.IndexedColor(n)
		}
	case hueRGB:
		c = color.RGBA{R: uint8(h >> 16 & 0xff), G: uint8(h >> 8 & 0xff), B: uint8(h & 0xff), A: 0xff}
	default:
		return dst
	}
	switch c := profile.Convert(c).(type) {
	case ansi.BasicColor:
		n := int64(c)
		if n >= 8 {
			n += 60 - 8
		}
		dst = strconv.AppendInt(sep(dst), base+n, 10)
	case ansi.IndexedColor:
		dst = strconv.AppendInt(sep(dst), wide, 10)
		dst = append(dst, ";5;"...)
		dst = strconv.AppendUint(dst, uint64(c), 10)
	case color.RGBA:
		dst = strconv.AppendInt(sep(dst), wide, 10)
		dst = append(dst, ";2;"...)
		dst = strconv.AppendUint(dst, uint64(c.R), 10)
		dst = append(dst, ';')
		dst = strconv.AppendUint(dst, uint64(c.G), 10)
		dst = append(dst, ';')
		dst = strconv.AppendUint(dst, uint64(c.B), 10)
	}
	return dst
}

func sep(dst []byte) []byte {
	if len(dst) > 0 {
		return append(dst, ';')
	}
	return dst
}
