package markdown

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
)

// maxTags bounds how many tags of blocks become nodes in one text, each block counting as
// tagsOfBlock more, maxContainers how deep these nest, and maxSpan how many columns a cell
// takes.
const maxTags, tagsOfBlock, maxContainers, maxSpan = 25_000, 5, 2 * MaxNesting, 50

// treeOfHTML puts what blocks of HTML say in their place, as the nodes that Markdown has
// for it, so that all who walk the tree see the same. Markdown between two blocks belongs
// to the element that is open there. A block with too many tags stays.
func (t *Tree) treeOfHTML(parent ast.Node, b *Budget, tags *int) {
	h := &htmlReader{budget: b, parent: parent, lines: text.NewSegments()}
	for n := parent.FirstChild(); n != nil; {
		next := n.NextSibling()
		h.at = n
		block, isHTML := n.(*ast.HTMLBlock)
		switch {
		case isHTML && h.affords(bytes.ToLower(t.HTML(block)), tags):
			h.lines = block.Lines()
			for token := range visibleTokens(t.HTML(block)) {
				b.Grow(costOfTag)
				b.Tick()
				h.token(token)
			}
			h.endText()
			parent.RemoveChild(parent, n)
			t.HTMLBlocks = append(t.HTMLBlocks, block)
		case n.Kind() == extast.KindFootnoteList:
			h.end()
			fallthrough
		default:
			if n.Type() == ast.TypeBlock && n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeBlock {
				t.treeOfHTML(n, b, tags)
			}
			h.markdown(n)
		}
		n = next
	}
	h.at = nil
	h.end()
}

// htmlReader makes nodes of the HTML among the children of a node.
type htmlReader struct {
	budget     *Budget
	parent, at ast.Node       // what is made stands there, before at
	lines      *text.Segments // of the block that is read

	open  []element // the innermost last
	text  ast.Node  // takes what runs in lines, or nil
	ids   []html.Token
	code  *TagCode // of a pre element, of which pre is the text so far
	pre   strings.Builder
	table *htmlTable

	last   rune     // of the text in lastIn
	broken bool     // a line breaks after it, which is a space unless what follows says otherwise
	lastIn ast.Node // what text was
}

// element is one that is open, and the node for it.
type element struct {
	name string
	node ast.Node
}

// affords reports whether what a block of HTML will become may still be made.
func (h *htmlReader) affords(raw []byte, tags *int) bool {
	h.budget.Grow(tagsOfBlock * costOfTag)
	*tags -= tagsOfBlock + bytes.Count(raw, []byte{'<'})
	return *tags >= 0 && bytes.Count(raw, []byte("<td"))+bytes.Count(raw, []byte("<th")) <= h.budget.Cells
}

func (h *htmlReader) token(t html.Token) {
	opens := t.Type == html.StartTagToken || t.Type == html.SelfClosingTagToken
	switch {
	case h.code != nil && (t.Data != "pre" || t.Type == html.TextToken):
		h.codeToken(t)
	case t.Type == html.TextToken && h.table != nil && h.table.pre && h.text != nil:
		h.preformatted(t.Data)
	case t.Type == html.TextToken:
		h.words(t.Data)
	case t.Type == html.CommentToken, t.Type == html.DoctypeToken:
		if isMore(t) {
			h.add(&HTMLTag{Token: t})
			h.endText()
		}
	case t.Data == "pre" && h.table == nil:
		h.endText()
		h.remember(t)
		if h.endCode(); opens {
			h.anchor()
			h.code = &TagCode{}
			h.code.SetLines(h.lines)
			h.block(h.code)
		}
	case h.isOpen("summary") && t.Data != "summary" && t.Data != "details" && Breaks(t.Data):
		h.words(" ")
	case h.table != nil && h.tableToken(t, opens):
	case t.Data == "input" && Attr(t, "type") == "checkbox" && h.isOpen("li") && h.top().FirstChild() == nil:
		h.add(extast.NewTaskCheckBox(hasAttr(t, "checked")))
	case among(t.Data, " option title text "): // of a list to choose from, or a picture
		h.words(" ")
	case !Breaks(t.Data):
		h.add(&HTMLTag{Token: t})
	case opens:
		h.endText()
		h.remember(t)
		h.start(t)
	default:
		h.endText()
		h.close(t.Data)
	}
}

