package render

import (
	"slices"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// grid is a table's content as spans. A cell that the one before it reaches over is nil.
type grid struct {
	head    [][]span
	rows    [][][]span
	align   []extast.Alignment
	doubled bool  // what is ambiguous in width takes two cells
	natural []int // width of a column's widest line, in cells
	pushed  []int // by how many cells a line may be pushed beyond the gap, see takenBack
	reach   []int // how far the lines then reach
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
	if widths := g.fit(l.avail()); widths != nil && !l.symbols.linear {
		l.columns(g, widths)
	} else {
		l.cards(g)
	}
	l.space(1)
}

// readTable reads a table. All its cells are painted before any is placed.
func (l *layout) readTable(n *extast.Table) *grid {
	g := &grid{doubled: l.theme.Doubles()}
	g.aligned(n.Alignments)
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		row := make([][]span, 0, min(len(g.align), r.ChildCount()))
		read := func() {
			for c := r.FirstChild(); c != nil && len(row) < len(g.align); c = c.NextSibling() {
				cell := trimRight(l.spans(c))
				if _, over := c.AttributeString(markdown.Covered); !over && cell == nil {
					cell = []span{}
				}
				row = append(row, cell)
			}
		}
		if _, head := r.(*extast.TableHeader); head {
			l.inBlock(glamour.StylePrimitive{Bold: new(true)}, read)
			g.head = row
		} else {
			l.inBlock(l.theme.Page.Table.StylePrimitive, read)
			g.rows = append(g.rows, row)
		}
		for i, cell := range row {
			if reach(row, i) == 1 {
				g.measure(i, cell)
			}
		}
	}
	for _, row := range append([][][]span{g.head}, g.rows...) {
		for i := range row {
			if n := reach(row, i); n > 1 {
				g.widen(i, n, row[i])
			}
		}
	}
	return g
}

// reach returns how many columns the cell at i takes: none if another reaches over it.
func reach(row [][]span, i int) (n int) {
	for i+n < len(row) && (row[i+n] == nil) == (n > 0) {
		n++
	}
	return n
}

// widen widens the last of n columns for a cell that takes them all.
func (g *grid) widen(i, n int, cell []span) {
	alone := grid{doubled: g.doubled}
	alone.aligned(make([]extast.Alignment, 1))
	alone.measure(0, cell)
	natural, least := alone.natural[0]-columnGap*(n-1), alone.least[0]-columnGap*(n-1)
	last := i + n - 1
	for ; i < last; i++ {
		natural -= g.natural[i]
		least -= g.least[i]
	}
	g.natural[last], g.least[last] = max(g.natural[last], natural), max(g.least[last], least)
}

// aligned gives the grid columns, all of which are still empty.
func (g *grid) aligned(columns []extast.Alignment) {
	n := len(columns)
	widths := make([]int, 4*n) //ledger:counted as many as a row has cells, of which there is a budget
	g.align = columns
	g.natural, g.least, g.pushed, g.reach = widths[:n], widths[n:2*n], widths[2*n:3*n], widths[3*n:]
	for i := range 2 * n {
		widths[i] = 1
	}
}

// measure widens column i for a cell.
func (g *grid) measure(i int, cell []span) {
	for line := range strings.SplitSeq(joined(cell), "\n") {
		line = strings.Trim(line, " ")
		g.natural[i] = max(g.natural[i], g.cells(line))
		if more := takenBack(line) + 1 - columnGap; more > 0 && !g.doubled {
			g.pushed[i] = max(g.pushed[i], more)
			g.reach[i] = max(g.reach[i], textwidth.Of(line)+more)
		}
		for word := range strings.FieldsSeq(line) {
			g.least[i] = max(g.least[i], min(g.cells(word), longWord))
		}
	}
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
	gaps := g.gaps(widths, l.avail())
	if !blank(g.head) {
		l.row(g, g.head, widths, gaps)
		var rule []span
		for i, w := range widths {
			if i > 0 {
				rule = append(rule, span{text: spaces(gaps[i-1])})
			}
			rule = append(rule, span{text: strings.Repeat(l.symbols.rule, min(w, maxColumn)), style: l.theme.Rule})
		}
		l.line(rule)
	}
	tall := false
	for _, row := range g.rows {
		for i, cell := range row {
			if room := cellRoom(row, i, widths, gaps); room > 0 {
				lines := 0
				wrap(cell, room, g.doubled, func([]span, bool) { lines++ })
				tall = tall || lines > 1
			}
		}
	}
	for i, row := range g.rows {
		if tall && i > 0 {
			l.line(nil)
		}
		l.row(g, row, widths, gaps)
	}
}

