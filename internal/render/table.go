package render

import (
	"slices"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	extast "github.com/yuin/goldmark/extension/ast"
)

// grid is a table's content as spans.
type grid struct {
	head    [][]span
	rows    [][][]span
	align   []extast.Alignment
	natural []int // width of a column's widest line, in cells
	least   []int // width of a column's widest word, in cells
}

// Layout of tables: the gap between columns, the least width a column is
// shrunk to when its words are longer, and the columns beyond which a table
// is always shown as cards, all in cells or columns.
const (
	columnGap  = 2
	longWord   = 24
	maxColumns = 24
	longHead   = 60 // cells of a head that cards repeat for each row
)

// table lays out a table of Markdown.
func (l *layout) table(n *extast.Table) {
	if g := l.readTable(n); len(g.align) > 0 {
		l.grid(g)
	}
}

// grid lays out a table: as columns that fit, else as one card for each row.
func (l *layout) grid(g *grid) {
	l.space(1)
	l.flushGap()
	if widths := g.fit(l.avail()); widths != nil && !l.theme.marks.linear {
		l.columns(g, widths)
	} else {
		l.cards(g)
	}
	l.space(1)
}

// readTable reads a table. All its cells are painted before any is placed.
func (l *layout) readTable(n *extast.Table) *grid {
	g := &grid{align: n.Alignments}
	g.natural, g.least = make([]int, len(g.align)), make([]int, len(g.align))
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		row := make([][]span, 0, len(g.align))
		read := func() {
			for c := r.FirstChild(); c != nil && len(row) < len(g.align); c = c.NextSibling() {
				row = append(row, l.spans(c))
			}
		}
		if _, head := r.(*extast.TableHeader); head {
			l.inBlock(glamour.StylePrimitive{Bold: new(true)}, read)
			g.head = row
		} else {
			l.inBlock(l.theme.styles.Table.StylePrimitive, read)
			g.rows = append(g.rows, row)
		}
		for i, cell := range row {
			g.measure(i, cell)
		}
	}
	return g
}

// measure widens column i for a cell.
func (g *grid) measure(i int, cell []span) {
	text := make([]string, len(cell))
	for j, s := range cell {
		text[j] = s.text
	}
	for line := range strings.SplitSeq(strings.Join(text, ""), "\n") {
		g.natural[i] = max(g.natural[i], cells(line))
		for word := range strings.FieldsSeq(line) {
			g.least[i] = max(g.least[i], min(cells(word), longWord))
		}
	}
	g.natural[i], g.least[i] = max(g.natural[i], 1), max(g.least[i], 1)
}

// fit returns the widths of the columns in a table of at most avail cells, or
// nil if they cannot be that narrow without tearing words. Columns that need
// less than an equal share get what they need, and the others share the rest.
func (g *grid) fit(avail int) []int {
	avail -= columnGap * (len(g.align) - 1)
	total := 0
	for _, w := range g.least {
		total += w
	}
	if len(g.align) > maxColumns || total > avail {
		return nil
	}
	widths := append([]int(nil), g.least...)
	for left := avail - total; left > 0; {
		hungry := 0
		for i, w := range widths {
			if w < g.natural[i] {
				hungry++
			}
		}
		if hungry == 0 {
			break
		}
		share := max(left/hungry, 1)
		for i := range widths {
			more := min(share, g.natural[i]-widths[i], left)
			widths[i] += more
			left -= more
		}
	}
	return widths
}

// columns draws the table with a head, a rule under each column, and an empty
// line between rows if one of them takes several lines.
func (l *layout) columns(g *grid, widths []int) {
	if !blank(g.head) {
		l.row(g, g.head, widths)
		var rule []span
		for i, w := range widths {
			if i > 0 {
				rule = append(rule, span{text: strings.Repeat(" ", columnGap)})
			}
			rule = append(rule, span{text: strings.Repeat(l.theme.marks.rule, min(w, maxColumn)), ink: l.theme.rule})
		}
		l.line(rule)
	}
	tall := false
	for _, row := range g.rows {
		for i, cell := range row {
			wrap(cell, widths[i], func(line []span, _ bool) { tall = tall || len(line) > 0 && cellsOf(cell) > widths[i] })
		}
	}
	for i, row := range g.rows {
		if tall && i > 0 {
			l.line(nil)
		}
		l.row(g, row, widths)
	}
}

