package terminal

import (
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// walk reads a line from left to right and knows what the terminal knows by
// then: the column and the style. It reads SGR sequences and characters that
// are one cell wide everywhere; it stops before anything else, since terminals
// disagree on how wide that is, and a wrong guess would leave rubbish on the
// screen.
type walk struct {
	line           string
	at             int // bytes read
	column         int // cells read
	style          textwidth.State
	shown          int  // bytes read up to the last character
	open           bool // that character has a style
	text           bool // there is a character that is neither a space nor ambiguous
	lastAmbiguous  bool // the last character is ambiguous: it may also take the next cell
	ambiguousCount int  // how many characters are ambiguous
	pushed         bool // what follows an ambiguous character may be further right: see typesetter.gap
}

// next reads on by one sequence or character, if it can be read.
func (w *walk) next() bool {
	n, control := w.token()
	if n == 0 {
		return false
	}
	w.take(n, control)
	return true
}

// skipControl reads on up to the next character, as long as the style is known.
func (w *walk) skipControl() {
	for n, control := token(w.line[w.at:]); n > 0 && control; n, control = token(w.line[w.at:]) {
		after := *w
		after.take(n, true)
		if !after.style.Known() {
			return
		}
		*w = after
	}
}

// token is what comes next, if it can be read.
func (w *walk) token() (n int, control bool) {
	rest := w.line[w.at:]
	n, control = token(rest)
	switch {
	case w.lastAmbiguous && n > 0 && !control && rest[0] != ' ':
		return 0, false
	case n == 0 && rest != "" && !w.text && !w.lastAmbiguous && ambiguous(rest):
		_, n = utf8.DecodeRuneInString(rest)
	}
	return n, control
}

// ambiguous reports whether a text begins with a sign that may take two cells
// instead of one.
func ambiguous(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return textwidth.Narrow(r) && !textwidth.Certain(r)
}

func (w *walk) take(n int, control bool) {
	if control {
		w.style.Add(w.line[w.at : w.at+n])
		w.at += n
		return
	}
	w.pushed = w.pushed || w.lastAmbiguous && !w.style.BlanksAreEmpty()
	w.lastAmbiguous = ambiguous(w.line[w.at:])
	if w.lastAmbiguous {
		w.ambiguousCount++
	}
	w.text = w.text || w.line[w.at] != ' ' && !w.lastAmbiguous
	w.at += n
	w.column++
	w.shown, w.open = w.at, !w.style.IsDefault()
}

// token returns the length of the SGR sequence or character that s begins
// with, and which of them it is; or 0 if it is neither.
func token(s string) (n int, control bool) {
	switch {
	case s == "":
		return 0, false
	case s[0] == 0x1b:
		return textwidth.SGR(s), true
	case s[0] < 0x20 || s[0] == 0x7f:
		return 0, false
	case s[0] < utf8.RuneSelf:
		return 1, false
	}
	r, size := utf8.DecodeRuneInString(s)
	if !textwidth.Certain(r) {
		return 0, false
	}
	return size, false
}

// joins reports whether what s begins with may belong to the character before
// it, as a combining mark does.
func joins(s string) bool {
	if s == "" || s[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return !textwidth.Narrow(r)
}
