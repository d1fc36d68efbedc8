package markdown

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// tidy finds what is an alert among the quotes below a node, and what is HTML though it
// is indented as code, since a blank line has torn it apart.
func (t *Tree) tidy(doc ast.Node) {
	for at := doc.FirstChild(); at != nil; at = at.NextSibling() {
		if code, ok := at.(*ast.CodeBlock); ok && isTorn(code, t.Source) {
			block := ast.NewHTMLBlock(ast.HTMLBlockType6)
			block.SetLines(code.Lines())
			doc.ReplaceChild(doc, code, block)
			at = block
		}
		switch n := at.(type) {
		case *ast.Blockquote:
			t.tidy(n)
			at = t.alertOf(n)
		case *ast.List, *ast.ListItem, *Alert, *Details, *Tab:
			t.tidy(n)
		}
	}
}

// Breaks reports whether an element of HTML starts on a line of its own.
func Breaks(name string) bool {
	return among(name, " p div section article aside header footer main nav center figure figcaption ul ol li dl dt dd "+
		"table thead tbody tfoot tr caption blockquote hr address details summary form fieldset legend optgroup option hgroup h1 h2 h3 h4 h5 h6 search noframes listing xmp ")
}

// among reports whether a word is one of those in a list with spaces around each.
func among(word, list string) bool { return strings.Contains(list, " "+word+" ") }

// isInline reports whether an element marks words in a line, which stay without it.
func isInline(name string) bool {
	return among(name, " a abbr b bdi bdo big br cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u var wbr ")
}

// isHidden reports whether an element of HTML holds what is no text.
func isHidden(name string) bool { return among(name, " script style template rp ") }

// Media returns what an element to see or hear is called, or "".
func Media(name string) string {
	switch name {
	case "video":
		return "Video"
	case "audio":
		return "Audio"
	case "source":
		return "Recording"
	case "iframe", "embed":
		return "Frame"
	}
	return ""
}

// Attr returns an attribute of a tag, or "".
func Attr(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return Clean(a.Val)
		}
	}
	return ""
}

// isMore reports whether a comment parts the summary from the rest.
func isMore(t html.Token) bool { return strings.EqualFold(strings.TrimSpace(t.Data), "more") }

func hasAttr(t html.Token, name string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// HTML returns the text of a block of HTML.
func (t *Tree) HTML(n *ast.HTMLBlock) []byte {
	raw := n.Lines().Value(t.Source)
	if n.HasClosure() {
		raw = append(raw, n.ClosureLine.Value(t.Source)...)
	}
	return t.expansion.resolve(raw, asHTML)
}

// RawHTML returns a tag of HTML in running text.
func (t *Tree) RawHTML(n *ast.RawHTML) []byte {
	return t.expansion.resolve(n.Segments.Value(t.Source), asHTML)
}

// tokens yields what HTML is made of. The reading of a character (rt) stands in brackets,
// as where ruby is unknown.
func tokens(raw []byte) iter.Seq[html.Token] {
	return func(yield func(html.Token) bool) {
		z := html.NewTokenizer(bytes.NewReader(raw))
		for z.Next() != html.ErrorToken {
			token := z.Token()
			if token.Type != html.TextToken && among(token.Data, " menu dir ") {
				token.Data = "ul"
			}
			switch {
			case token.Data != "rt" || token.Type == html.TextToken:
			case token.Type == html.EndTagToken:
				token = html.Token{Type: html.TextToken, Data: ")"}
			default:
				token = html.Token{Type: html.TextToken, Data: "("}
			}
			if !yield(token) {
				return
			}
		}
	}
}

// visibleTokens yields what HTML is made of, without what browsers hide.
func visibleTokens(raw []byte) iter.Seq[html.Token] {
	return func(yield func(html.Token) bool) {
		hidden := ""
		for token := range tokens(raw) {
			switch {
			case hidden != "":
				if token.Type == html.EndTagToken && token.Data == hidden {
					hidden = ""
				}
			case token.Type == html.StartTagToken && isHidden(token.Data):
				hidden = token.Data
			case !yield(token):
				return
			}
		}
	}
}

// isTorn reports whether indented code is none, but the rest of HTML that a blank line
// has torn apart: it starts with a tag of a block, or ends one.
func isTorn(n *ast.CodeBlock, src []byte) bool {
	if _, after := n.PreviousSibling().(*ast.HTMLBlock); !after {
		if _, before := n.NextSibling().(*ast.HTMLBlock); !before && n.NextSibling() != nil {
			return false
		}
	}
	tag, ok := strings.CutPrefix(strings.TrimSpace(string(n.Lines().Value(src))), "<")
	if !ok {
		return false
	}
	tag = strings.TrimPrefix(tag, "/")
	name := strings.ToLower(tag[:len(tag)-len(strings.TrimLeft(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ123456"))])
	return Breaks(name) || name == "td" || name == "th"
}
