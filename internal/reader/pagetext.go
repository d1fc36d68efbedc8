package reader

import (
	"sort"
	"strings"
	"unsafe"
	"weak"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// pageText is the text of a page, in which words are found: without the marks before its lines and beside
// words, with all of the code that is cut on the screen, with words whole that are hyphenated or wrapped, and
// with each cell of a table by itself. All sessions share it.
type pageText struct {
	text string
	// The text in the form in which it is searched for a phrase without upper case.
	folded []byte
	// In the order of the text.
	pieces []piece //ledger:counted at most the pieces of a page, which its render has counted
	// The first piece of each line of the page, and one beyond.
	first []int //ledger:counted at most the lines of a page, which its render has counted
}

// piece is a part of a line of the page: where it stands in the text, in bytes, and
// how many cells of the line come before.
type piece struct{ line, start, end, column int }

// size is about how much memory it takes, in bytes.
func (t *pageText) size() int {
	return entryOverhead + len(t.text) + cap(t.folded) + cap(t.pieces)*int(unsafe.Sizeof(piece{})) + cap(t.first)*int(unsafe.Sizeof(0))
}

// textOf returns the text of a page.
func (s *caches) textOf(page *render.Page) *pageText {
	return s.texts.get(weak.Make(page), func() *pageText { return textOf(page) })
}

// frameMarks are what stands before the lines of quotes, alerts and code.
const frameMarks = " │┃▌▎"

// cellEnd parts a table's cells: no words are found across it.
const cellEnd = '\x00'

func textOf(page *render.Page) *pageText {
	t := &pageText{first: make([]int, 0, page.Lines.Len()+1), pieces: make([]piece, 0, page.Lines.Len())} //ledger:counted as the lines of a page, while it is searched in a turn
	var b strings.Builder
	add := func(line, column int, said string, torn bool) {
		first := sort.Search(len(page.Marks), func(i int) bool { return int(page.Marks[i].Line) >= line })
		piecewise(line, column, said, page.Marks[first:], func(p piece, said string) {
			p.start, p.end = b.Len(), b.Len()+len(said)
			t.pieces = append(t.pieces, p)
			b.WriteString(said)
		})
		if !torn {
			b.WriteByte('\n')
		}
	}
	torn, cells := page.Torn, page.Cells
	for i := range page.Lines.Len() {
		if len(t.first) > i { // it belongs to a row of a table
			continue
		}
		t.first = append(t.first, len(t.pieces))
		if len(cells) == 0 || cells[0][0].Line != i {
			line := page.Text(i)
			said := strings.TrimLeft(line, frameMarks)
			isTorn := len(torn) > 0 && torn[0] == i
			if isTorn {
				torn = torn[1:]
			}
			add(i, widthOf(line[:len(line)-len(said)]), said, isTorn)
			continue
		}
		var row []string // the text of its lines
		for ; len(cells) > 0 && cells[0][0].Line == i; cells = cells[1:] {
			for y, at := range cells[0] {
				if y == len(row) {
					row = append(row, page.Text(at.Line))
				}
				add(at.Line, at.Column, textwidth.Cut(row[y], at.Column, at.Column+at.Cells), at.Torn)
			}
			b.WriteRune(cellEnd)
		}
		for range row[1:] {
			t.first = append(t.first, t.first[i])
		}
	}
	t.first = append(t.first, len(t.pieces))
	t.text = b.String()
	t.folded = phrase{caseless: true}.normal(t.text)
	return t
}

// piecewise yields the parts of a line's text between the marks in it.
func piecewise(line, column int, said string, marks []render.Mark, yield func(p piece, said string)) {
	for ; len(marks) > 0 && int(marks[0].Line) == line; marks = marks[1:] {
		at, cells := int(marks[0].Column), int(marks[0].Cells)
		before := at - column
		if before < 0 || before >= textwidth.Of(said) {
			continue // of another cell
		}
		part := textwidth.Cut(said, 0, before)
		yield(piece{line: line, column: column}, part)
		rest := textwidth.Cut(said[len(part):], 0, cells)
		said, column = said[len(part)+len(rest):], at+cells
	}
	yield(piece{line: line, column: column}, said)
}

// places converts parts of the text to cells of the page.
type places struct {
	*pageText
	at, column int // how far the line has been measured, in the piece that holds at
	measured   int // pieces
}

func placesIn(text *pageText) places { return places{pageText: text} }

// add adds the cells that a part of the text takes, if there are any, as a match.
func (p *places) add(to *hits, at library.Span) { p.addLines(to, at, 0, len(p.first)-1) }

// addLines is add for the cells on some lines of the page: no others are measured.
func (p *places) addLines(to *hits, at library.Span, from, until int) {
	first, last := p.pieceFrom(at.Start), p.pieceFrom(at.End)
	if from > 0 {
		first = max(first, p.first[from])
	}
	if until < len(p.first)-1 {
		// Beyond all pieces of the last line's row, whose lines share their first.
		row := p.first[max(until-1, 0)]
		last = min(last, p.first[sort.Search(len(p.first)-1, func(i int) bool { return p.first[i] > row })])
	}
	for i := first; i < len(p.pieces) && i <= last && p.pieces[i].start < at.End; i++ {
		piece := &p.pieces[i]
		if piece.line < from || piece.line >= until {
			continue
		}
		start := max(at.Start, piece.start)
		inside := strings.TrimRight(p.text[start:max(min(at.End, piece.end), start)], " ")
		if p.measured++; inside != "" {
			to.parts = append(to.parts, hitPart{int32(piece.line), int32(p.columnOf(piece, start)), int32(widthOf(inside))}) //nolint:gosec // a page has fewer than 2^16 lines, and they cells
		}
	}
	to.end()
}

// pieceFrom returns the first piece that ends after a byte of the text.
func (t *pageText) pieceFrom(at int) int {
	return sort.Search(len(t.pieces), func(i int) bool { return t.pieces[i].end > at })
}

// columnOf returns the column of a byte of a piece. It continues from the last call, since a line may be long
// and have thousands of matches.
func (p *places) columnOf(of *piece, at int) int {
	if p.at < of.start || p.at > at {
		p.at, p.column = of.start, of.column
	}
	p.column += widthOf(p.text[p.at:at])
	p.at = at
	return p.column
}

// block returns the text from one line of the page up to another, and where it starts. No row of a table
// crosses either.
func (t *pageText) block(from, to int) (text string, start int) {
	pieces := t.pieces[t.first[from]:t.first[to]]
	if len(pieces) == 0 {
		return "", 0
	}
	start = pieces[0].start
	return t.text[start:pieces[len(pieces)-1].end], start
}
