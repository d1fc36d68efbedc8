package textwidth

import (
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/width"
)

// Doubt is whether terminals may give a grapheme cluster another width than the
// one that is counted here.
type Doubt uint8

const (
	// None means that they do not.
	None Doubt = iota
	// Ambiguous is what takes one cell, but two on terminals that are set up for
	// East Asian fonts (UAX #11).
	Ambiguous
	// Disputed is what has a width that depends on how new the terminal's tables
	// are, or on whether it knows clusters. Nearly all give it the cells counted
	// here or fewer.
	Disputed
)

// Doubtful returns whether terminals may disagree about a grapheme cluster.
func Doubtful(cluster string) Doubt {
	first, size := utf8.DecodeRuneInString(cluster)
	marks := cluster[size:]
	switch {
	case !known(first) || !oldMarks(marks):
		return Disputed
	case marks != "" && ansi.StringWidth(cluster) != ansi.StringWidthWc(cluster):
		return Disputed
	case ambiguous(first):
		return Ambiguous
	}
	return None
}

// Doubled is Of for a terminal that is set up for East Asian fonts.
func Doubled(text string) (cells int) {
	for t := range Tokens(text) {
		cells += t.Cells
		if Doubtful(t.Text) == Ambiguous {
			cells += t.Cells
		}
	}
	return cells
}

// known reports whether all tables give a character the width that it has here:
// what is wide in the newest only is not.
func known(r rune) bool {
	if r < utf8.RuneSelf || Narrow(r) || wide(r) {
		return true
	}
	s := string(r)
	return ansi.StringWidth(s) == 1 && ansi.StringWidthWc(s) == 1
}

// oldMarks reports whether a text is of combining marks that all tables know. Those
// of scripts that came later are few.
func oldMarks(text string) bool {
	for _, r := range text {
		if r > 0xfff || !unicode.In(r, unicode.Mn, unicode.Me) {
			return false
		}
	}
	return true
}

// Certain reports whether a character beyond ASCII takes one cell on every
// terminal and never joins the one before it.
func Certain(r rune) bool { return Narrow(r) && !ambiguous(r) }

func ambiguous(r rune) bool { return width.LookupRune(r).Kind() == width.EastAsianAmbiguous }
