package render

import (
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
	hidden string // the element whose content is not shown
	pre    *strings.Builder
}

func (l *layout) htmlBlock(n *ast.HTMLBlock) {
	var raw strings.Builder
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		raw.Write(segment.Value(l.src))
	}
	if n.HasClosure() {
		raw.Write(n.ClosureLine.Value(l.src))
	}
	h := htmlText{l: l, in: inliner{l: l}}
	z := html.NewTokenizer(strings.NewReader(raw.String()))
	for z.Next() != html.ErrorToken {
		h.token(z.Token())
	}
	h.end()
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
	case t.Data == "pre":
		h.preformatted(t)
	case t.Type == html.CommentToken || t.Type == html.DoctypeToken:
	case breaks(t.Data):
		h.end()
		if t.Data == "hr" {
			h.l.rule()
			return
		}
		h.start(t)
	default:
		h.in.tag(t, glamour.StylePrimitive{}, 0)
	}
}

// start opens an element that stands on lines of its own.
func (h *htmlText) start(t html.Token) {
	if t.Type != html.StartTagToken {
		h.in.close(t.Data)
		return
	}
	switch t.Data {
	case "li", "dd":
		h.in.add("• ", glamour.StylePrimitive{Color: h.l.theme.styles.Item.Color}, 0)
	case "summary":
		h.in.add("▸ ", glamour.StylePrimitive{Color: h.l.theme.styles.Item.Color}, 0)
		h.in.open(t, h.l.theme.styles.Strong, 0, "")
	case "h1", "h2", "h3", "h4", "h5", "h6":
		h.in.open(t, overlay(h.l.theme.styles.Heading.StylePrimitive, glamour.StylePrimitive{}), 0, "")
	default:
		h.in.tag(t, glamour.StylePrimitive{}, 0)
	}
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
		h.pre = &strings.Builder{}
	case t.Type == html.EndTagToken && h.pre != nil:
		code := h.pre.String()
		h.pre = nil
		h.l.codeText(strings.Trim(code, "\n"), "")
	}
}

// end lays out the paragraph collected so far.
func (h *htmlText) end() {
	if h.pre != nil {
		code := h.pre.String()
		h.pre = nil
		h.l.codeText(strings.Trim(code, "\n"), "")
	}
	spans := h.in.done()
	h.in = inliner{l: h.l}
	if strings.TrimSpace(textOf(spans)) == "" {
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
		"ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "caption", "blockquote", "hr", "address",
		"details", "summary", "form", "fieldset", "h1", "h2", "h3", "h4", "h5", "h6":
		return true
	}
	return false
}
