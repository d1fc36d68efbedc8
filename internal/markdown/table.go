package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// boundedTables reads tables as long as there are cells left: a head of 10,000 columns
// over 10,000 short lines is small in bytes, but the parser fills in 100
// million cells.
type boundedTables struct {
	parser.ParagraphTransformer
	budget parser.ContextKey
}

func (t boundedTables) Transform(n *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines, src := n.Lines(), reader.Source()
	columns, widest, rules, framed := 0, 0, 0, true
	for i := range lines.Len() {
		segment := lines.At(i)
		line := segment.Value(src)
		rule := isRule(line)
		if rule {
			columns = max(columns, bytes.Count(line, []byte{'|'})+bytes.Count(line, []byte{'+'})+1)
			rules++
		}
		line = bytes.TrimSpace(line)
		framed = framed && len(line) > 1 && line[0] == '|' && (rule || line[len(line)-1] == '|')
		bars := bytes.Count(line, []byte{'|'})
		widest = max(widest, bars)
		if framed && i == 0 {
			columns = max(columns, bars-1)
		}
	}
	kramdown := framed && columns > 1 && (lines.Len() > 1 || spaced(lines.At(0), src)) && !isGFM(lines, rules, src)
	if kramdown { // it has as many columns as any of its lines, others as the head
		columns = max(columns, widest)
	}
	b := budgetOf(pc, t.budget)
	switch {
	case columns == 0, !kramdown && rules == 0:
	case !b.takeCells(columns * lines.Len()):
		b.Large[n] = lines.Len() > 1
	case kramdown:
		table := kramdownTable(lines, src)
		table.SetPos(n.Pos())
		n.Parent().ReplaceChild(n.Parent(), n, table)
	default:
		t.ParagraphTransformer.Transform(n, reader, pc)
	}
}

// isRule reports whether a line is one between the rows of a table, and not of one.
func isRule(line []byte) bool {
	return bytes.IndexFunc(line, func(r rune) bool { return !bytes.ContainsRune([]byte("|-:+= \t\n"), r) }) < 0 && bytes.ContainsAny(line, "-=")
}

// spaced reports whether the first cell of a row has space around it, as a row alone has
// to have: ||x|| is a norm.
func spaced(row text.Segment, src []byte) bool {
	line := bytes.TrimSpace(row.Value(src))
	return bytes.HasPrefix(line, []byte("| ")) && bytes.HasSuffix(line, []byte(" |"))
}

// isGFM reports whether lines have one rule, below the first of them, as tables in GFM.
func isGFM(lines *text.Segments, rules int, src []byte) bool {
	if lines.Len() < 2 || rules != 1 {
		return false
	}
	second := lines.At(1)
	return isRule(second.Value(src)) && !bytes.ContainsAny(second.Value(src), "+=")
}

// kramdownTable returns a table of kramdown's that is none for others: the head may be
// missing, and more rules than one may stand between the rows.
// https://kramdown.gettalong.org/syntax.html#tables
func kramdownTable(lines *text.Segments, src []byte) *extast.Table {
	table := extast.NewTable()
	for i := range lines.Len() {
		cells, rule := cellsOf(lines.At(i), src)
		for len(table.Alignments) < len(cells) {
			table.Alignments = append(table.Alignments, extast.AlignNone)
		}
		if !rule {
			row := extast.NewTableRow(nil)
			for _, text := range cells {
				cell := extast.NewTableCell()
				cell.SetPos(text.Start)
				cell.Lines().Append(text)
				row.AppendChild(row, cell)
			}
			table.AppendChild(table, row)
			continue
		}
		if first, ok := table.FirstChild().(*extast.TableRow); ok && first.NextSibling() == nil && i+1 < lines.Len() {
			table.ReplaceChild(table, first, extast.NewTableHeader(first))
		}
		for j, text := range cells {
			if a := alignmentOf(text.Value(src)); a != extast.AlignNone {
				table.Alignments[j] = a
			}
		}
	}
	for row := table.FirstChild(); row != nil; row = row.NextSibling() {
		for row.ChildCount() < len(table.Alignments) {
			row.AppendChild(row, extast.NewTableCell())
		}
	}
	return table
}

// cellsOf returns the cells of a line that begins with a bar, and whether it is a rule,
// whose cells end at a plus, too.
func cellsOf(line text.Segment, src []byte) (cells []text.Segment, rule bool) {
	rule = isRule(line.Value(src))
	line = line.TrimLeftSpace(src)
	line = line.TrimRightSpace(src)
	start := line.Start + 1
	for i := start; i <= line.Stop; i++ {
		if i == line.Stop && start < i || i < line.Stop && (src[i] == '|' && src[i-1] != '\\' || rule && src[i] == '+') {
			cell := text.NewSegment(start, i)
			cell = cell.TrimLeftSpace(src)
			cells = append(cells, cell.TrimRightSpace(src))
			start = i + 1
		}
	}
	return cells, rule
}

// alignmentOf returns how a rule aligns a column, by its colons.
func alignmentOf(rule []byte) extast.Alignment {
	left, right := bytes.HasPrefix(rule, []byte{':'}), bytes.HasSuffix(rule, []byte{':'})
	switch {
	case left && right:
		return extast.AlignCenter
	case right:
		return extast.AlignRight
	case left:
		return extast.AlignLeft
	}
	return extast.AlignNone
}
