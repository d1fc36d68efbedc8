package render

import (
	"slices"
	"strings"
	"time"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/theme"
)

// layout puts the blocks of one post on lines. It is made for one render.
type layout struct {
	budget  *budget
	tree    *markdown.Tree
	theme   *theme.Theme
	symbols symbols
	width   int
	site    string                 // URL of the website's root, or ""
	visual  bool                   // right-to-left text is written in the order in which it is seen
	block   glamour.StylePrimitive // style of the block around the text

	lexer func(lang string) chroma.Lexer // or nil, of a language
	lexed time.Duration                  // spent in lexers

	writer  *writer
	indents []indent
	gap     int // blank lines due before the next line
	hr      []span

	headings []Heading
	links    []Link
	code     []Code
	notes    []Note
	anchors  []Anchor
	cells    []Cell
	marks    []Mark
	starts   []int // first lines of the top-level blocks
	sums     []uint64
	failed   []int // first lines of those that are shown as their source
	notices  []Notice
	panics   []failure
	unparsed string // source behind src that was not parsed
	torn     []int  // lines whose text goes on in the next without a space
	end      int    // lines of text, without footnotes and link targets

	targets  []listed                   // of links, by number - 1
	reserved struct{ lines, bytes int } // taken for the list of the targets
	numbers  map[string]int
	ids      map[string]int
}

// indent is what stands before the lines of a block inside another: a quote's
// bar, or an item's marker and then its indent. Both have the same width.
type indent struct {
	first, rest []span
	cells       int
	used        bool
}

// minText is the least width for text, in cells: where indents would leave
// less, they are left out.
const minText = 4

func newLayout(b *budget, tree *markdown.Tree, width int, t *theme.Theme) *layout {
	l := &layout{
		budget: b, tree: tree, theme: t, width: width, symbols: symbolsOf(t.Profile), lexer: boundLexers().Get,
		writer:  newWriter(t, len(tree.Source)*3/2),
		numbers: make(map[string]int),
		ids:     make(map[string]int),
	}
	l.outermost()
	return l
}

// outermost returns to the style of text that is in no block.
func (l *layout) outermost() {
	s := &l.theme.Page
	l.block = theme.Over(s.Document.StylePrimitive, s.Text)
}

// document lays out the top-level blocks, one at a time, so that a block that
// fails costs only its own looks, and then the footnotes and link targets. What
// there is no budget for is shown as its source.
func (l *layout) document(doc ast.Node) *Page {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		l.budget.Checkpoint()
		if _, notes := n.(*extast.FootnoteList); notes && l.unparsed != "" {
			l.rest(len(l.tree.Source))
		}
		if !l.safely(n, func() { l.node(n) }) {
			l.spentAt(n)
			return l.page()
		}
	}
	if l.unparsed != "" {
		l.rest(len(l.tree.Source))
	}
	return l.page()
}

// safely runs draw for a block. If it panics, it takes back what it drew and
// shows the block's source as it is written. It reports false, and has drawn
// nothing, if the budget does not suffice.
func (l *layout) safely(n ast.Node, draw func()) bool {
	before := *l
	lines := l.writer.lines()
	failure, stack := contained(draw)
	switch failure.(type) {
	case nil:
	case markdown.Halt:
		panic(failure)
	case spent:
		l.takeBack(&before, lines)
		return false
	default:
		l.takeBack(&before, lines)
		l.report(failure, stack)
		if !affords(func() { l.verbatim(n) }) {
			l.takeBack(&before, lines)
			return false
		}
		l.failed = append(l.failed, l.writer.firstText(lines))
	}
	l.began(l.writer.firstText(lines), l.tree.Sum(n))
	return true
}

// began notes where a top-level block has begun, and the sum of what it says.
func (l *layout) began(line int, sum uint64) {
	l.starts, l.sums = append(l.starts, line), append(l.sums, sum)
}

// What stands for the sums of blocks that are none of the author's: the source of what is shown as
// that, and the list of link targets.
const (
	sumOfSource = iota + 1
	sumOfTargets
)

// maxPanics is how many panics of one render are told.
const maxPanics = 4

func (l *layout) report(value any, stack []byte) {
	if _, ok := value.(spent); !ok && len(l.panics) < maxPanics {
		l.panics = append(l.panics, failureOf(value, stack))
	}
}

// takeBack returns to what the layout was when it had that many lines.
func (l *layout) takeBack(before *layout, lines int) {
	for _, t := range l.targets[len(before.targets):] {
		delete(l.numbers, t.label)
	}
	panics, lexed, reserved := l.panics, l.lexed, l.reserved
	*l = *before
	l.panics, l.lexed, l.reserved = panics, lexed, reserved
	l.writer.truncate(lines)
	l.writer.targets = l.writer.targets[:len(l.links)]
}

