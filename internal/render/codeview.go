package render

import (
	"slices"
	"sort"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// Overflow returns by how many cells the code can be scrolled sideways: 0 if
// all of it is on the page.
func (c *Code) Overflow() int { return max(c.Cells-c.room, 0) }

// View returns the lines of the code block as they stand on the page when its
// code is scrolled offset cells to the right; line i takes the place of the
// page's line First+i. Without an overflow there is nothing to scroll and there are
// none.
func (c *Code) View(offset int) Lines {
	if c.wide == nil {
		return Lines{}
	}
	offset = min(max(offset, 0), c.Overflow())
	w := newWriter(c.theme, 0)
	for i := range c.wide {
		spans := append(c.prefix(i), c.window(c.full.line(i), offset)...)
		for _, s := range trimRight(spans) {
			w.write(s)
		}
		w.endLine()
	}
	return w.page()
}

// Text returns what a line of the page says, without styling. Of code that is
// cut it returns all.
func (p *Page) Text(line int) string {
	if i, ok := p.CodeAt(line); ok && p.Code[i].wide != nil {
		return p.Code[i].text(line - p.Code[i].First)
	}
	return ansi.Strip(p.Lines.At(line))
}

// CodeAt returns the index of the code block that a line belongs to.
func (p *Page) CodeAt(line int) (int, bool) {
	i := sort.Search(len(p.Code), func(i int) bool { return p.Code[i].Last >= line })
	return i, i < len(p.Code) && p.Code[i].First <= line
}

// text returns all of a line, as it stands on the page unscrolled.
func (c *Code) text(i int) string {
	return textOf(c.prefix(i)) + textOf(c.full.line(i))
}

// prefix returns what stands before the code in a line of the block.
func (c *Code) prefix(i int) []span {
	prefix := c.rest
	if i == 0 {
		prefix = c.before
	}
	return append(slices.Clip(prefix), span{text: spaces(c.indent - cellsOf(prefix))})
}

// Seen returns where a place in the Text of one of the block's lines is on the
// screen when the code is scrolled offset cells to the right. What is not to be
// seen of it is left out: it has no cells if that is all.
func (c *Code) Seen(at Place, offset int) Place {
	if c.wide == nil {
		return at
	}
	from, to := offset, offset+c.room
	if offset > 0 {
		from++ // there is a mark
	}
	if c.wide[at.Line-c.First] > to {
		to--
	}
	start := at.Column - c.indent
	end := min(start+at.Cells, to)
	start = max(start, from)
	return Place{at.Line, c.indent + start - offset, max(end-start, 0)}
}

// Reveal returns how far the code has to be scrolled for a place in the Text of
// one of its lines to be seen, with what comes before it if there is room: not at
// all, if that will do.
func (c *Code) Reveal(at Place) int {
	if c.Seen(at, 0).Cells == at.Cells {
		return 0
	}
	start := at.Column - c.indent
	last := start + at.Cells + 1 - c.room // to see its end
	return min(max(start-c.room/3, last, 0), max(start-1, 0), c.Overflow())
}

// window cuts the cells from offset on out of a line, with a mark on each
// side where more of it is.
func (c *Code) window(line []span, offset int) []span {
	width := cellsOf(line)
	left, room := offset, c.room
	var out []span
	if offset > 0 && width > 0 {
		out = append(out, c.cut("‹"))
		left++
		room--
	}
	if width <= left+room {
		return append(out, clip(skip(line, left), room)...)
	}
	out = append(out, clip(skip(line, left), room-1)...)
	pad := spaces(c.room - 1 - cellsOf(out)) // where a wide character was cut
	return append(out, span{text: pad}, c.cut("›"))
}

func (c *Code) cut(mark string) span { return span{text: mark, style: c.theme.Quiet} }

// clip cuts spans to at most width cells.
func clip(spans []span, width int) []span {
	out := make([]span, 0, len(spans)+2)
	for _, s := range spans {
		n := textwidth.Of(s.text)
		if n > width {
			s.text = textwidth.Truncate(s.text, max(width, 0), "")
			return append(out, s)
		}
		width -= n
		out = append(out, s)
	}
	return out
}

// cut cuts spans to at most width cells, with an ellipsis if there was more.
func cut(spans []span, width int) []span {
	if cellsOf(spans) <= width || width < 1 {
		return spans
	}
	out := clip(spans, width-1)
	last := &out[len(out)-1]
	last.text = strings.TrimRight(last.text, " ") + "…"
	return out
}

// skip cuts the first n cells off spans. Half of a wide character is a space.
func skip(spans []span, n int) []span {
	for i, s := range spans {
		w := textwidth.Of(s.text)
		if w <= n {
			n -= w
			continue
		}
		for n > 0 {
			cluster, w := textwidth.First(s.text)
			s.text = s.text[len(cluster):]
			if n -= w; n < 0 {
				s.text = " " + s.text
			}
		}
		return append([]span{s}, spans[i+1:]...)
	}
	return nil
}
