package reader

import (
	"sort"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
)

// pageText is what a page says, as one text in which to find things: without
// what stands before its lines, with the code that is cut, and with words whole
// that are torn apart where a line ends.
type pageText struct {
	text  string
	lines []textLine // of the page

	at, column int // where measuring has come to, in the line that holds at
}

// textLine is where a line of the page stands in the text, in bytes, and how many
// cells of the line come before.
type textLine struct{ start, end, column int }

// frameMarks are what stands before the lines of quotes, alerts and code.
const frameMarks = " │┃▌▎"

func textOf(page *render.Page) *pageText {
	t := &pageText{lines: make([]textLine, len(page.Lines))}
	var b strings.Builder
	torn := page.Torn
	for i := range page.Lines {
		line := page.Text(i)
		said := strings.TrimLeft(line, frameMarks)
		start := b.Len()
		b.WriteString(said)
		t.lines[i] = textLine{start, b.Len(), widthOf(line[:len(line)-len(said)])}
		if len(torn) > 0 && torn[0] == i {
			torn = torn[1:]
			continue
		}
		b.WriteByte('\n')
	}
	t.text = b.String()
	return t
}

// places tells which cells of the page a part of the text takes.
func (t *pageText) places(at library.Span) hit {
	var h hit
	first := sort.Search(len(t.lines), func(i int) bool { return t.lines[i].end > at.Start })
	for i := first; i < len(t.lines) && t.lines[i].start < at.End; i++ {
		l := &t.lines[i]
		from := max(at.Start, l.start)
		inside := strings.TrimRight(t.text[from:max(min(at.End, l.end), from)], " ")
		if inside == "" {
			continue
		}
		h = append(h, render.Place{Line: i, Column: t.columnOf(l, from), Cells: widthOf(inside)})
	}
	return h
}

// columnOf returns the column of a byte of a line. It goes on from where it was
// asked before: a line may be long, and have thousands of matches.
func (t *pageText) columnOf(l *textLine, at int) int {
	if t.at < l.start || t.at > at {
		t.at, t.column = l.start, l.column
	}
	t.column += widthOf(t.text[t.at:at])
	t.at = at
	return t.column
}

// block returns the text from one line of the page to before another, and where
// it starts.
func (t *pageText) block(from, to int) (text string, start int) {
	start = t.lines[from].start
	return t.text[start:t.lines[to-1].end], start
}