// page ends the layout.
func (l *layout) page() *Page {
	if l.notes == nil {
		l.end = l.writer.lines()
	}
	if !affords(l.listTargets) {
		l.budget.lines, l.budget.kept, l.budget.memory = 100, keptNotice, 1<<20
		l.indents = nil
		l.notice(noMoreTargets, len(l.tree.Source))
	}
	for i := range l.anchors { // nothing may have followed
		l.anchors[i].Line = min(l.anchors[i].Line, max(l.writer.lines()-1, 0))
	}
	what := ""
	if len(l.panics) > 0 {
		what = l.panics[0].what
	}
	return &Page{
		Width: l.width, Lines: l.writer.page(), End: l.end, Blocks: append(l.starts, l.writer.lines()), Sums: append(l.sums, 0),
		// Without the room in which they have grown.
		Headings: slices.Clone(l.headings), Links: slices.Clone(l.links), Code: slices.Clone(l.code), Notes: slices.Clone(l.notes),
		Cells: slices.Clone(l.cells), Marks: slices.Clone(l.marks), Anchors: slices.Clone(l.anchors), Failed: slices.Clone(l.failed), Torn: slices.Clone(l.torn),
		Notices: l.notices, Panic: what, panics: l.panics,
	}
}

// blocks lays out the children of a container.
func (l *layout) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		l.node(n)
	}
}

// avail returns the width that the indents leave, in cells.
func (l *layout) avail() int {
	w := l.width
	for _, f := range l.indents {
		w -= f.cells
	}
	return w
}

// push starts an indent; pop ends it. If there is no room for the indent it has
// no width and shows nothing.
func (l *layout) push(first, rest []span) {
	l.flushGap()
	f := indent{first: first, rest: rest, cells: max(cellsOf(first), cellsOf(rest))}
	if l.avail()-f.cells < minText {
		f = indent{first: []span{}}
	}
	l.indents = append(l.indents, f)
}

// pop ends the innermost indent. An item without content still shows its marker.
func (l *layout) pop() {
	f := l.indents[len(l.indents)-1]
	if !f.used && f.first != nil && cellsOf(f.rest) > 0 && strings.TrimSpace(textOf(f.rest)) == "" {
		l.line(nil)
	}
	l.indents = l.indents[:len(l.indents)-1]
}

// space asks for at least n blank lines before what comes next, unless it
// comes first.
func (l *layout) space(n int) { l.gap = max(l.gap, n) }

func (l *layout) flushGap() {
	n := l.gap
	l.gap = 0
	if l.writer.lines() == 0 || l.fresh() {
		return
	}
	for range n {
		l.line(nil)
	}
}

// nextLine returns the index of the line that comes next, behind the gap.
func (l *layout) nextLine() int {
	if l.writer.lines() == 0 || l.fresh() {
		return l.writer.lines()
	}
	return l.writer.lines() + l.gap
}

// fresh reports whether the innermost indent has no line yet, so that no blank
// line is due inside it.
func (l *layout) fresh() bool {
	return len(l.indents) > 0 && !l.indents[len(l.indents)-1].used && l.indents[len(l.indents)-1].first != nil
}

// line writes a line inside the indents.
func (l *layout) line(spans []span) {
	if l.gap > 0 && len(spans) > 0 {
		l.flushGap()
	}
	prefix := l.prefix()
	all := trimRight(append(prefix, spans...))
	l.lineCost(all)
	l.locate(l.writer.lines(), all)
	for _, s := range all {
		l.writer.write(s)
	}
	l.writer.endLine()
}

// lineCost takes what a line needs.
func (l *layout) lineCost(spans []span) {
	size := keptLine
	for _, s := range spans {
		size += len(s.text) + escapes
		if s.link != 0 {
			size += keptPlace
		}
	}
	l.budget.take(&l.budget.lines, 1)
	l.budget.take(&l.budget.kept, size)
	l.budget.take(&l.budget.memory, costOfWritten+len(spans)*costOfSpan)
}

// prefix returns what the indents put before the next line.
func (l *layout) prefix() []span {
	var out []span
	for i := range l.indents {
		f := &l.indents[i]
		if f.used {
			out = append(out, f.rest...)
		} else {
			out = append(out, f.first...)
			f.used = true
		}
	}
	return out
}

// locate remembers where the links of a line are, and the marks beside words.
func (l *layout) locate(line int, spans []span) {
	column := 0
	for i := 0; i < len(spans); {
		j := i + 1
		for j < len(spans) && spans[j].link == spans[i].link {
			j++
		}
		width := cellsOf(spans[i:j])
		if spans[i].link&added != 0 {
			l.marks = append(l.marks, Mark{uint16(line), uint16(column), uint16(width)}) //nolint:gosec // a page has fewer than 2^16 lines, and they cells
		}
		if id := spans[i].target(); id > 0 && id <= len(l.links) {
			at := &l.links[id-1].At
			if n := len(*at); n > 0 && (*at)[n-1].Line == line && (*at)[n-1].Column+(*at)[n-1].Cells == column {
				(*at)[n-1].Cells += width
			} else {
				*at = append(*at, Place{line, column, width})
			}
		}
		column += width
		i = j
	}
}

// trimRight drops the spaces and breaks at the end of a line.
func trimRight(spans []span) []span {
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		if text := strings.TrimRight(last.text, " \n"); text != "" {
			last.text = text
			break
		}
		spans = spans[:len(spans)-1]
	}
	return spans
}

// text wraps spans into the indents.
func (l *layout) text(spans []span) {
	l.flushGap()
	rtl := l.visual && rightToLeft(spans)
	l.wrap(spans, l.avail(), func(line []span, torn bool) {
		if torn {
			l.budget.take(&l.budget.kept, keptTorn)
			l.torn = append(l.torn, l.writer.lines())
		}
		if rtl && len(l.indents) == 0 {
			line = append([]span{{text: spaces(l.avail() - cellsOf(line))}}, line...)
		}
		l.line(line)
	})
}
