package markdown

import (
	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// HTMLTag is an element of HTML in running text, with what it holds as its children. One
// that breaks lines is a node for its start and another for its end; a comment is one too.
type HTMLTag struct {
	ast.RawHTML

	Token html.Token
}

// Opens reports whether it is the start of an element.
func (n *HTMLTag) Opens() bool {
	return n.Token.Type == html.StartTagToken || n.Token.Type == html.SelfClosingTagToken
}

// maxInlineTags bounds how many tags in Markdown's running text are read, each of which
// takes costOfTokenizer bytes, and maxOpenTags how deep elements nest in one text: deeper
// ones lose their looks, not their text.
const maxInlineTags, costOfTokenizer, maxOpenTags = 5000, 5000, 16

// holds reports whether an element has as its children what stands in it.
func holds(t html.Token) bool {
	return t.Type == html.StartTagToken && !among(t.Data, " br wbr img hr input embed source track col area base link meta param ") &&
		(!Breaks(t.Data) || among(t.Data, " ul ol dt summary "))
}

// nester makes elements of the tags in running text.
type nester struct {
	tree   *Tree
	budget *Budget
	left   int // of maxInlineTags
	depth  int // elements that are open around the node
}

// nest nests the tags among a node's children, and below. An element ends where the node
// ends at the latest. What is hidden is left out. Tags beyond the limit stay as they are.
func (h *nester) nest(parent ast.Node) {
	var open []*HTMLTag
	for n := parent.FirstChild(); n != nil; {
		next := n.NextSibling()
		switch n := n.(type) {
		case *HTMLTag:
			open = h.put(parent, n, n, open)
		case *ast.RawHTML:
			if h.left--; h.left < 0 {
				if len(open) > 0 {
					open = h.put(parent, n, n, open)
				}
				break
			}
			if h.quoted(n) {
				text := ast.NewString(h.tree.RawHTML(n))
				text.SetPos(n.Pos())
				open = h.put(parent, n, text, open)
				parent.RemoveChild(parent, n)
				break
			}
			h.budget.Grow(costOfTokenizer)
			h.budget.Tick()
			for token := range tokens(h.tree.RawHTML(n)) {
				var node ast.Node = ast.NewString([]byte(token.Data))
				if token.Type != html.TextToken {
					node = &HTMLTag{Token: token}
				}
				node.SetPos(n.Pos())
				open = h.put(parent, n, node, open)
			}
			parent.RemoveChild(parent, n)
		default:
			if details, ok := n.(*Details); ok && details.Head != nil {
				h.nest(details.Head)
			}
			h.depth += len(open)
			h.nest(n)
			h.depth -= len(open)
			if len(open) > 0 {
				open = h.put(parent, n, n, open)
			}
		}
		n = next
	}
	if last := len(open) - 1; last >= 0 && isHidden(open[last].Token.Data) {
		h.tree.Unclosed = append(h.tree.Unclosed, open[last])
	}
}

// put puts a node into the innermost element that is open, or before at in their parent,
// and returns the elements that are open then.
func (h *nester) put(parent, at, n ast.Node, open []*HTMLTag) []*HTMLTag {
	tag, _ := n.(*HTMLTag)
	in := len(open) - 1
	hidden := in >= 0 && isHidden(open[in].Token.Data)
	if tag != nil && tag.Token.Type == html.EndTagToken {
		i := in
		for i >= 0 && open[i].Token.Data != tag.Token.Data && !hidden {
			i--
		}
		if i >= 0 && open[i].Token.Data == tag.Token.Data {
			if n.Parent() != nil {
				parent.RemoveChild(parent, n)
			}
			return open[:i]
		}
	}
	comment := tag != nil && (tag.Token.Type == html.CommentToken || tag.Token.Type == html.DoctypeToken) && !isMore(tag.Token)
	hides := tag != nil && tag.Token.Type == html.StartTagToken && isHidden(tag.Token.Data)
	switch {
	case hidden, comment, hides:
		if n.Parent() != nil {
			parent.RemoveChild(parent, n)
		}
	case in >= 0:
		open[in].AppendChild(open[in], n)
	case n.Parent() == nil:
		parent.InsertBefore(parent, at, n)
	}
	if tag != nil && !hidden && (hides || holds(tag.Token) && h.depth+len(open) < maxOpenTags) {
		return append(open, tag)
	}
	return open
}

// quoted reports whether a tag stands in another pair of brackets, <<name>>, which are quotation marks
// in kramdown (https://kramdown.gettalong.org/syntax.html#typographic-symbols) and a mistake elsewhere.
func (h *nester) quoted(n *ast.RawHTML) bool {
	start, stop := n.Segments.At(0).Start, n.Segments.At(n.Segments.Len()-1).Stop
	return start > 0 && stop < len(h.tree.Source) && h.tree.Source[start-1] == '<' && h.tree.Source[stop] == '>'
}