// cellRoom returns the width of the cell at i, or 0 if another reaches over it.
func cellRoom(row [][]span, i int, widths, gaps []int) (room int) {
	for j := range reach(row, i) {
		if room += widths[i+j]; j > 0 {
			room += gaps[i+j-1]
		}
	}
	return room
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
func (l *layout) row(g *grid, row [][]span, widths, gaps []int) {
	columns := make([][][]span, len(widths))
	says := make([]Cell, len(widths))
	height := 0
	for i := range widths {
		if i < len(row) && row[i] != nil {
			l.wrap(row[i], cellRoom(row, i, widths, gaps), func(line []span, torn bool) {
				if len(columns[i]) > 0 { // all are held before the first is written, which takes for that
					l.budget.take(&l.budget.memory, costOfWritten+len(line)*costOfSpan)
				}
				columns[i] = append(columns[i], slices.Clone(line))
				says[i] = append(says[i], CellLine{Torn: torn})
			})
		}
		height = max(height, len(columns[i]))
	}
	for y := range height {
		var line []span
		column := l.width - l.avail()
		for i, w := range widths {
			if i < len(row) {
				w = cellRoom(row, i, widths, gaps)
			}
			if w == 0 {
				continue
			}
			var cell []span
			if y < len(columns[i]) {
				cell = columns[i][y]
			}
			if i > 0 {
				line = append(line, span{text: spaces(gaps[i-1])})
				column += gaps[i-1]
			}
			cells := cellsOf(cell)
			wider := g.cells(joined(cell)) - textwidth.Of(joined(cell))
			before, after := pad(g.align[i], w-cells-wider)
			after += spaces(wider) // for the terminal to take back
			line = append(line, span{text: before})
			line = append(line, cell...)
			line = append(line, span{text: after})
			if y < len(says[i]) {
				says[i][y].Place = Place{l.writer.lines(), column + len(before), cells}
			}
			column += w
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
		widest = max(widest, g.cells(joined(g.head[i])))
	}
	beside := widest > 0 && widest <= l.avail()/3
	filled := slices.DeleteFunc(slices.Clone(g.rows), blank)
	for r, row := range filled {
		if r > 0 {
			l.shortRule("")
		}
		for i, cell := range row {
			if len(cell) == 0 {
				continue
			}
			var head []span
			for j := min(i, len(g.head)-1); j >= 0 && head == nil; j-- {
				head = g.head[j]
			}
			l.field(head, cell, widest, beside)
		}
	}
	if len(filled) == 0 {
		for _, head := range g.head {
			l.text(head)
		}
	}
}

func (l *layout) field(head, cell []span, widest int, beside bool) {
	two := []span{{text: "  "}}
	if l.symbols.linear && len(head) > 0 {
		l.text(append(append(slices.Clip(head), span{text: ": "}), cell...))
		return
	}
	if !beside {
		if len(head) > 0 {
			l.text(head)
		}
		l.push(two, two)
	} else {
		fill := span{text: spaces(widest - cellsOf(head) + columnGap)}
		first := append(append([]span(nil), head...), fill)
		l.push(first, []span{{text: spaces(widest + columnGap)}})
	}
	l.text(cell)
	l.pop()
}
