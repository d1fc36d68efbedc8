package render

import (
	"unicode"
	"unicode/utf8"

	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// cells returns the cells that a text takes on the terminal.
func (g *grid) cells(text string) int {
	if g.doubled {
		return textwidth.Doubled(text)
	}
	return textwidth.Of(text)
}

// takenBack returns by how many cells terminals that are set up for East Asian fonts, and
// do not say so, push what follows a line: each sign that is ambiguous in width does so by
// one. Letters that are count where they are few, as in "5 μs": a text of Cyrillic is not
// to be given twice its room for the sake of such terminals.
func takenBack(line string) int {
	const few = 3
	signs, letters := 0, 0
	for _, r := range line {
		switch {
		case r < utf8.RuneSelf || textwidth.Doubtful(string(r)) != textwidth.Ambiguous:
		case unicode.IsLetter(r):
			letters++
		default:
			signs++
		}
	}
	if letters > few {
		letters = 0
	}
	return signs + letters
}

// gaps returns the gaps between columns of such widths: wide enough that a terminal on
// which signs are wider can take that back in them, as far as avail cells allow.
func (g *grid) gaps(widths []int, avail int) []int {
	gaps := make([]int, len(widths)-1)
	left := avail - columnGap*len(gaps)
	for _, w := range widths {
		left -= w
	}
	for i := range gaps {
		more := g.pushed[i]
		if g.align[i] == extast.AlignLeft || g.align[i] == extast.AlignNone {
			more = g.reach[i] - widths[i] // there may be room in the column
		}
		more = max(min(more, left), 0)
		gaps[i] = columnGap + more
		left -= more
	}
	return gaps
}
