package post

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inlineMax is how many bytes of one paragraph or title are looked at: more
// than is ever shown, and few enough for hostile text to stay cheap.
const inlineMax = 4 << 10

// plain returns one line of Markdown as its reader sees it: without emphasis,
// links' targets, images, tags, comments, shortcodes and Liquid tags, and with
// entities, escapes and the names of emoji decoded. Text in backticks and TeX
// between dollars stay as they are.
//
// refs is the document that defines reference links: [text] alone is a link
// only if it does, and a title's "[Draft]" keeps its brackets.
func plain(s, refs string) string {
	var p inliner
	return p.plain(s, refs)
}

// removed marks bytes of an inliner's output that are to go. Clean text has no
// NUL, and Clean drops it.
const removed = 0

// inliner makes one line after the other plain in the same memory.
type inliner struct {
	all      bool // with what images and shortcodes say
	in, refs string
	at       int // in in
	out      []byte
	runs     []delimiters
	brackets []bracket
	angleEnd int // where the next '>' was last found, see nextAngle
	rawEnd   int // up to where braces are text
	shownEnd int // up to where text is in the place of a tag, which may say how one is closed
}

func (p *inliner) plain(s, refs string) string {
	s = Clean(cutRunes(s, inlineMax))
	if firstMark(s) == len(s) {
		return oneSpace(s)
	}
	if tex, ok := mathBlock(s); ok {
		return oneSpace(tex)
	}
	*p = inliner{all: p.all, in: s, refs: refs, out: p.out[:0], runs: p.runs[:0], brackets: p.brackets[:0], angleEnd: unsought}
	p.run()
	// Entities decode into anything, ESC included.
	return oneSpace(Clean(string(slices.DeleteFunc(p.out, func(b byte) bool { return b == removed }))))
}

// firstMark returns the offset of the first byte that may mean something in
// Markdown, or the length of s.
func firstMark(s string) int {
	for i := 0; i < len(s); i++ {
		if b := s[i] | 0x20; b >= 'a' && b <= 'z' || s[i] == ' ' { // nearly all
			continue
		}
		switch s[i] {
		case '\\', '`', '*', '_', '~', '!', '[', ']', '<', '{', '&', '$':
			return i
		case '>', '%':
			if strings.HasPrefix(s[i+1:], "}") {
				return i
			}
		case ':':
			if i+1 < len(s) && isNameOfEmoji(s[i+1]) {
				return i
			}
		}
	}
	return len(s)
}

// oneSpace joins the words of clean text by one space each.
func oneSpace(s string) string {
	blank := true // so that a space at the start is one too many
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == ' ':
			if blank {
				return strings.Join(strings.Fields(s), " ")
			}
			blank = true
			continue
		case b == 0xc2, b >= 0xe1 && b <= 0xe3: // other spaces start so
			if r, _ := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) {
				return strings.Join(strings.Fields(s), " ")
			}
		}
		blank = false
	}
	return strings.TrimSuffix(s, " ")
}

// bracket is a '[' that may open a link.
type bracket struct {
	in, out int // offsets of the byte after it in the input, of it in the output
	image   bool
}

func (p *inliner) run() {
	for p.at < len(p.in) {
		switch b := p.in[p.at]; b {
		case '\\':
			p.escape()
		case '`':
			p.code()
		case '*', '_', '~':
			p.delimiters(b)
		case '!', '[':
			p.open(b)
		case ']':
			p.close()
		case '<':
			p.angle()
		case '{':
			p.brace()
		case '>', '%':
			p.looseEnd()
		case '&':
			p.entity()
		case '$':
			p.math()
		case ':':
			p.emoji()
		default:
			p.emit(1 + firstMark(p.in[p.at+1:]))
		}
	}
	p.emphasis()
}

// emit copies n bytes.
func (p *inliner) emit(n int) {
	p.out = append(p.out, p.in[p.at:p.at+n]...)
	p.at += n
}

func (p *inliner) rest() string { return p.in[p.at:] }

func (p *inliner) escape() {
	switch rest := p.in[p.at+1:]; {
	case TagMark(rest) != "": // tags are read first, and a backslash is nothing to them
	case rest != "" && isPunct(rest[0]):
		p.at++
	}
	p.emit(1)
}

// code copies a code span (CommonMark §6.1), or backticks that open none.
func (p *inliner) code() {
	n := runLength(p.rest())
	ticks := p.in[p.at : p.at+n]
	for at := p.at + n; at < len(p.in); {
		i := strings.Index(p.in[at:], ticks)
		if i < 0 {
			break
		}
		at += i
		if end := runLength(p.in[at:]); end != n {
			at += end
			continue
		}
		p.out = append(p.out, Literal(strings.TrimSpace(p.in[p.at+n:at]))...)
		p.at = at + n
		return
	}
	p.emit(n)
}

// open notes a bracket.
func (p *inliner) open(b byte) {
	image := b == '!' && strings.HasPrefix(p.rest(), "![")
	if b == '!' && !image {
		p.emit(1)
		return
	}
	start := len(p.out)
	p.emit(len("["))
	if image {
		p.emit(1)
	}
	p.brackets = append(p.brackets, bracket{in: p.at, out: start, image: image})
}

