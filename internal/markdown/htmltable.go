package markdown

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"
)

// Covered is the attribute of an empty cell that the one before it reaches over.
const Covered = "covered"

// htmlTable is a table of HTML that is read.
type htmlTable struct {
	node   *extast.Table
	row    *extast.TableRow
	heads  bool  // the row has heads only, so far
	filled bool  // something is in a cell
	below  []int // how many rows the cell above reaches down, by column
	inside int   // tables that are open in its cells, which are text
	pre    bool  // preformatted text is open in a cell
}

// tableToken takes what belongs to the table, and reports whether it did.
func (h *htmlReader) tableToken(t html.Token, opens bool) bool {
	nested := h.table.inside > 0
	switch t.Data {
	case "table":
		switch {
		case opens:
			h.table.inside++
		case nested:
			h.table.inside--
		default:
			h.endTable()
			return true
		}
	case "tr", "thead", "tbody", "tfoot":
		if !nested {
			h.endRow()
			h.remember(t)
			return true
		}
	case "pre": // which stands on lines of its own, too
		h.table.pre, t.Data = opens && h.text != nil && h.text.Kind() == extast.KindTableCell, "div"
	case "td", "th":
		if !nested {
			if h.text, h.table.pre = nil, false; opens {
				h.cell(t)
			}
			return true
		}
		h.words(" ")
		return true
	case "caption":
		h.endText()
		if h.text = nil; opens && !nested {
			h.remember(t)
			return true
		}
		return true
	case "colgroup", "col":
		return true
	}
	if !Breaks(t.Data) {
		h.table.filled = h.table.filled || h.text != nil && (t.Data == "img" || Media(t.Data) != "")
		return false
	}
	if h.text == nil || h.text.Kind() != extast.KindTableCell {
		h.endText()
		return true
	}
	h.add(&HTMLTag{Token: t})
	return true
}

// preformatted adds text to a cell with its lines and spaces.
func (h *htmlReader) preformatted(s string) {
	if last, ok := h.text.LastChild().(*HTMLTag); ok && last.Token.Data == "div" {
		s = strings.TrimPrefix(s, "\n") // which is no line
	}
	h.table.filled = h.table.filled || strings.TrimSpace(s) != ""
	h.add(ast.NewString([]byte(strings.NewReplacer("  ", "\u00a0\u00a0", "\n ", "\n\u00a0").Replace(strings.ReplaceAll(s, "\t", "    ")))))
	h.lastIn = nil
}

// cell starts a cell. What a cell to the left or above reaches over stays empty.
func (h *htmlReader) cell(t html.Token) {
	table := h.table
	if table.row == nil {
		table.row, table.heads = extast.NewTableRow(nil), true
		table.node.AppendChild(table.node, table.row)
	}
	h.skip(false)
	column := table.row.ChildCount()
	n := h.emptyCell()
	if n == nil { // then it is text behind the cell before
		h.text = table.row.LastChild()
		return
	}
	h.text = n
	switch align := strings.ToLower(Attr(t, "align") + Attr(t, "style")); {
	case strings.Contains(align, "right"):
		n.Alignment = extast.AlignRight
	case strings.Contains(align, "center"):
		n.Alignment = extast.AlignCenter
	case strings.Contains(align, "left"):
		n.Alignment = extast.AlignLeft
	}
	if h.remember(t); t.Data == "th" {
		h.add(&HTMLTag{Token: html.Token{Type: html.StartTagToken, Data: "th"}})
	}
	table.heads = table.heads && t.Data == "th"
	span := func(name string, most int) int {
		n, err := strconv.Atoi(Attr(t, name))
		if err != nil {
			return 1
		}
		return max(1, min(n, most))
	}
	for range span("colspan", maxSpan) - 1 {
		c := h.emptyCell()
		if c == nil {
			break
		}
		c.SetAttributeString(Covered, true)
	}
	if rows := span("rowspan", maxTags); rows > 1 {
		for len(table.below) < table.row.ChildCount() {
			table.below = append(table.below, 0)
		}
		for ; column < len(table.below); column++ {
			table.below[column] = rows - 1
		}
	}
}

// isText reports whether a block of Markdown is text or lists of it, as a cell may hold.
func isText(n ast.Node) bool {
	switch n.Kind() {
	case ast.KindParagraph, ast.KindTextBlock, ast.KindHeading:
		return true
	case ast.KindList, ast.KindListItem:
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if !isText(c) {
				return false
			}
		}
		return true
	}
	return false
}

// cellText puts such a block into the cell.
func (h *htmlReader) cellText(n ast.Node) {
	h.table.filled = true
	tag := html.Token{Type: html.StartTagToken, Data: "p"}
	switch n := n.(type) {
	case *ast.List:
		if tag.Data = "ul"; n.IsOrdered() {
			tag.Data, tag.Attr = "ol", []html.Attribute{{Key: "start", Val: strconv.Itoa(n.Start)}}
		}
	case *ast.ListItem:
		tag.Data = "li"
	}
	h.add(&HTMLTag{Token: tag})
	for c := n.FirstChild(); c != nil; c = n.FirstChild() {
		if n.RemoveChild(n, c); c.Type() == ast.TypeBlock {
			h.cellText(c)
		} else {
			h.text.AppendChild(h.text, c)
		}
	}
	h.add(&HTMLTag{Token: html.Token{Type: html.EndTagToken, Data: tag.Data}})
}

// skip adds empty cells where cells of the rows above reach down, up to a column where none
// does, or to the last.
func (h *htmlReader) skip(all bool) {
	table := h.table
	for column := table.row.ChildCount(); column < len(table.below) && (all || table.below[column] > 0); column++ {
		if h.emptyCell() == nil {
			return
		}
		table.below[column] = max(table.below[column]-1, 0)
	}
}

// emptyCell adds a cell to the row, or returns nil if there have been too many.
func (h *htmlReader) emptyCell() *extast.TableCell {
	if !h.budget.takeCells(1) {
		return nil
	}
	n := extast.NewTableCell()
	n.Alignment = extast.AlignNone
	n.SetLines(h.lines)
	h.table.row.AppendChild(h.table.row, n)
	return n
}

func (h *htmlReader) endRow() {
	h.text = nil
	table := h.table
	if table.row == nil {
		return
	}
	h.skip(true)
	if table.heads && table.node.ChildCount() == 1 {
		table.node.ReplaceChild(table.node, table.row, extast.NewTableHeader(table.row))
	}
	table.row = nil
}

// endTable ends the table. One with nothing in its cells is left out.
func (h *htmlReader) endTable() {
	if h.table == nil {
		return
	}
	h.endRow()
	n, filled := h.table.node, h.table.filled
	h.table = nil
	if !filled {
		n.Parent().RemoveChild(n.Parent(), n)
		return
	}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		column := 0
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			if column == len(n.Alignments) {
				n.Alignments = append(n.Alignments, extast.AlignNone)
			}
			if cell, ok := c.(*extast.TableCell); ok && n.Alignments[column] == extast.AlignNone {
				n.Alignments[column] = cell.Alignment
			}
			column++
		}
	}
}
