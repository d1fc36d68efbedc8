// Package textwidth measures and cuts text by the cells that it takes on a
// terminal, and reads the SGR sequences in it.
//
// Terminals disagree about some of it. Newer ones give a grapheme cluster (UAX
// 29) the width of the one sign that it is; older ones, and multiplexers, add up
// the widths of its characters (wcwidth), and draw a family of four in eight
// cells. Here the larger of both counts, so that a line that fits fits
// everywhere. Where both agree, which is nearly always, nothing is lost by that.
// Doubtful says where they may not.
package textwidth

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Of returns the cells that a text takes, at most. Control sequences take none.
func Of(text string) (width int) {
	for at := 0; at < len(text); {
		switch c := text[at]; {
		case c >= ' ' && c <= '~':
			at++
			width++
		case c == '\x1b':
			n := SGR(text[at:])
			if n == 0 {
				return slowly(text)
			}
			at += n
		default:
			r, size := utf8.DecodeRuneInString(text[at:])
			switch {
			case Narrow(r):
				width++
			case wide(r):
				width += 2
			default:
				return slowly(text)
			}
			at += size
		}
	}
	return width
}

// slowly is Of for what may be in clusters, for which all of Unicode has to be
// known.
func slowly(text string) (width int) {
	for text != "" {
		token, cells, _ := Next(text)
		text = text[len(token):]
		width += cells
	}
	return width
}

// Next returns what a text that is not empty begins with, a grapheme cluster or a
// control sequence, and the cells that it takes.
func Next(text string) (token string, cells int, control bool) {
	switch c := text[0]; {
	case c < ' ' || c >= 0x7f && c < 0xa0: // in UTF-8 no character begins like that
		_, _, n, _ := ansi.DecodeSequence(text, ansi.NormalState, nil)
		return text[:max(n, 1)], 0, true
	case c < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf):
		return text[:1], 1, false
	}
	token, cells = First(text)
	return token, cells, false
}

// Token is a part of a text: a grapheme cluster, or a control sequence.
type Token struct {
	Text    string
	Cells   int // at most
	Control bool
}

// Tokens yields the parts of a text in order.
func Tokens(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for text != "" {
			token, cells, control := Next(text)
			text = text[len(token):]
			if !yield(Token{token, cells, control}) {
				return
			}
		}
	}
}

// Prefix returns how many bytes of a text fit in width cells, and the cells that
// they take.
func Prefix(text string, width int) (n, cells int) {
	for t := range Tokens(text) {
		if cells+t.Cells > width {
			break
		}
		n += len(t.Text)
		cells += t.Cells
	}
	return n, cells
}

// First returns the grapheme cluster that a text without control sequences begins
// with, and the cells that it takes.
func First(text string) (cluster string, cells int) {
	cluster, cells = ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	cells = max(cells, ansi.StringWidthWc(cluster))
	// Signs such as that of an ayah (U+06DD) are format characters, to which both give no
	// cell; but they are seen, and most terminals give them one.
	if r, _ := utf8.DecodeRuneInString(cluster); unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		cells++
	}
	return cluster, cells
}

// Truncate cuts a text to width cells, the tail that it then gets included. The
// control sequences after the cut stay.
func Truncate(text string, width int, tail string) string {
	if Of(text) <= width {
		return text
	}
	room := width - Of(tail)
	if room < 0 {
		room, tail = width, ""
	}
	return cut(text, 0, max(room, 0), tail)
}

// Cut returns the cells of a text from one column to before another, and all
// control sequences. Of a sign that lies across the first nothing stays.
func Cut(text string, from, to int) string { return cut(text, from, to, "") }

// cut returns what is between two columns, with tail behind it if there is more.
func cut(text string, from, to int, tail string) string {
	var b strings.Builder
	column, over := 0, false
	for text != "" {
		token, cells, control := Next(text)
		text = text[len(token):]
		if column+cells > to && !over {
			over = true
			b.WriteString(tail)
		}
		if control || column >= from && !over {
			b.WriteString(token)
		}
		column += cells
	}
	return b.String()
}

// Narrow reports whether a character beyond ASCII takes one cell everywhere, and
// never joins the one before it: letters of Latin, Greek and Cyrillic,
// punctuation, and what boxes and rules are made of. Only a terminal that is set
// up for old East Asian fonts draws some of them two cells wide; see [Ambiguous].
func Narrow(r rune) bool {
	switch {
	case r < 0xa1, r == 0xad: // the latter is the soft hyphen
		return false
	case r < 0x300:
		return r != 0xa9 && r != 0xae // emoji too
	case r < 0x370: // combining marks
		return false
	case r < 0x530:
		return r < 0x483 || r > 0x489
	}
	return r >= 0x2010 && r <= 0x2027 ||
		r >= 0x2030 && r <= 0x205e && r != 0x203c && r != 0x2049 || // two are emoji too
		r >= 0x2190 && r <= 0x2193 ||
		r >= 0x2500 && r <= 0x259f
}

// wide reports whether a character takes two cells everywhere, by every version of
// Unicode since 3.0, and never joins the one before it. What later versions added
// to these blocks, or made wide, is left out: older terminals do not know it.
func wide(r rune) bool {
	switch {
	case r < 0x3001:
		return false
	case r < 0x3100:
		return r <= 0x3029 || r >= 0x3041 && r <= 0x3094 || r >= 0x309b && r <= 0x30fe
	}
	return r >= 0x3105 && r <= 0x312c || r >= 0x3131 && r <= 0x318e ||
		r >= 0x3400 && r <= 0x4db5 || r >= 0x4e00 && r <= 0x9fa5 ||
		r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfa2d || r >= 0xff01 && r <= 0xff5e
}
