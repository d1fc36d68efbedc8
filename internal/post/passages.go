package post

import (
	"iter"
	"strings"
)

// Part tells what a passage of a post is.
type Part uint8

// The parts of a post. Tables, lists, quotes and footnotes are Prose.
const (
	Prose Part = iota
	Heading
	Code
)

// passageMax is the length in bytes from which a paragraph or a block of code
// is cut into several passages, at the end of a line if it has one. It is less
// than what plain reads.
const passageMax = 2 << 10

// Passages yields the text of the post as its reader sees it, in order, for
// searching: a heading, a paragraph, a list item, a table's row or a block of
// code at a time. Each is one clean line that is not blank, without markup as in
// a Summary, but with what stands for images, and what shortcodes show of their
// arguments; code is as it stands, with its blank space joined.
//
// It reads the Markdown once, at some 100 MB a second, and where Markdown is
// subtle it is a good guess.
func (p *Post) Passages() iter.Seq2[Part, string] {
	return func(yield func(Part, string) bool) {
		w := passages{yield: yield, inline: inliner{all: true}}
		b := blocks{text: p.Body()}
		for line, kind, ok := b.next(); ok && !w.stopped; line, kind, ok = b.next() {
			switch kind {
			case heading, item, row, note:
				w.flush()
				w.kind = kind
				w.add(line)
				if kind == heading || kind == row { // the others may go on
					w.flush()
				}
			case prose:
				if w.kind == code {
					w.flush()
				}
				w.add(line)
			case code:
				if w.kind != code {
					w.flush()
					w.kind = code
				}
				w.add(line)
			case blank, more, noise:
				if w.kind != code || kind != blank {
					w.flush()
				}
			}
		}
		w.flush()
	}
}

// passages gathers lines into passages.
type passages struct {
	yield   func(Part, string) bool
	stopped bool
	kind    block // of what is gathered; blank means prose
	text    []byte
	inline  inliner
}

func (w *passages) add(line string) {
	for !w.stopped {
		piece := line
		if len(piece) > passageMax {
			piece = cutRunes(line, passageMax)
			if i := strings.LastIndexByte(piece, ' '); i > passageMax/2 {
				piece = piece[:i]
			}
		}
		if len(w.text) > 0 {
			if len(w.text)+len(piece) > passageMax {
				kind := w.kind
				w.flush()
				w.kind = kind
			} else {
				w.text = append(w.text, ' ')
			}
		}
		w.text = append(w.text, piece...)
		if line = line[len(piece):]; line == "" {
			return
		}
	}
}

// flush yields what is gathered, if it is not blank.
func (w *passages) flush() {
	if w.kind == row {
		w.text = joinCells(w.text)
	}
	text, kind := string(w.text), w.kind
	w.text = w.text[:0]
	w.kind = blank
	part := Prose
	switch kind {
	case heading:
		part, text = Heading, w.inline.plain(text, "")
	case code:
		part, text = Code, oneLine(text)
	case row:
		if isDelimiterRow(text) {
			return
		}
		text = w.inline.plain(text, "")
	default:
		text = w.inline.plain(text, "")
	}
	if text != "" && !w.stopped {
		w.stopped = !w.yield(part, text)
	}
}

// joinCells puts spaces between the cells of a row, in its memory. A bar behind
// a backslash is text, in code too (GitHub Flavored Markdown, §4.10).
func joinCells(row []byte) []byte {
	out := row[:0]
	for _, c := range row {
		switch last := len(out) - 1; {
		case c != '|':
			out = append(out, c)
		case last >= 0 && out[last] == '\\':
			out[last] = '|'
		default:
			out = append(out, ' ')
		}
	}
	return out
}
