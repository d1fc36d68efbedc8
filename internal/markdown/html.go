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
		"table thead tbody tfoot tr caption blockquote hr address details summary form fieldset h1 h2 h3 h4 h5 h6 ")
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

// Tokens yields the HTML that a node holds itself, without what browsers hide.
func (t *Tree) Tokens(n ast.Node) iter.Seq[html.Token] {
	var raw []byte
	switch n := n.(type) {
	case *ast.HTMLBlock:
		raw = t.HTML(n)
	case *ast.RawHTML:
		raw = t.RawHTML(n)
	case *HTMLTag:
		return func(yield func(html.Token) bool) { yield(n.Token) }
	}
	return func(yield func(html.Token) bool) {
		if len(raw) == 0 {
			return
		}
		z, hidden := html.NewTokenizer(bytes.NewReader(raw)), ""
		for z.Next() != html.ErrorToken {
			token := z.Token()
			switch {
			case hidden != "":
				if token.Type == html.EndTagToken && token.Data == hidden {
					hidden = ""
				}
			case token.Type == html.StartTagToken && isHidden(token.Data):
				hidden = token.Data
			case token.Data == "rt" && token.Type != html.TextToken: // the reading of a character, as where ruby is unknown
				reading := html.Token{Type: html.TextToken, Data: "("}
				if token.Type == html.EndTagToken {
					reading.Data = ")"
				}
				if !yield(reading) {
					return
				}
			case !yield(token):
				return
			}
		}
	}
}

// hide removes what tags hide that stand in running text, up to the end of the element
// or of what the tag stands in.
func (t *Tree) hide() {
	var tags []*ast.RawHTML
	_ = ast.Walk(t.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if tag, ok := n.(*ast.RawHTML); ok && entering && isHidden(t.opens(tag, "<")) {
			tags = append(tags, tag)
		}
		return ast.WalkContinue, nil
	})
	for _, tag := range tags {
		parent, name := tag.Parent(), t.opens(tag, "<")
		if parent == nil { // hidden by another
			continue
		}
		for ended := false; !ended && tag.NextSibling() != nil; {
			next := tag.NextSibling()
			end, ok := next.(*ast.RawHTML)
			ended = ok && t.opens(end, "</") == name
			parent.RemoveChild(parent, next)
		}
		parent.RemoveChild(parent, tag)
	}
}

// opens returns the name of a tag that begins with a sign, or "".
func (t *Tree) opens(n *ast.RawHTML, sign string) string {
	tag, ok := strings.CutPrefix(string(n.Segments.Value(t.Source)), sign)
	if !ok {
		return ""
	}
	return strings.ToLower(tag[:len(tag)-len(strings.TrimLeft(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))])
}

// mayHide reports whether anything in a text may be a tag that hides something.
func mayHide(src []byte) bool {
	for {
		at := bytes.IndexByte(src, '<')
		if at < 0 {
			return false
		}
		src = src[at+1:]
		if len(src) > 1 && bytes.IndexByte([]byte("sStTrR"), src[0]) >= 0 && bytes.IndexByte([]byte("cCtTeEpP"), src[1]) >= 0 {
			return true
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
