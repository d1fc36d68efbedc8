package terminal

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// typesetter writes the text of a row so that what follows a character of disputed width is in its column all
// the same. It does so by setting the column in cells that must be empty.
//
// After a cluster whose width is disputed the column is set at once. A character that East Asian terminals draw
// in two cells instead of one pushes the rest of its word along, and a disputed cluster in it, because going
// back would erase half of the character: the column is set at the next gap. A character at the start of a row,
// such as a bar or a bullet, may take the space behind it.
type typesetter struct {
	features features
	row      int
	columns  int // of the window

	out    []byte //ledger:counted at most an edit of one row
	column int
	style  textwidth.State
	pushed int  // by how many cells the terminal's cursor may be further right
	kept   bool // what is right of the text stays
	first  bool // only spaces stand before, and such signs
	alone  bool // what stands before is an ambiguous sign that was first
	rule   bool // what stands before is part of a rule, which may lose its end
}

// typeset appends what writes the text of an edit.
func (s *screen) typeset(out []byte, row int, e *edit) []byte {
	if asciiPrefix(e.text) == len(e.text) {
		return append(out, e.text...)
	}
	t := typesetter{
		features: s.features, row: row, columns: s.width,
		out: out, column: e.column, style: e.style, first: e.first, kept: e.kept,
	}
	t.write(e.text)
	return t.out
}

func (t *typesetter) write(text string) {
	for text != "" {
		n := blanks(text)
		switch {
		case n > 0:
			t.gap(n, text[n:])
		case asciiPrefix(text) > 0:
			n = asciiPrefix(text)
			if i := strings.IndexByte(text[:n], ' '); i > 0 {
				n = i
			}
			t.add(text[:n], n)
		default:
			n = t.token(text)
		}
		text = text[n:]
	}
	if t.pushed > 0 && t.rule && t.column < t.columns { // a rule ends where it should
		t.moveTo(t.column)
		t.out = append(t.out, "\x1b[K"...)
	}
}

// add writes a text that takes so many cells.
func (t *typesetter) add(text string, cells int) {
	t.out = append(t.out, text...)
	t.column += cells
	t.first, t.alone, t.rule = false, false, false
}

// gap writes n spaces, and sets the column there if the characters before have pushed the text, and the last of
// them keeps its cells, or is a rule, or if what follows would else be pushed out of the window. In a gap at a
// row's end there is no need to.
func (t *typesetter) gap(n int, rest string) {
	more := rest != ""
	switch {
	case !more && t.alone && t.kept: // its second half may be there
	case t.pushed == 0 || !more || n <= t.pushed && !t.alone && (n == 1 || !t.rule && !t.overflows(n, rest)) || !t.style.BlanksAreEmpty():
		for range n {
			t.out = append(t.out, ' ')
		}
	case t.alone:
		t.moveTo(t.column + n)
		t.pushed, t.first = 0, true
	default:
		t.moveTo(t.column + n - 1)
		t.out = append(t.out, "\x1b[K "...)
		t.pushed = 0
	}
	t.column += n
	t.alone, t.rule = false, false
}

// overflows reports whether the text behind a gap may be pushed out of the window.
func (t *typesetter) overflows(gap int, rest string) bool {
	return t.column+gap+textwidth.Of(rest)+t.pushed > t.columns
}

// token writes the cluster or control sequence that a text begins with and
// returns its length in bytes.
func (t *typesetter) token(text string) int {
	token, cells, control := textwidth.Next(text)
	n := len(token)
	if control {
		t.out = append(t.out, token...)
		if textwidth.SGR(token) == n {
			t.style.Add(token)
		}
		return n
	}
	first := t.first
	t.add(token, cells)
	switch textwidth.Doubtful(token) {
	case textwidth.None:
	case textwidth.Ambiguous:
		r, _ := utf8.DecodeRuneInString(token)
		t.pushed += cells
		t.alone, t.rule = first, r == '─' || r == '━'
	case textwidth.Disputed:
		if t.pushed == 0 && t.column < t.columns && textwidth.SGR(text[n:]) < len(text)-n {
			t.moveTo(t.column)
		}
	}
	return n
}

// moveTo sets the column (CHA, ECMA-48 §8.3.9, which old terminals lack).
func (t *typesetter) moveTo(column int) {
	if !t.features.osc {
		t.out = position(t.out, t.row, column)
		return
	}
	t.out = append(t.out, "\x1b["...)
	t.out = append(strconv.AppendInt(t.out, int64(column+1), 10), 'G')
}

// asciiPrefix returns how many bytes of printable ASCII a text begins with, without one
// that a combining mark may belong to.
func asciiPrefix(text string) (n int) {
	for n < len(text) && text[n] >= ' ' && text[n] < 0x7f {
		n++
	}
	if n > 0 && n < len(text) && joins(text[n:]) {
		n--
	}
	return n
}

// blanks returns how many spaces a text begins with, without one that a combining
// mark may belong to.
func blanks(text string) (n int) {
	for n < len(text) && text[n] == ' ' {
		n++
	}
	if n > 0 && joins(text[n:]) {
		n--
	}
	return n
}