// start opens an element that stands on lines of its own.
func (h *htmlReader) start(t html.Token) {
	switch t.Data {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		n := ast.NewHeading(int(t.Data[1] - '0'))
		if id := Attr(t, "id"); id != "" {
			n.SetAttributeString("id", []byte(id))
			h.ids = h.ids[:len(h.ids)-1]
		}
		h.block(n)
		h.text = n
	case "hr":
		h.block(ast.NewThematicBreak())
	case "blockquote":
		h.push(t.Data, ast.NewBlockquote())
	case "ul", "ol":
		n := ast.NewList('-')
		if n.IsTight = true; t.Data == "ol" {
			n.Marker = '.'
		}
		n.SetAttributeString("tag", t)
		h.push(t.Data, n)
	case "li":
		h.closeWithin("li", "ul ol")
		if _, ok := h.top().(*ast.List); !ok {
			h.start(html.Token{Data: "ul"})
		}
		n := ast.NewListItem(0)
		n.SetAttributeString("value", Attr(t, "value"))
		h.push(t.Data, n)
	case "dl":
		h.push(t.Data, extast.NewDefinitionList(0, nil))
	case "dt", "dd":
		h.closeWithin("dd", "dl")
		if _, ok := h.top().(*extast.DefinitionList); !ok {
			h.start(html.Token{Data: "dl"})
		}
		if t.Data == "dd" {
			h.push(t.Data, extast.NewDefinitionDescription())
			return
		}
		if n := extast.NewDefinitionTerm(); h.isOpen("dl") {
			h.block(n)
			h.text = n
		}
	case "table":
		h.table = &htmlTable{node: extast.NewTable()}
		h.table.node.SetLines(h.lines)
		h.block(h.table.node)
	case "summary":
		if h.push("details", &Details{}) {
			h.text = ast.NewParagraph()
			h.text.SetLines(h.lines)
			h.open = append(h.open, element{t.Data, h.text})
		}
	}
}

// push opens a container, and reports whether it did: those nested beyond all measure
// are left out, but not the items of a list that is there.
func (h *htmlReader) push(name string, n ast.Node) bool {
	if len(h.open) >= maxContainers && name != "li" && name != "dd" {
		return false
	}
	h.block(n)
	h.open = append(h.open, element{name, n})
	return true
}

func (h *htmlReader) top() ast.Node {
	if len(h.open) == 0 {
		return nil
	}
	return h.open[len(h.open)-1].node
}

func (h *htmlReader) isOpen(name string) bool {
	return len(h.open) > 0 && h.open[len(h.open)-1].name == name
}

// close closes the innermost element of a name, and those in it.
func (h *htmlReader) close(name string) {
	for i, e := range slices.Backward(h.open) {
		if e.name == name {
			h.closeTo(i)
			return
		}
	}
}

// closeWithin closes the innermost element of a name, unless one of others, which may
// have its own, is inside.
func (h *htmlReader) closeWithin(name, others string) {
	for i, e := range slices.Backward(h.open) {
		if e.name == name {
			h.closeTo(i)
		}
		if e.name == name || among(e.name, " "+others+" ") {
			return
		}
	}
}

// closeTo closes the elements from the one at i on.
func (h *htmlReader) closeTo(i int) {
	h.endText()
	for _, e := range slices.Backward(h.open[i:]) {
		switch n := e.node.(type) {
		case *ast.List:
			number(n)
		case *ast.Paragraph: // a summary
			if details, ok := h.open[len(h.open)-2].node.(*Details); ok {
				details.Head = n
			}
			h.text = nil
		}
		h.open = h.open[:len(h.open)-1]
	}
}

// end closes all.
func (h *htmlReader) end() {
	h.endCode()
	h.endTable()
	h.closeTo(0)
	h.anchor()
}

// anchor puts the ids that no text has into a paragraph of their own.
func (h *htmlReader) anchor() {
	if len(h.ids) > 0 {
		h.add(ast.NewString(nil))
		h.endText()
	}
}

