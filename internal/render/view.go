package render

import (
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Overflow returns by how many cells the code can be scrolled sideways: 0 if
// all of it is on the page.
func (c *Code) Overflow() int { return max(c.Cells-c.room, 0) }

// View returns the lines of the code block as they stand on the page when its
// code is scrolled offset cells to the right; line i takes the place of the
// page's line First+i. Without an overflow there is nothing to scroll and View
// returns nil.
func (c *Code) View(offset int) []string {
	if c.full == nil {
		return nil
	}
	offset = min(max(offset, 0), c.Overflow())
	// The lines hold the colours of their profile already, and true colour
	// leaves them as they are.
	p := newPen(&tones{profile: colorprofile.TrueColor}, 0)
	for i, line := range c.full {
		prefix := c.rest
		if i == 0 {
			prefix = c.before
		}
		spans := appendStyled(nil, prefix, 0)
		spans = append(spans, span{text: strings.Repeat(" ", max(c.indent-cellsOf(spans), 0))})
		spans = append(spans, c.window(appendStyled(nil, line, 0), offset)...)
		for _, s := range trimRight(spans) {
			p.write(s)
		}
		p.endLine()
	}
	return p.strings()
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
	pad := strings.Repeat(" ", max(c.room-1-cellsOf(out), 0)) // where a wide character was cut
	return append(out, span{text: pad}, c.cut("›"))
}

func (c *Code) cut(mark string) span { return span{text: mark, ink: c.mark} }

// clip cuts spans to at most width cells.
func clip(spans []span, width int) []span {
	out := make([]span, 0, len(spans)+2)
	for _, s := range spans {
		n := cells(s.text)
		if n > width {
			s.text = ansi.Truncate(s.text, max(width, 0), "")
			return append(out, s)
		}
		width -= n
		out = append(out, s)
	}
	return out
}

// skip cuts the first n cells off spans. Half of a wide character is a space.
func skip(spans []span, n int) []span {
	for i, s := range spans {
		w := cells(s.text)
		if w <= n {
			n -= w
			continue
		}
		for n > 0 {
			cluster, w := ansi.FirstGraphemeCluster(s.text, ansi.GraphemeWidth)
			s.text = s.text[len(cluster):]
			if n -= w; n < 0 {
				s.text = " " + s.text
			}
		}
		return append([]span{s}, spans[i+1:]...)
	}
	return nil
}
