package markdown

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Address returns the URL that a target leads to from outside the page, as its author wrote
// it, or "" if nothing is known of it.
type Address func(target string, image bool) string

// AppendHTML appends the text as HTML that is XML, too, of at most limit bytes, or panics
// with a Halt of ErrTooLarge. It is made of the tree's nodes alone: of the HTML in a post only the
// elements stay that mark text, without attributes. Links and images have the address that
// they are given if its scheme is one that runs nothing; other links are text, and other images are
// their description. There are no ids, since a page may have several texts.
//
// Nothing in it is a control character, nor any that XML forbids.
func (t *Tree) AppendHTML(to []byte, limit int, address Address, b *Budget) []byte {
	w := htmlWriter{t: t, out: to, limit: len(to) + limit, address: address, budget: b}
	notes := t.Doc != nil && t.Doc.LastChild() != nil && t.Doc.LastChild().Kind() == extast.KindFootnoteList
	for n := t.firstChild(); n != nil; n = n.NextSibling() {
		if notes && n.NextSibling() == nil {
			w.rest()
		}
		w.block(n)
	}
	if !notes {
		w.rest()
	}
	return w.out
}

func (t *Tree) firstChild() ast.Node {
	if t.Doc == nil {
		return nil
	}
	return t.Doc.FirstChild()
}

// htmlWriter writes a tree as HTML.
type htmlWriter struct {
	t       *Tree
	out     []byte
	limit   int // of out
	address Address
	budget  *Budget

	line   int    // where the line in out begins that is written
	broken bool   // it ends before what follows
	linked bool   // an a element is open
	items  []bool // for each list in running text that is open, whether an item is
}

// write writes markup, which breaks no line.
func (w *htmlWriter) write(s string) {
	w.budget.Tick()
	if len(w.out)+len(s) > w.limit {
		panic(Halt{ErrTooLarge})
	}
	w.out = append(w.out, s...)
}

// escaped returns text as it stands in HTML.
func escaped(s string) string { return replace(s, "&", "&amp;", "<", "&lt;", ">", "&gt;") }

// verbatim writes text whose spaces and line breaks stay.
func (w *htmlWriter) verbatim(s string) {
	w.write(escaped(plaintext.Visible(plaintext.CleanBody(s))))
}

// text writes text in a line.
func (w *htmlWriter) text(s string) {
	if s = Clean(s); s == "" {
		return
	}
	switch blank := strings.TrimSpace(s) == ""; {
	case blank && (w.broken || len(w.out) == w.line):
		return
	case !blank:
		w.breakNow()
	}
	w.write(escaped(s))
}

// breakNow ends the line if it is to end and anything is on it.
func (w *htmlWriter) breakNow() {
	if w.broken && len(w.out) > w.line {
		w.write("<br/>")
		w.line = len(w.out)
	}
	w.broken = false
}

// element writes an element around what is written within.
func (w *htmlWriter) element(name, attributes string, within func()) {
	w.write("<" + name + attributes + ">")
	within()
	w.write("</" + name + ">")
}

// lines writes an element with lines of text, unless there is nothing in it.
func (w *htmlWriter) lines(name string, within func()) {
	start := len(w.out)
	w.write("<" + name + ">")
	inner := len(w.out)
	w.line, w.broken = inner, false
	within()
	w.broken = false
	if len(w.out) == inner {
		w.out = w.out[:start]
		return
	}
	w.write("</" + name + ">\n")
}

// title writes a line that says what follows.
func (w *htmlWriter) title(s string) {
	if s != "" {
		w.lines("p", func() { w.element("strong", "", func() { w.text(s) }) })
	}
}

// rest writes what was not parsed.
func (w *htmlWriter) rest() {
	if w.t.Rest != "" {
		w.lines("pre", func() { w.verbatim(w.t.Rest) })
	}
}

func (w *htmlWriter) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.block(n)
	}
}