// block adds a block where the next belongs.
func (h *htmlReader) block(n ast.Node) {
	if h.isOpen("summary") {
		h.closeTo(len(h.open) - 1)
	}
	switch h.top().(type) {
	case *ast.List:
		if n.Kind() != ast.KindListItem {
			h.push("li", ast.NewListItem(0))
		}
	case *extast.DefinitionList:
		if n.Kind() != extast.KindDefinitionDescription && n.Kind() != extast.KindDefinitionTerm {
			h.push("dd", extast.NewDefinitionDescription())
		}
	}
	switch top := h.top(); {
	case top != nil:
		top.AppendChild(top, n)
	case h.at != nil:
		h.parent.InsertBefore(h.parent, h.at, n)
	default:
		h.parent.AppendChild(h.parent, n)
	}
}

// add adds to the text that runs in lines.
func (h *htmlReader) add(n ast.Node) {
	if h.text == nil {
		tag, ok := n.(*HTMLTag)
		if ok && tag.Token.Type == html.EndTagToken {
			return
		}
		var block ast.Node = ast.NewParagraph()
		if top := h.top(); top != nil && top.FirstChild() == nil && (top.Kind() == ast.KindListItem || top.Kind() == extast.KindDefinitionDescription) {
			block = ast.NewTextBlock()
		}
		block.SetLines(h.lines)
		if h.table != nil { // browsers, too, show it before the table
			h.table.node.Parent().InsertBefore(h.table.node.Parent(), h.table.node, block)
		} else {
			h.block(block)
		}
		h.text = block
	}
	for _, id := range h.ids {
		h.text.AppendChild(h.text, &HTMLTag{Token: id})
	}
	h.ids = nil
	if tag, ok := n.(*HTMLTag); ok && tag.Token.Data == "img" && h.broken && h.text == h.lastIn {
		h.text.AppendChild(h.text, ast.NewString([]byte{' '}))
		h.broken = false
	}
	h.text.AppendChild(h.text, n)
}

// remember keeps the id of an element for the text in it.
func (h *htmlReader) remember(t html.Token) {
	if id := Attr(t, "id"); id != "" {
		h.ids = append(h.ids, html.Token{Type: html.StartTagToken, Data: "a", Attr: []html.Attribute{{Key: "id", Val: id}}})
	}
}

// endText ends what runs in lines, but not that of a cell, which may have several blocks.
func (h *htmlReader) endText() {
	if h.text == nil || h.text.Kind() == extast.KindTableCell || h.isOpen("summary") {
		return
	}
	if h.text.FirstChild() == nil {
		h.text.Parent().RemoveChild(h.text.Parent(), h.text)
	}
	h.text = nil
}

// endCode ends preformatted text.
func (h *htmlReader) endCode() {
	if h.code != nil {
		h.code.Code = strings.TrimPrefix(h.pre.String(), "\n") // which is no line (HTML, "the pre element")
		h.code = nil
		h.pre.Reset()
	}
}

// codeToken adds to preformatted text.
func (h *htmlReader) codeToken(t html.Token) {
	switch {
	case t.Type == html.TextToken:
		h.pre.WriteString(t.Data)
	case t.Data == "br":
		h.pre.WriteByte('\n')
	case t.Data == "img":
		h.pre.WriteString(Attr(t, "alt"))
	}
	for class := range strings.FieldsSeq(Attr(t, "class")) {
		if lang, ok := strings.CutPrefix(class, "language-"); ok {
			h.code.Lang = lang
		}
	}
}

// markdown puts a block of Markdown into what is open.
func (h *htmlReader) markdown(n ast.Node) {
	h.endCode()
	if h.text != nil && h.text.Kind() == extast.KindTableCell && isText(n) {
		h.cellText(n)
		n.Parent().RemoveChild(n.Parent(), n)
		return
	}
	h.endTable()
	h.endText()
	for h.isOpen("ul") || h.isOpen("ol") || h.isOpen("dl") { // it is in no item
		h.closeTo(len(h.open) - 1)
	}
	if len(h.open) > 0 {
		h.block(n)
	}
}
