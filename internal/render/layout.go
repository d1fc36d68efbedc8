package render

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/yuin/goldmark/ast"
)

// layout puts the blocks of one post on lines. It is made for one render.
type layout struct {
	stopped func() error // tells whether, and why, to give up
	src     []byte
	theme   *Theme
	width   int
	visual  bool // right-to-left text is written in the order in which it is seen
	glamour glamour.RenderContext
	block   glamour.StylePrimitive // style of the block around the text

	lexer func(lang string) chroma.Lexer // or nil, of a language
	lexed time.Duration                  // spent in lexers

	pen    *pen
	frames []frame
	gap    int // blank lines due before the next line
	hr     []span

	headings []Heading
	links    []Link
	code     []Code
	notes    []Note
	anchors  []Anchor
	cells    []Cell
	starts   []int // first lines of the top-level blocks
	failed   []int // first lines of those that are shown as their source
	torn     []int // lines whose text goes on in the next without a space
	end      int   // lines of text, without footnotes and link targets

	targets []listed // of links, by number - 1
	numbers map[string]int
	refs    map[int][]int // links that refer to a footnote, by its number
	ids     map[string]int
}

// frame is what stands before the lines of a block inside another: a quote's
// bar, or an item's marker and then its indent. Both have the same width.
type frame struct {
	first, rest []span
	cells       int
	used        bool
	tag         string // the element of HTML that it is for, or ""
}

// minText is the least width for text, in cells: where indents would leave
// less, they are left out.
const minText = 4

func newLayout(ctx context.Context, src []byte, width int, theme *Theme) *layout {
	l := &layout{
		stopped: ctx.Err, src: src, theme: theme, width: width, lexer: lexers.Get,
		pen:     newPen(theme.tones, len(src)+len(src)/2),
		numbers: make(map[string]int),
		refs:    make(map[int][]int),
		ids:     make(map[string]int),
	}
	l.outermost()
	return l
}

// outermost returns to the style of text that is in no block.
func (l *layout) outermost() {
	s := &l.theme.styles
	l.block = overlay(s.Document.StylePrimitive, s.Text)
	l.glamour = glamour.NewRenderContext(glamour.Options{Styles: *s})
	l.enter()
}

// enter tells glamour of the block around the text; leave of its end.
func (l *layout) enter() {
	_ = l.element().Render(io.Discard, l.glamour) // writes to memory only
}

func (l *layout) leave() { _ = l.element().Finish(io.Discard, l.glamour) }

func (l *layout) element() *glamour.BlockElement {
	return &glamour.BlockElement{Block: &bytes.Buffer{}, Style: glamour.StyleBlock{StylePrimitive: l.block}}
}

// document lays out the top-level blocks, one at a time, so that a block that
// fails costs only its own looks, and then the footnotes and link targets.
func (l *layout) document(doc ast.Node) (*Page, error) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if err := l.stopped(); err != nil {
			return nil, fmt.Errorf("rendering stopped: %w", err)
		}
		l.safely(n, func() { l.node(n) })
	}
	return l.page(), nil
}

// safely runs draw for a block and, if it panics, takes back what it drew and
// shows the block's source as plain text.
func (l *layout) safely(n ast.Node, draw func()) {
	lines, headings, code, gap, torn := l.pen.lines(), len(l.headings), len(l.code), l.gap, len(l.torn)
	links, targets, anchors, cells := len(l.links), len(l.targets), len(l.anchors), len(l.cells)
	defer func() { l.starts = append(l.starts, l.pen.firstText(lines)) }()
	defer func() {
		if recover() == nil {
			return
		}
		l.pen.truncate(lines)
		l.headings, l.code, l.gap, l.frames = l.headings[:headings], l.code[:code], gap, nil
		l.torn, l.anchors, l.cells = l.torn[:torn], l.anchors[:anchors], l.cells[:cells]
		l.links, l.pen.targets = l.links[:links], l.pen.targets[:links]
		for _, t := range l.targets[targets:] {
			delete(l.numbers, t.label)
		}
		l.targets = l.targets[:targets]
		l.outermost()
		l.plainBlock(n)
		l.failed = append(l.failed, l.pen.firstText(lines))
	}()
	draw()
}

// page ends the layout.
func (l *layout) page() *Page {
	if l.notes == nil {
		l.end = l.pen.lines()
	}
	l.listTargets()
	for i := range l.anchors { // nothing may have followed
		l.anchors[i].Line = min(l.anchors[i].Line, max(l.pen.lines()-1, 0))
	}
	return &Page{
		Width: l.width, Lines: l.pen.strings(), End: l.end, Blocks: append(l.starts, l.pen.lines()),
		Headings: l.headings, Links: l.links, Code: l.code, Notes: l.notes, Cells: l.cells, Anchors: l.anchors, Failed: l.failed, Torn: l.torn,
	}
}

