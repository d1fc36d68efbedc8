package render

import (
	"bytes"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"
)

// maxTorn bounds how many blocks are looked at for the end of a table.
const maxTorn = 500

// joinTables puts tables of HTML together again that blank lines tear apart:
// what follows is a block of its own then, or even code, if it is indented.
func joinTables(doc ast.Node, src []byte) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.HTMLBlock:
			if opensTable(n.Lines().Value(src)) {
				joinTable(n, src)
			}
		case *ast.Blockquote, *ast.List, *ast.ListItem:
			joinTables(n, src)
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
func joinTable(n *ast.HTMLBlock, src []byte) {
	var parts []ast.Node
	for c := n.NextSibling(); c != nil && len(parts) < maxTorn; c = c.NextSibling() {
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
	cells  int
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
		if open && h.table.cells < maxCells {
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
		h.table.cells++
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
	g.align = make([]extast.Alignment, columns)
	for i := range g.align {
		g.align[i] = extast.AlignNone
	}
	g.natural, g.least = make([]int, columns), make([]int, columns)
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
