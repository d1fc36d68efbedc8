package terminal

import (
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// walk reads a line from left to right and knows what the terminal knows by
// then: the column and the style. It reads SGR sequences and characters that
// are one cell wide everywhere; it stops before anything else, since terminals
// disagree on how wide that is, and a wrong guess would leave rubbish on the
// screen.
type walk struct {
	line   string
	at     int // bytes read
	column int // cells read
	style  style
	shown  int  // bytes read up to the last character
	open   bool // that character has a style
	text   bool // not all characters are spaces and such signs
	sign   bool // the last character is such a sign, which may take the next cell
	signs  int  // how many of them there are
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
		if !after.style.known() {
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
	case w.sign && n > 0 && !control && rest[0] != ' ':
		return 0, false
	case n == 0 && rest != "" && !w.text && !w.sign && ambiguous(rest):
		_, n = utf8.DecodeRuneInString(rest)
	}
	return n, control
}

// ambiguous tells whether a text begins with a sign that may take two cells
// instead of one.
func ambiguous(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return textwidth.Narrow(r) && !textwidth.Certain(r)
}

func (w *walk) take(n int, control bool) {
	if control {
		w.style.add(w.line[w.at : w.at+n])
		w.at += n
		return
	}
	w.sign = ambiguous(w.line[w.at:])
	if w.sign {
		w.signs++
	}
	w.text = w.text || w.line[w.at] != ' ' && !w.sign
	w.at += n
	w.column++
	w.shown, w.open = w.at, w.style.count > 0
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

// joins tells whether what s begins with may belong to the character before
// it, as a combining mark does.
func joins(s string) bool {
	if s == "" || s[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return !textwidth.Narrow(r)
}

// style is what SGR sequences have set since the last that resets all: the
// sequences themselves, so that writing them again sets it again.
type style struct {
	count int
	parts [4]string
}

func (s *style) add(sequence string) {
	params := sequence[2 : len(sequence)-1]
	if params == "" || params == "0" || strings.HasPrefix(params, "0;") {
		s.count = 0
		if len(params) < 2 {
			return
		}
	}
	if s.count < len(s.parts) {
		s.parts[s.count] = sequence
	}
	s.count++
}

// known tells whether there was room for all of it.
func (s *style) known() bool { return s.count <= len(s.parts) }

func (s *style) equal(t *style) bool {
	if s.count != t.count || !s.known() {
		return false
	}
	for i := range s.count {
		if s.parts[i] != t.parts[i] {
			return false
		}
	}
	return true
}

// size is the number of bytes that write appends.
func (s *style) size() (n int) {
	for i := range min(s.count, len(s.parts)) {
		n += len(s.parts[i])
	}
	return n
}

func (s *style) write(out []byte) []byte {
	for i := range min(s.count, len(s.parts)) {
		out = append(out, s.parts[i]...)
	}
	return out
}
