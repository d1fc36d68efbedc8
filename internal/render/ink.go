package render

import (
	"strconv"

	"github.com/charmbracelet/colorprofile"
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
// state, as far as the terminal can show it.
func (i ink) params(dst []byte, t *tones) []byte {
	if t.profile <= colorprofile.NoTTY {
		return dst
	}
	if t.upright && i.face&italic != 0 {
		i.face = i.face&^italic | underline
	}
	for bit := range len(sgrOf) {
		if i.face&(1<<bit) != 0 {
			dst = append(sep(dst), sgrOf[bit])
		}
	}
	dst = t.text(i.fg).params(dst, 30, 38)
	return t.fill(i.bg).params(dst, 40, 48)
}

// params appends the parameters of one colour: base+n for the first eight
// colours, base+60+n for their bright twins, and wide;5;n or wide;2;r;g;b for
// the others.
func (h hue) params(dst []byte, base, wide uint64) []byte {
	v := uint64(h &^ hueKind)
	switch {
	case h == 0:
		return dst
	case h&hueKind == hueRGB:
		dst = strconv.AppendUint(sep(dst), wide, 10)
		dst = append(dst, ";2;"...)
		dst = strconv.AppendUint(dst, v>>16, 10)
		dst = append(dst, ';')
		dst = strconv.AppendUint(dst, v>>8&0xff, 10)
		dst = append(dst, ';')
		return strconv.AppendUint(dst, v&0xff, 10)
	case v < 8:
		return strconv.AppendUint(sep(dst), base+v, 10)
	case v < 16:
		return strconv.AppendUint(sep(dst), base+60+v-8, 10)
	default:
		dst = strconv.AppendUint(sep(dst), wide, 10)
		dst = append(dst, ";5;"...)
		return strconv.AppendUint(dst, v, 10)
	}
}

func sep(dst []byte) []byte {
	if len(dst) > 0 {
		return append(dst, ';')
	}
	return dst
}