// close ends what the last open bracket began: a link leaves its text, an
// image and a footnote leave nothing, or of all there is to read the image does,
// and anything else stays as it is.
func (p *inliner) close() {
	if len(p.brackets) == 0 {
		p.emit(1)
		return
	}
	open := p.brackets[len(p.brackets)-1]
	p.brackets = p.brackets[:len(p.brackets)-1]
	label := p.in[open.in:p.at]
	end := linkEnd(p.in, p.at+1)
	footnote := strings.HasPrefix(label, "^") && !strings.Contains(label, " ")
	switch {
	case open.image && (end > 0 || p.defined(label)):
		if !p.all {
			clear(p.out[open.out:])
			break
		}
		copy(p.out[open.out:], "  ") // the words around an image are not its own
		p.out = append(p.out, ' ')
	case footnote:
		clear(p.out[open.out:])
	case end > 0 || p.defined(label):
		p.out[open.out] = removed
	default:
		p.emit(1)
		return
	}
	p.at = max(end, p.at+1)
}

// linkEnd returns the offset after the (target) or [label] that starts at at,
// or 0 if there is neither.
func linkEnd(s string, at int) int {
	if at >= len(s) || (s[at] != '(' && s[at] != '[') {
		return 0
	}
	if s[at] == '[' {
		if i := strings.IndexByte(s[at:], ']'); i >= 0 {
			return at + i + 1
		}
		return 0
	}
	depth := 0
	for i := at; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// defined tells whether the document has a line "[label]: target".
func (p *inliner) defined(label string) bool {
	const most = 100 // bytes of a label worth looking for
	return p.refs != "" && label != "" && len(label) <= most && strings.Contains(p.refs, "\n["+label+"]:")
}

// angle skips a comment or a tag, and keeps an autolink's address.
func (p *inliner) angle() {
	rest := p.rest()
	if strings.HasPrefix(rest, "<!--") {
		if !p.skipTo("-->") {
			p.at = len(p.in) // the comment ends on another line
		}
		return
	}
	end := p.nextAngle()
	if end < 0 {
		p.emit(1)
		return
	}
	inner := p.in[p.at+1 : end]
	if !strings.Contains(inner, " ") && (strings.Contains(inner, "://") || strings.Contains(inner, "@")) {
		p.out = append(p.out, inner...)
		p.at = end + 1
		return
	}
	if n := tagEnd(rest); n > 0 { // else a quote is left open, and the next '>' will do
		end = p.at + n
		inner = p.in[p.at+1 : end]
	}
	name, known := tagName(inner)
	if !known {
		p.emit(1)
		return
	}
	if p.all {
		if text := said(name, inner); text != "" {
			p.replace(end+1-p.at, text)
			return
		}
	}
	if breaksText(name) {
		p.out = append(p.out, ' ')
	}
	p.at = end + 1
}

// unsought is a place that nobody has looked for yet.
const unsought = -2

// nextAngle returns the offset of the next '>', or -1. It looks through the text
// once even if there are many places to look from.
func (p *inliner) nextAngle() int {
	if at := p.angleEnd; at == -1 || at >= p.at {
		return at
	}
	p.angleEnd = strings.IndexByte(p.rest(), '>')
	if p.angleEnd >= 0 {
		p.angleEnd += p.at
	}
	return p.angleEnd
}

// skipTo moves behind the next end, if there is one.
func (p *inliner) skipTo(end string) bool {
	i := strings.Index(p.rest(), end)
	if i < 0 {
		return false
	}
	p.at += i + len(end)
	return true
}

// IsReference tells whether Markdown takes a text from "&" to ";" for a character
// reference, if HTML does: numbers have at most seven decimal or six hexadecimal
// digits there (CommonMark 0.31 §2.5).
func IsReference(text string) bool {
	digits, numeric := strings.CutPrefix(text, "&#")
	most := 7
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, most = digits[1:], 6
	}
	return !numeric || len(digits)-len(";") <= most
}

func (p *inliner) entity() {
	const longest = len("&CounterClockwiseContourIntegral;")
	rest := p.rest()
	end := 1
	for end < len(rest) && end < longest && (isAlnum(rest[end]) || rest[end] == '#') {
		end++
	}
	// Without the semicolon it may be part of a query: ?a=1&copy=2.
	if end < len(rest) && rest[end] == ';' {
		if s := html.UnescapeString(rest[:end+1]); s != rest[:end+1] && IsReference(rest[:end+1]) {
			p.out = append(p.out, s...)
			p.at += end + 1
			return
		}
	}
	p.emit(1)
}

func isPunct(b byte) bool {
	return b > ' ' && b < 0x7f && !isAlnum(b)
}

func isAlnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// runLength counts how often s repeats its first byte.
func runLength(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}

// isBreak and isMarkPunct are what CommonMark §6.2 calls Unicode whitespace and
// punctuation; the ends of the text count as whitespace.
func isBreak(r rune) bool { return r == utf8.RuneError || unicode.IsSpace(r) }

func isMarkPunct(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
