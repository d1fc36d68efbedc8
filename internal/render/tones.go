package render

import (
	"math"
	"sync"

	"github.com/charmbracelet/colorprofile"
)

// tones translate the colours of a design to those that a terminal has.
//
// A colour becomes the one nearest to it in OKLab, in which distances are as
// large as they look, among those that can be read on the page. Where there
// are only 16, the hue counts most: soft colours would all become grey.
// https://bottosson.github.io/posts/oklab/
type tones struct {
	profile colorprofile.Profile
	page    hue  // background, for what can be read on it
	upright bool // the terminal shows no italics

	known sync.Map // of tone to hue; a design has a few dozen
}

// tone is a colour and the contrast with the page that it must keep.
type tone struct {
	hue   hue
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

// newTones returns the tones of a design. A terminal of 16 colours has a page
// of its own, which is most likely black or white.
func newTones(d *Design, profile colorprofile.Profile) *tones {
	t := &tones{profile: profile, page: hexHue(d.page)}
	if profile == colorprofile.ANSI {
		t.page = rgb(0xff, 0xff, 0xff)
		if d.dark {
			t.page = rgb(0, 0, 0)
		}
	}
	return t
}

// text returns a colour of text as the terminal can show it.
func (t *tones) text(h hue) hue {
	if t.profile == colorprofile.ANSI256 {
		return t.convert(h, contrast256)
	}
	return t.convert(h, contrast16)
}

// fill returns a background colour as the terminal can show it.
func (t *tones) fill(h hue) hue { return t.convert(h, 0) }

func (t *tones) convert(h hue, least float64) hue {
	switch {
	case h == 0 || t.profile <= colorprofile.ASCII:
		return 0
	case t.profile == colorprofile.TrueColor:
		return h
	case h&hueKind == hueIndexed && (t.profile == colorprofile.ANSI256 || h&0xff < 16):
		return h
	}
	if found, ok := t.known.Load(tone{h, least}); ok {
		if found, ok := found.(hue); ok {
			return found
		}
	}
	found := t.nearest(h.absolute(), least)
	t.known.Store(tone{h, least}, found)
	return found
}

// nearest returns the colour that looks most like h and has the contrast: of the
// first 16, by the palette of a PC and by xterm's, between which most others are.
// Of 256 the first 16 are left out: they are the user's own. A colour that none looks
// like, as green on white, is left to the terminal's own, and so remains apart from
// the others.
func (t *tones) nearest(h hue, least float64) hue {
	first, last, distance := 0, 16, lab.byHue
	if t.profile == colorprofile.ANSI256 {
		first, last, distance = 16, 256, lab.distance
	}
	want, best, found := labOf(h), math.Inf(1), hue(0)
	for i := first; i < last; i++ {
		c := indexed(i).absolute()
		contrast := contrastOf(c, t.page)
		if i < 16 {
			contrast = min(contrast, contrastOf(xterm(i), t.page))
		}
		if contrast < least {
			continue
		}
		if d := distance(want, labOf(c)); d < best {
			best, found = d, indexed(i)
		}
	}
	const far = 1.5 // byHue, of hues 75° apart
	if t.profile == colorprofile.ANSI && best > far {
		return 0
	}
	return found
}

// xterm returns one of the first 16 colours as xterm has it, from its XTerm-col.ad and
// charproc.c.
func xterm(i int) hue {
	return hueRGB | [...]hue{
		0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
		0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
	}[i&0xf]
}

// absolute returns a colour of the 256-colour palette as red, green and blue:
// the first 16 as the text mode of a PC has them, the others as xterm does.
func (h hue) absolute() hue {
	if h&hueKind != hueIndexed {
		return h
	}
	i := int(h & 0xff)
	switch {
	case i < 16:
		basic := [...]hue{
			0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
			0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
		}
		return hueRGB | basic[i&0xf]
	case i < 232:
		level := func(n int) int {
			if n == 0 {
				return 0
			}
			return 55 + 40*n
		}
		i -= 16
		return rgb(level(i/36), level(i/6%6), level(i%6))
	default:
		grey := 8 + 10*(i-232)
		return rgb(grey, grey, grey)
	}
}

// linear returns a colour's red, green and blue as amounts of light, 0 to 1.
// https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
func (h hue) linear() (r, g, b float64) {
	channel := func(v hue) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return channel(h >> 16), channel(h >> 8), channel(h)
}

// contrastOf returns WCAG's contrast ratio of two colours, 1 to 21.
// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrastOf(a, b hue) float64 {
	luminance := func(h hue) float64 {
		r, g, b := h.absolute().linear()
		return 0.2126*r + 0.7152*g + 0.0722*b
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// lab is a colour in OKLab.
type lab struct{ l, a, b float64 }

func labOf(h hue) lab {
	r, g, b := h.linear()
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return lab{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
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