func (w *htmlWriter) block(n ast.Node) {
	if lang, text, ok := w.t.Code(n); ok {
		w.code(lang, text)
		return
	}
	switch n := n.(type) {
	case *ast.Heading:
		w.lines("h"+strconv.Itoa(min(max(n.Level, 1), 6)), func() { w.inline(n) })
	case *ast.Paragraph:
		name := "p"
		if hasList(n) { // which no p may have
			name = "div"
		}
		w.lines(name, func() { w.inline(n) })
	case *ast.TextBlock:
		w.line, w.broken = len(w.out), false
		w.inline(n)
		w.broken = false
		w.write("\n")
	case *ast.ThematicBreak:
		w.write("<hr/>\n")
	case *ast.HTMLBlock: // with too many tags
		w.lines("pre", func() { w.verbatim(string(w.t.HTML(n))) })
	case *extast.Table:
		w.table(n)
	case *ast.List:
		w.list(n)
	case *extast.DefinitionList:
		w.element("dl", "", func() { w.blocks(n) })
	case *extast.DefinitionTerm:
		w.lines("dt", func() { w.inline(n) })
	case *extast.DefinitionDescription:
		w.element("dd", "", func() { w.blocks(n) })
	case *Alert:
		title := n.Title
		if title == "" && n.Name != "" {
			title = n.Name[:1] + strings.ToLower(n.Name[1:])
		}
		w.quote(title, n)
	case *Details:
		if n.Head != nil {
			w.lines("p", func() { w.inline(n.Head) })
		}
		w.title(n.Summary)
		w.blocks(n)
	case *Tab:
		w.title(n.Label)
		w.blocks(n)
	case *ast.Blockquote:
		w.quote("", n)
	case *extast.FootnoteList:
		w.write("<hr/>\n")
		w.element("ol", "", func() { w.blocks(n) })
	case *extast.Footnote:
		w.element("li", "", func() { w.blocks(n) })
	case *ast.LinkReferenceDefinition:
	default:
		if n.Type() == ast.TypeBlock {
			w.blocks(n)
		}
	}
}

func (w *htmlWriter) quote(title string, n ast.Node) {
	w.element("blockquote", "", func() {
		w.title(title)
		w.blocks(n)
	})
	w.write("\n")
}

// code writes a block of code. The name of its language is a class, as CommonMark's own
// renderer has it.
func (w *htmlWriter) code(lang, text string) {
	class := ""
	if lang != "" && strings.Trim(strings.ToLower(lang), "abcdefghijklmnopqrstuvwxyz0123456789+#._-") == "" {
		class = ` class="language-` + lang + `"`
	}
	w.element("pre", "", func() { w.element("code", class, func() { w.verbatim(text) }) })
	w.write("\n")
}

// table writes a table, whose first row is its head if it has one.
func (w *htmlWriter) table(n *extast.Table) {
	w.write("<table>\n")
	body := false
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		name, part := "td", ""
		switch _, head := row.(*extast.TableHeader); {
		case head:
			name, part = "th", "thead"
		case !body:
			w.write("<tbody>\n")
			body = true
		}
		if part != "" {
			w.write("<" + part + ">")
		}
		w.element("tr", "", func() {
			for c := row.FirstChild(); c != nil; c = c.NextSibling() {
				w.cell(name, c)
			}
		})
		if part != "" {
			w.write("</" + part + ">")
		}
		w.write("\n")
	}
	if body {
		w.write("</tbody>")
	}
	w.write("</table>\n")
}

func (w *htmlWriter) cell(name string, n ast.Node) {
	align := ""
	if cell, ok := n.(*extast.TableCell); ok && cell.Alignment != extast.AlignNone {
		align = ` align="` + cell.Alignment.String() + `"`
	}
	w.element(name, align, func() {
		w.line, w.broken = len(w.out), false
		w.inline(n)
		w.broken = false
	})
}

// list writes a list, with what HTML has said of its numbers.
func (w *htmlWriter) list(n *ast.List) {
	name, attributes := "ul", ""
	if n.IsOrdered() {
		name = "ol"
		said, _ := n.AttributeString("tag")
		if tag, ok := said.(html.Token); ok {
			attributes = numbering(tag)
		} else if n.Start != 1 {
			attributes = ` start="` + strconv.Itoa(n.Start) + `"`
		}
	}
	w.element(name, attributes, func() {
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			value, _ := item.AttributeString("value")
			own, _ := value.(string)
			w.element("li", attribute(" value", own), func() { w.blocks(item) })
		}
	})
	w.write("\n")
}

// numbering returns the attributes of an ol element that say how its items are numbered.
func numbering(t html.Token) string {
	attributes := attribute(" start", Attr(t, "start"))
	if style := Attr(t, "type"); among(style, " 1 a A i I ") {
		attributes += ` type="` + style + `"`
	}
	if hasAttr(t, "reversed") {
		attributes += ` reversed="reversed"`
	}
	return attributes
}

// attribute returns an attribute whose value is a number, or "".
func attribute(name, value string) string {
	n, err := strconv.Atoi(value)
	if err != nil {
		return ""
	}
	return name + `="` + strconv.Itoa(n) + `"`
}