// blocks lays out the children of a container. What their HTML leaves open
// ends with it.
func (l *layout) blocks(parent ast.Node) {
	frames := len(l.frames)
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		l.node(n)
	}
	l.frames = l.frames[:frames]
}

// avail returns the width that the frames leave, in cells.
func (l *layout) avail() int {
	w := l.width
	for _, f := range l.frames {
		w -= f.cells
	}
	return w
}

// push starts a frame; pop ends it. If there is no room for the frame it has
// no width and shows nothing.
func (l *layout) push(first, rest []span) {
	l.flushGap()
	f := frame{first: first, rest: rest, cells: max(cellsOf(first), cellsOf(rest))}
	if l.avail()-f.cells < minText {
		f = frame{first: []span{}}
	}
	l.frames = append(l.frames, f)
}

// pop ends the innermost frame. An item without content still shows its marker.
func (l *layout) pop() {
	f := l.frames[len(l.frames)-1]
	if !f.used && f.first != nil && cellsOf(f.rest) > 0 && strings.TrimSpace(textOf(f.rest)) == "" {
		l.line(nil)
	}
	l.frames = l.frames[:len(l.frames)-1]
}

// pushTag starts a frame for an element of HTML, which popTag ends if no other
// frame is open inside it. Those nested beyond all measure get none, since
// every line asks all frames.
func (l *layout) pushTag(prefix []span, tag string) {
	if tag != "" && len(l.frames) > 2*maxNesting {
		return
	}
	l.push(prefix, prefix)
	l.frames[len(l.frames)-1].tag = tag
}

func (l *layout) popTag(tag string) {
	if n := len(l.frames); n > 0 && l.frames[n-1].tag == tag {
		l.frames = l.frames[:n-1]
		l.space(1)
	}
}

// space asks for at least n blank lines before what comes next, unless it
// comes first.
func (l *layout) space(n int) { l.gap = max(l.gap, n) }

func (l *layout) flushGap() {
	n := l.gap
	l.gap = 0
	if l.pen.lines() == 0 || l.fresh() {
		return
	}
	for range n {
		l.line(nil)
	}
}

// nextLine returns the index of the line that comes next, behind the gap.
func (l *layout) nextLine() int {
	if l.pen.lines() == 0 || l.fresh() {
		return l.pen.lines()
	}
	return l.pen.lines() + l.gap
}

// fresh tells whether the innermost frame has no line yet, so that no blank
// line is due inside it.
func (l *layout) fresh() bool {
	return len(l.frames) > 0 && !l.frames[len(l.frames)-1].used && l.frames[len(l.frames)-1].first != nil
}

// line writes a line inside the frames.
func (l *layout) line(spans []span) {
	if l.gap > 0 && len(spans) > 0 {
		l.flushGap()
	}
	prefix := l.prefix()
	all := trimRight(append(prefix, spans...))
	l.place(l.pen.lines(), all)
	for _, s := range all {
		l.pen.write(s)
	}
	l.pen.endLine()
}

// prefix returns what the frames put before the next line.
func (l *layout) prefix() []span {
	var out []span
	for i := range l.frames {
		f := &l.frames[i]
		if f.used {
			out = append(out, f.rest...)
		} else {
			out = append(out, f.first...)
			f.used = true
		}
	}
	return out
}

// place remembers where the links of a line are.
func (l *layout) place(line int, spans []span) {
	column := 0
	for i := 0; i < len(spans); {
		j := i + 1
		for j < len(spans) && spans[j].link == spans[i].link {
			j++
		}
		width := cellsOf(spans[i:j])
		if id := spans[i].link; id > 0 && id <= len(l.links) {
			at := &l.links[id-1].At
			*at = append(*at, Place{line, column, width})
		}
		column += width
		i = j
	}
}

// trimRight drops the spaces at the end of a line.
func trimRight(spans []span) []span {
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		if text := strings.TrimRight(last.text, " "); text != "" {
			last.text = text
			break
		}
		spans = spans[:len(spans)-1]
	}
	return spans
}

// text wraps spans into the frames.
func (l *layout) text(spans []span) {
	l.flushGap()
	rtl := l.visual && rightToLeft(spans)
	wrap(spans, l.avail(), func(line []span, torn bool) {
		if torn {
			l.torn = append(l.torn, l.pen.lines())
		}
		if l.visual {
			line = visual(line, rtl)
		}
		if rtl && len(l.frames) == 0 {
			line = append([]span{{text: strings.Repeat(" ", max(l.avail()-cellsOf(line), 0))}}, line...)
		}
		l.line(line)
	})
}
