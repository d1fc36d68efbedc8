package render

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// Right-to-left text stays in the order in which it is read and stored, since
// terminals that know scripts such as Arabic and Hebrew reorder it themselves.
// For those that do not, a Renderer can be told to: by UAX #9, of which
// explicit embeddings (they are dropped on the way in) and paired brackets
// (N0) are left out. https://www.unicode.org/reports/tr9/

// rightToLeft reports whether text is of a script that runs from right to left:
// whether its first letter with a direction does (P2, P3).
func rightToLeft(spans []span) bool {
	for _, s := range spans {
		for i := 0; i < len(s.text); {
			p, size := bidi.LookupString(s.text[i:])
			switch p.Class() {
			case bidi.L:
				return false
			case bidi.R, bidi.AL:
				return true
			}
			i += max(size, 1)
		}
	}
	return false
}

// wrap is the function wrap, and writes its lines in the order in which they are seen
// if the terminal does not do that.
func (l *layout) wrap(spans []span, width int, emit func(line []span, torn bool)) {
	rtl := l.visual && rightToLeft(spans)
	wrap(spans, width, l.theme.Doubles(), func(line []span, torn bool) {
		if l.visual {
			line = visual(line, rtl)
		}
		emit(line, torn)
	})
}

// glyph is what moves as a whole: a cluster of characters with its looks.
type glyph struct {
	span
	class bidi.Class
	level int
}

// visual returns a line in the order in which it is seen from left to right.
// rtl is the direction of its paragraph.
func visual(line []span, rtl bool) []span {
	glyphs, some := glyphsOf(line)
	if !some && !rtl {
		return line
	}
	base := 0
	if rtl {
		base = 1
	}
	resolveWeak(glyphs, base)
	resolveNeutral(glyphs, base)
	top := setLevels(glyphs, base)
	for level := top; level > 0; level-- { // L2
		for i := 0; i < len(glyphs); i++ {
			from := i
			for i < len(glyphs) && glyphs[i].level >= level {
				i++
			}
			slices.Reverse(glyphs[from:i])
		}
	}
	out := make([]span, 0, len(line)+4)
	for _, g := range glyphs {
		if g.level%2 == 1 { // L4
			g.text = mirrored(g.text)
		}
		if n := len(out); n > 0 && out[n-1].style == g.style && out[n-1].link == g.link {
			out[n-1].text += g.text
		} else {
			out = append(out, g.span)
		}
	}
	return out
}

// glyphsOf takes spans apart, and reports whether any of it runs from right to
// left.
func glyphsOf(line []span) (glyphs []glyph, some bool) {
	for _, s := range line {
		for text := s.text; text != ""; {
			cluster, _ := textwidth.First(text)
			if cluster == "" {
				break
			}
			text = text[len(cluster):]
			p, _ := bidi.LookupString(cluster)
			class := p.Class()
			some = some || class == bidi.R || class == bidi.AL || class == bidi.AN
			glyphs = append(glyphs, glyph{span: span{cluster, s.style, s.link}, class: class})
		}
	}
	return glyphs, some
}

// strong returns the class that stands for the direction of a level.
func strong(level int) bidi.Class {
	if level%2 == 1 {
		return bidi.R
	}
	return bidi.L
}

// resolveWeak applies W2 to W7; W1, marks, is what clusters are for.
func resolveWeak(glyphs []glyph, base int) {
	last := strong(base)
	for i := range glyphs {
		switch g := &glyphs[i]; g.class {
		case bidi.L, bidi.R, bidi.AL:
			last = g.class
		case bidi.EN:
			if last == bidi.AL {
				g.class = bidi.AN
			}
		}
	}
	for i := range glyphs {
		g := &glyphs[i]
		if g.class == bidi.AL {
			g.class = bidi.R
		}
		if (g.class == bidi.ES || g.class == bidi.CS) && i > 0 && i+1 < len(glyphs) {
			before, after := glyphs[i-1].class, glyphs[i+1].class
			if before == after && (before == bidi.EN || before == bidi.AN && g.class == bidi.CS) {
				g.class = before
			}
		}
	}
	for i := 0; i < len(glyphs); i++ { // W5: what belongs to a number, such as %
		from := i
		for i < len(glyphs) && glyphs[i].class == bidi.ET {
			i++
		}
		if from > 0 && glyphs[from-1].class == bidi.EN || i < len(glyphs) && glyphs[i].class == bidi.EN {
			for j := from; j < i; j++ {
				glyphs[j].class = bidi.EN
			}
		}
	}
	last = strong(base)
	for i := range glyphs {
		switch g := &glyphs[i]; g.class {
		case bidi.L, bidi.R:
			last = g.class
		case bidi.EN:
			if last == bidi.L {
				g.class = bidi.L
			}
		case bidi.AN:
		default:
			g.class = bidi.ON
		}
	}
}

// resolveNeutral applies N1 and N2: what has no direction takes that of both
// its sides, or else the paragraph's.
func resolveNeutral(glyphs []glyph, base int) {
	side := func(i int) bidi.Class {
		switch {
		case i < 0 || i >= len(glyphs):
			return strong(base)
		case glyphs[i].class == bidi.L:
			return bidi.L
		default: // numbers count as right to left
			return bidi.R
		}
	}
	for i := 0; i < len(glyphs); i++ {
		from := i
		for i < len(glyphs) && glyphs[i].class == bidi.ON {
			i++
		}
		class := side(from - 1)
		if class != side(i) {
			class = strong(base)
		}
		for j := from; j < i; j++ {
			glyphs[j].class = class
		}
	}
}

// setLevels applies I1 and I2, and returns the highest level.
func setLevels(glyphs []glyph, base int) (top int) {
	for i := range glyphs {
		g := &glyphs[i]
		switch {
		case g.class == strong(base):
			g.level = base
		case g.class == bidi.EN || g.class == bidi.AN:
			g.level = 2
		default:
			g.level = base + 1
		}
		top = max(top, g.level)
	}
	return top
}

// mirrored returns the mirror image of a bracket or sign that has one.
func mirrored(text string) string {
	const pairs = "()[]{}<>«»‹›≤≥≪≫⟨⟩"
	r, size := utf8.DecodeRuneInString(text)
	if size < len(text) {
		return text
	}
	i := strings.IndexRune(pairs, r)
	if i < 0 {
		return text
	}
	if utf8.RuneCountInString(pairs[:i])%2 == 0 {
		return string([]rune(pairs[i:])[1])
	}
	before, _ := utf8.DecodeLastRuneInString(pairs[:i])
	return string(before)
}
