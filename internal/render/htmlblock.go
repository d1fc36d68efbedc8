package render

import (
	"strconv"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// htmlText lays out HTML that is a block of its own: its text in paragraphs,
// with the same tags understood as in running text. Markdown between HTML
// blocks, as inside details, is parsed by the Markdown parser.
type htmlText struct {
	l      *layout
	in     inliner
	hidden string     // the element whose content is not shown
	pre    *codeText  // the preformatted text being read
	table  *htmlTable // the table being read
	marker []span     // what stands before the next paragraph
	lists  []int      // the lists around it: 0, or the number of the item before
}

// codeText is preformatted text with its language, or "".
type codeText struct {
	strings.Builder
	lang string
}

func (l *layout) htmlBlock(n *ast.HTMLBlock) {
	raw := string(n.Lines().Value(l.src))
	if n.HasClosure() {
		raw += string(n.ClosureLine.Value(l.src))
	}
	l.html(raw)
}

// html lays out HTML.
func (l *layout) html(raw string) {
	l.budget.take(&l.budget.memory, costOfTokenizer)
	h := htmlText{l: l, in: inliner{l: l}}
	z := html.NewTokenizer(strings.NewReader(raw))
	for z.Next() != html.ErrorToken {
		h.token(z.Token())
	}
	if h.table != nil {
		h.endTable()
	}
	h.end()
}

// isTornHTML tells whether code is none, but the indented rest of HTML that a
// blank line has torn apart: it starts with a tag of a block, or ends one.
func (l *layout) isTornHTML(n *ast.CodeBlock) bool {
	if _, after := n.PreviousSibling().(*ast.HTMLBlock); !after && n.NextSibling() != nil {
		if _, before := n.NextSibling().(*ast.HTMLBlock); !before {
			return false
		}
	}
	l.budget.take(&l.budget.memory, costOfTokenizer)
	z := html.NewTokenizer(strings.NewReader(strings.TrimSpace(string(n.Lines().Value(l.src)))))
	switch z.Next() {
	case html.StartTagToken, html.EndTagToken:
		name := z.Token().Data
		return breaks(name) || name == "td" || name == "th"
	default:
		return false
	}
}

func (h *htmlText) token(t html.Token) {
	switch {
	case h.hidden != "":
		if t.Type == html.EndTagToken && t.Data == h.hidden {
			h.hidden = ""
		}
	case t.Type == html.TextToken && h.pre != nil:
		h.pre.WriteString(t.Data)
	case t.Type == html.TextToken:
		h.text(t.Data)
	case t.Type == html.StartTagToken && (t.Data == "script" || t.Data == "style" || t.Data == "template"):
		h.hidden = t.Data
	case t.Type == html.CommentToken || t.Type == html.DoctypeToken:
	case h.table != nil && h.tableToken(t):
	case t.Data == "pre":
		h.preformatted(t)
	case h.pre != nil:
		h.codeTag(t)
	case breaks(t.Data):
		h.end()
		h.l.named(t)
		h.block(t)
	default:
		h.l.named(t)
		h.in.tag(t, glamour.StylePrimitive{}, 0)
	}
}

// block opens or closes an element that stands on lines of its own.
func (h *htmlText) block(t html.Token) {
	if t.Type == html.EndTagToken {
		h.closeBlock(t)
		return
	}
	styles := &h.l.theme.styles
	switch t.Data {
	case "hr":
		h.l.rule()
	case "table":
		h.table = &htmlTable{head: true}
	case "ul":
		h.lists = append(h.lists, 0)
	case "ol":
		start, err := strconv.Atoi(attr(t, "start"))
		if err != nil || start < 0 {
			start = 1
		}
		h.lists = append(h.lists, start)
	case "li":
		h.item()
	case "dd": // as in a definition list of Markdown
		h.l.gap = 0
		h.marker = []span{{text: "  "}}
	case "blockquote":
		h.l.pushQuote(h.l.theme.rule, t.Data)
	case "summary":
		if mark := h.l.theme.marks.open; mark != "" {
			h.in.add(mark, glamour.StylePrimitive{Color: styles.Item.Color}, 0)
		}
		h.in.open(t, styles.Strong, 0, "")
	case "h1", "h2", "h3", "h4", "h5", "h6":
		h.in.open(t, overlay(styles.Heading.StylePrimitive, glamour.StylePrimitive{}), 0, "")
	default:
		h.in.tag(t, glamour.StylePrimitive{}, 0)
	}
}

// closeBlock closes an element. What it indented may have been opened in
// another block of HTML, with Markdown between them.
func (h *htmlText) closeBlock(t html.Token) {
	switch t.Data {
	case "ul", "ol":
		if len(h.lists) > 0 {
			h.lists = h.lists[:len(h.lists)-1]
		}
		if len(h.lists) == 0 {
			h.l.space(1)
		}
	case "dl":
		h.l.space(1)
	case "summary":
		h.l.pushTag([]span{{text: "  "}}, "details")
	case "details", "blockquote":
		h.l.popTag(t.Data)
	}
	h.in.close(t.Data)
}

// item starts an item of a list.
func (h *htmlText) item() {
	mark, style := h.l.theme.marks.bullets[0]+" ", glamour.StylePrimitive{Color: h.l.theme.styles.Item.Color}
	if n := len(h.lists); n > 0 && h.lists[n-1] > 0 {
		mark, style = itoa(h.lists[n-1])+". ", glamour.StylePrimitive{}
		h.lists[n-1]++
	}
	h.in.add(mark, style, 0)
	h.marker = h.in.done()
	if depth := len(h.lists) - 1; depth > 0 {
		h.marker = append([]span{{text: strings.Repeat("  ", min(depth, maxNesting))}}, h.marker...)
	}
	h.in = inliner{l: h.l}
}

// text adds text with its white space collapsed.
func (h *htmlText) text(s string) {
	words := strings.Join(strings.Fields(s), " ")
	if words == "" {
		if s != "" {
			h.in.add(" ", glamour.StylePrimitive{}, 0)
		}
		return
	}
	if strings.ContainsAny(s[:1], " \t\n") {
		words = " " + words
	}
	if strings.ContainsAny(s[len(s)-1:], " \t\n") {
		words += " "
	}
	h.in.add(words, glamour.StylePrimitive{}, 0)
}

// preformatted collects the text of a pre element, and lays it out as code.
func (h *htmlText) preformatted(t html.Token) {
	switch {
	case t.Type == html.StartTagToken && h.pre == nil:
		h.end()
		h.l.named(t)
		h.pre = &codeText{}
		h.codeTag(t)
	case t.Type == html.EndTagToken:
		h.endPre()
	}
}

// codeTag takes the language of preformatted text from its tags.
func (h *htmlText) codeTag(t html.Token) {
	for class := range strings.FieldsSeq(attr(t, "class")) {
		if lang, ok := strings.CutPrefix(class, "language-"); ok {
			h.pre.lang = language(lang)
		}
	}
	if t.Data == "br" {
		h.pre.WriteByte('\n')
	}
}

func (h *htmlText) endPre() {
	if h.pre != nil {
		code := h.pre
		h.pre = nil
		// The first newline is no line (HTML, "the pre element").
		h.l.codeText(strings.TrimPrefix(code.String(), "\n"), code.lang)
	}
}

// end lays out the paragraph collected so far.
func (h *htmlText) end() {
	h.endPre()
	spans := h.in.done()
	h.in = inliner{l: h.l}
	if strings.TrimSpace(textOf(spans)) == "" {
		return
	}
	if h.marker != nil {
		h.l.push(h.marker, []span{{text: spaces(cellsOf(h.marker))}})
		h.marker = nil
		h.l.text(spans)
		h.l.pop()
		return
	}
	h.l.space(1)
	h.l.text(spans)
	h.l.space(1)
}

// breaks tells whether an element starts on a line of its own.
func breaks(name string) bool {
	switch name {
	case "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "center", "figure", "figcaption",
		"ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "caption", "blockquote", "hr", "address",
		"details", "summary", "form", "fieldset", "h1", "h2", "h3", "h4", "h5", "h6":
		return true
	}
	return false
}
