package render

import (
	"bytes"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"
)

// maxTorn bounds how many blocks of a post are looked at for the ends of tables.
const maxTorn = 2_000

// joinTables puts tables of HTML together again that blank lines tear apart:
// what follows is a block of its own then, or even code, if it is indented.
func joinTables(doc ast.Node, src []byte) {
	looks := maxTorn
	joinTablesIn(doc, src, &looks)
}

func joinTablesIn(doc ast.Node, src []byte, looks *int) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.HTMLBlock:
			if opensTable(n.Lines().Value(src)) {
				joinTable(n, src, looks)
			}
		case *ast.Blockquote, *ast.List, *ast.ListItem:
			joinTablesIn(n, src, looks)
		}
	}
}

func opensTable(text []byte) bool {
	text = bytes.ToLower(text)
	open := bytes.LastIndex(text, []byte("<table"))
	return open >= 0 && !bytes.Contains(text[open:], []byte("</table"))
}

// joinTable moves the lines of the blocks up to the table's end into n, if
// they are nothing but HTML.
func joinTable(n *ast.HTMLBlock, src []byte, looks *int) {
	var parts []ast.Node
	for c := n.NextSibling(); c != nil && *looks > 0; c = c.NextSibling() {
		*looks--
		if kind := c.Kind(); kind != ast.KindHTMLBlock && kind != ast.KindCodeBlock {
			return
		}
		parts = append(parts, c)
		if !bytes.Contains(bytes.ToLower(c.Lines().Value(src)), []byte("</table")) {
			continue
		}
		for _, part := range parts {
			n.Lines().AppendAll(part.Lines().Sliced(0, part.Lines().Len()))
			part.Parent().RemoveChild(part.Parent(), part)
		}
		return
	}
}

// htmlTable collects a table of HTML.
type htmlTable struct {
	g      grid
	row    [][]span
	inCell bool
	head   bool // the row has heads only, so far
}

// tableToken takes what belongs to the table being read, and tells whether it
// did.
func (h *htmlText) tableToken(t html.Token) bool {
	open := t.Type == html.StartTagToken
	switch t.Data {
	case "table":
		if open {
			break // a table in a table is text
		}
		h.endTable()
	case "tr", "thead", "tbody", "tfoot":
		h.endRow()
		h.l.named(t)
	case "td", "th":
		h.endCell()
		h.l.named(t)
		if open {
			h.l.budget.take(&h.l.budget.cells, 1)
			h.table.inCell = true
			h.table.head = h.table.head && t.Data == "th"
			if t.Data == "th" {
				h.in.open(t, glamour.StylePrimitive{Bold: new(true)}, 0, "")
			}
		}
	case "caption":
		spans := trimBreaks(h.in.done())
		h.in = inliner{l: h.l}
		if len(spans) > 0 {
			h.l.space(1)
			h.l.text(spans)
		}
	case "colgroup", "col", "pre":
	default:
		if !breaks(t.Data) {
			return false
		}
		h.in.add("\n", glamour.StylePrimitive{}, 0)
	}
	return true
}

func (h *htmlText) endCell() {
	spans := trimBreaks(h.in.done())
	h.in = inliner{l: h.l}
	if h.table.inCell {
		h.table.row = append(h.table.row, spans)
	}
	h.table.inCell = false
}

func (h *htmlText) endRow() {
	h.endCell()
	t := h.table
	switch {
	case len(t.row) == 0:
	case t.head && t.g.head == nil && len(t.g.rows) == 0:
		t.g.head = t.row
	default:
		t.g.rows = append(t.g.rows, t.row)
	}
	t.row, t.head = nil, true
}

// endTable lays the table out as one of Markdown's.
func (h *htmlText) endTable() {
	h.endRow()
	g := &h.table.g
	h.table = nil
	columns, empty := len(g.head), blank(g.head)
	for _, row := range g.rows {
		columns, empty = max(columns, len(row)), empty && blank(row)
	}
	if empty {
		return // what is in it stands between its tags, as Markdown
	}
	g.align = make([]extast.Alignment, columns) //ledger:counted as many as a row has cells, of which there is a budget
	for i := range g.align {
		g.align[i] = extast.AlignNone
	}
	g.natural, g.least = make([]int, len(g.align)), make([]int, len(g.align))
	for _, row := range append([][][]span{g.head}, g.rows...) {
		for i, cell := range row {
			g.measure(i, cell)
		}
	}
	h.l.grid(g)
}

// trimBreaks drops the line breaks and spaces around spans.
func trimBreaks(spans []span) []span {
	for len(spans) > 0 {
		if spans[0].text = strings.TrimLeft(spans[0].text, " \n"); spans[0].text != "" {
			break
		}
		spans = spans[1:]
	}
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		if last.text = strings.TrimRight(last.text, " \n"); last.text != "" {
			break
		}
		spans = spans[:len(spans)-1]
	}
	return spans
}