func blank(row [][]span) bool {
	for _, cell := range row {
		if len(cell) > 0 {
			return false
		}
	}
	return true
}

// row draws one row, each cell wrapped in its column.
func (l *layout) row(g *grid, row [][]span, widths []int) {
	columns := make([][][]span, len(widths))
	says := make([]Cell, len(widths))
	height := 0
	for i := range widths {
		if i < len(row) {
			rtl := l.visual && rightToLeft(row[i])
			wrap(row[i], widths[i], func(line []span, torn bool) {
				line = slices.Clone(line)
				if l.visual {
					line = visual(line, rtl)
				}
				columns[i] = append(columns[i], line)
				says[i] = append(says[i], CellLine{Torn: torn})
			})
		}
		height = max(height, len(columns[i]))
	}
	for y := range height {
		var line []span
		column := l.width - l.avail()
		for i, w := range widths {
			var cell []span
			if y < len(columns[i]) {
				cell = columns[i][y]
			}
			if i > 0 {
				line = append(line, span{text: strings.Repeat(" ", columnGap)})
			}
			cells := cellsOf(cell)
			before, after := pad(g.align[i], w-cells)
			line = append(line, span{text: before})
			line = append(line, cell...)
			line = append(line, span{text: after})
			if y < len(says[i]) {
				says[i][y].Place = Place{l.pen.lines(), column + len(before), cells}
			}
			column += w + columnGap
		}
		l.line(line)
	}
	if height > 1 {
		for _, c := range says {
			l.budget.take(&l.budget.kept, keptCell+len(c)*keptCellLine)
		}
		l.cells = append(l.cells, slices.DeleteFunc(says, func(c Cell) bool { return len(c) == 0 })...)
	}
}

// pad returns the spaces on both sides of a cell that is n cells too narrow.
func pad(align extast.Alignment, n int) (before, after string) {
	n = max(n, 0)
	left := 0
	switch align {
	case extast.AlignRight:
		left = n
	case extast.AlignCenter:
		left = n / 2
	case extast.AlignLeft, extast.AlignNone:
	}
	return spaces(left), spaces(n - left)
}

// cards draws each row as a block of its own: every cell under, or beside,
// the head of its column.
func (l *layout) cards(g *grid) {
	widest := 0
	for i, head := range g.head {
		g.head[i] = cut(head, longHead)
		widest = max(widest, cellsOf(g.head[i]))
	}
	beside := widest > 0 && widest <= l.avail()/3
	for r, row := range g.rows {
		if r > 0 {
			l.shortRule("")
		}
		for i, cell := range row {
			if len(cell) == 0 {
				continue
			}
			var head []span
			if i < len(g.head) {
				head = g.head[i]
			}
			l.field(head, cell, widest, beside)
		}
	}
	if len(g.rows) == 0 {
		for _, head := range g.head {
			l.text(head)
		}
	}
}

func (l *layout) field(head, cell []span, widest int, beside bool) {
	indent := []span{{text: "  "}}
	if l.theme.marks.linear && len(head) > 0 {
		l.text(append(append(slices.Clip(head), span{text: ": "}), cell...))
		return
	}
	if !beside {
		if len(head) > 0 {
			l.text(head)
		}
		l.push(indent, indent)
	} else {
		fill := span{text: spaces(widest - cellsOf(head) + columnGap)}
		first := append(append([]span(nil), head...), fill)
		l.push(first, []span{{text: spaces(widest + columnGap)}})
	}
	l.text(cell)
	l.pop()
}
