package render

import (
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// wrap breaks spans into lines of at most width cells (at least 1) and hands
// each to emit, which must not keep it, and which is told whether the text goes
// on in the next line without a space between. Lines break at spaces, between CJK
// characters where their rules allow it, before some syllables of scripts without spaces,
// at break marks and hard line breaks, and inside a word only if the word alone is wider
// than the line. Runs of spaces count as one, as in HTML.
// doubled says that what is ambiguous in width takes two cells.
func wrap(spans []span, width int, doubled bool, emit func(line []span, torn bool)) {
	w := wrapper{width: max(width, 1), doubled: doubled, emit: emit}
	for _, s := range spans {
		w.span(s)
	}
	w.endWord()
	if len(w.line) > 0 || w.lines == 0 {
		w.endLine(false)
	}
}

// Wrap breaks plain text into lines of at most width cells, by the rules by which
// the text of a page is broken. doubled says that what is ambiguous in width takes two.
func Wrap(text string, width int, doubled bool) []string {
	var lines []string
	wrap([]span{{text: text}}, width, doubled, func(line []span, _ bool) { lines = append(lines, textOf(line)) })
	return lines
}

// piece is a part of a word that is never torn apart unless it is ASCII.
type piece struct {
	span
	cells int
}

type wrapper struct {
	width   int
	doubled bool
	emit    func(line []span, torn bool)
	lines   int

	line      []span
	lineCells int
	gap       span // the space before the word, if it has text
	word      []piece
	wordCells int
	last      rune // the character before the cursor, in the word
	tearing   bool // the word is wider than a line, and what it has so far is on lines
	hyphen    span // ends the line, if that ends here; has text behind a soft hyphen
}

func (w *wrapper) span(s span) {
	if s.text == "" { // a break mark
		w.mayEnd(s)
		return
	}
	for text := s.text; text != ""; {
		n := asciiRun(text)
		switch {
		case text[0] == '\n':
			w.endWord()
			w.endLine(false)
			text = text[1:]
		case text[0] == ' ':
			w.endWord()
			w.gap, w.hyphen = span{" ", s.style, s.link}, span{}
			text = strings.TrimLeft(text, " ")
		case n > 0:
			w.add(piece{span{text[:n], s.style, s.link}, n}, rune(text[0]), rune(text[n-1]))
			text = text[n:]
		default:
			cluster, cells := textwidth.First(text)
			// Some signs stand before a number as one cluster with what follows,
			// be it a space (Prepend, UAX #29 §3.1.1); lines break there all the same.
			if i := strings.IndexByte(cluster, ' '); i > 0 {
				cluster = cluster[:i]
				cells = textwidth.Of(cluster)
			}
			for stacks(cluster) && len(cluster) < min(len(text), maxStack) {
				next, more := textwidth.First(text[len(cluster):])
				cluster, cells = text[:len(cluster)+len(next)], cells+more
			}
			first, _ := utf8.DecodeRuneInString(cluster)
			if w.doubled {
				cells += textwidth.Doubled(cluster) - textwidth.Of(cluster)
			}
			if cells > w.width {
				w.apart(cluster, s)
			} else {
				if startsSyllable(w.last, cluster) {
					w.endWord()
				}
				w.add(piece{span{cluster, s.style, s.link}, cells}, first, first)
			}
			if breaksBehind(first) {
				w.endWord()
			}
			text = text[len(cluster):]
		}
	}
}

// maxStack bounds a cluster with those below it, in bytes.
const maxStack = 128

// mayEnd ends the word at a break mark. Behind a soft hyphen there is room for a hyphen.
func (w *wrapper) mayEnd(mark span) {
	if mark.link&added == 0 {
		w.endWord()
		return
	}
	w.place(1)
	if mark.text = "-"; w.gap.text == "" {
		w.hyphen = mark
	}
}

// apart adds a cluster that no line can hold as the characters that it is of,
// each with the marks that take no cell of their own.
func (w *wrapper) apart(cluster string, s span) {
	start, cells := 0, 0
	var first rune
	for at, r := range cluster {
		n := textwidth.Of(string(r))
		if n > 0 && cells > 0 {
			w.add(piece{span{cluster[start:at], s.style, s.link}, cells}, first, first)
			start, cells = at, 0
		}
		if cells == 0 {
			first = r
		}
		cells += n
	}
	w.add(piece{span{cluster[start:], s.style, s.link}, cells}, first, first)
}

// asciiRun returns how many printable ASCII bytes text starts with. The last
// one is left out if something other than ASCII follows, since that may be a
// combining mark that belongs to it.
func asciiRun(text string) int {
	n := 0
	for n < len(text) && text[n] > ' ' && text[n] < 0x7f {
		n++
	}
	if n < len(text) && text[n] >= utf8.RuneSelf {
		n--
	}
	return max(n, 0)
}

// add appends a piece to the word, or starts a new word if the line may break
// between them.
func (w *wrapper) add(p piece, first, last rune) {
	if (len(w.word) > 0 || w.tearing) && mayBreak(w.last, first) {
		w.endWord()
	}
	w.last = last
	if w.tearing {
		w.put(p)
		return
	}
	w.word = append(w.word, p)
	w.wordCells += p.cells
	if w.wordCells > w.width { // no need to wait for its end, which may be far
		w.endWord()
		w.tearing = true
	}
}

// endWord moves the word to the line, or to a new line if it does not fit.
func (w *wrapper) endWord() { w.place(0) }

// place does so with a word that may be followed by a hyphen of so many cells.
func (w *wrapper) place(hyphen int) {
	w.tearing = false
	if len(w.word) == 0 {
		return
	}
	gap := len(w.gap.text)
	if len(w.line) == 0 {
		gap = 0
	}
	if w.lineCells+gap+w.wordCells+hyphen > w.width && len(w.line) > 0 {
		if w.hyphen.text != "" && w.lineCells < w.width {
			w.line = append(w.line, w.hyphen)
		}
		w.endLine(gap == 0)
		gap = 0
	}
	if gap > 0 {
		w.line = append(w.line, w.gap)
		w.lineCells++
	}
	for _, p := range w.word {
		w.put(p)
	}
	w.word, w.wordCells, w.gap, w.hyphen = w.word[:0], 0, span{}, span{}
}

// put puts a piece on the line, tearing it where the line ends.
func (w *wrapper) put(p piece) {
	for w.lineCells+p.cells > w.width {
		room := w.width - w.lineCells
		if p.cells != len(p.text) { // one cluster, not ASCII
			if len(w.line) > 0 {
				w.endLine(true)
			}
			if p.cells > w.width { // no line can hold it
				return
			}
			break
		}
		if room > 0 {
			n := tearAt(p.text, room)
			w.line = append(w.line, span{p.text[:n], p.style, p.link})
			w.lineCells += n
			p.text = p.text[n:]
			p.cells -= n
		}
		w.endLine(true)
	}
	if p.text != "" {
		w.line = append(w.line, p.span)
		w.lineCells += p.cells
	}
}

// tearAt returns where to tear a word of ASCII so that at most room bytes stay:
// behind a sign that separates the parts of an address or a path, if there is
// one that fills at least half of the room.
func tearAt(word string, room int) int {
	for n := room; n > room/2; n-- {
		if strings.IndexByte("/?&=#-_:,;", word[n-1]) >= 0 && word[n] != '/' {
			return n
		}
	}
	return room
}

func (w *wrapper) endLine(torn bool) {
	w.emit(w.line, torn)
	w.lines++
	w.line, w.lineCells, w.gap = w.line[:0], 0, span{}
}

// What Japanese typesetting (JIS X 4051 and JLREQ appendix A, "kinsoku"), and
// Chinese alike, forbids at the start and at the end of a line.
const (
	noStart = "⁰¹²³⁴⁵⁶⁷⁸⁹" + "、。，．・：；？！‐–〜゠ー々〻ゝゞヽヾ…‥" +
		"）］｝〕〉》」』】〙〗〟’”»｠｣｡､･" +
		"ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ" +
		"ｧｨｩｪｫｬｭｮｯｰ"
	noEnd = "（［｛〔〈《「『【〘〖〝‘“«｟｢"
)

// mayBreak reports whether a line may end between two characters that no space
// separates: only if one of them is written without spaces between words.
func mayBreak(before, after rune) bool {
	if !plaintext.IsIdeographic(before) && !plaintext.IsIdeographic(after) {
		return false
	}
	if strings.ContainsRune(noStart, after) || strings.ContainsRune(noEnd, before) {
		return false
	}
	if after < utf8.RuneSelf && strings.ContainsRune("!%),.:;?]}", after) {
		return false
	}
	return before >= utf8.RuneSelf || !strings.ContainsRune("([{$", before)
}

// maxColumn is more cells than any column has.
const maxColumn = 4 << 10

// spaces returns n spaces, and none of less than none.
func spaces(n int) string { return strings.Repeat(" ", min(max(n, 0), maxColumn)) }
