package markdown

import (
	"bytes"
	"html"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// A placeholder stands in the text for what a tag of another engine shows, and is all
// that changes there before the Markdown is parsed. It is made of noncharacters, which
// Markdown takes for letters of a word, as Hugo's placeholders are, and which are never
// shown. A text that has them itself gets others, which are not shown either.
const (
	placeholder    = "\ufdd0"
	firstDigit     = "\ufdd1" // and so on, of six octal digits
	placeholderLen = 7 * len(placeholder)
)

// piece is what a tag has become.
type piece struct {
	kind   pieceKind
	text   string // plain; of code as it is
	target string // of a link; an alert's name; the language of code
	source string // as its author wrote it
	opens  int    // of pieceEnd: the piece that it ends
}

type pieceKind uint8

const (
	pieceText pieceKind = iota
	pieceLink
	pieceReference // to another post, where a target may stand, or in the text
	pieceImage
	pieceCode
	pieceAlert
	pieceDetails
	pieceTab
	pieceQuote
	pieceEnd // of one of the four above
)

// unforged returns a text without what might be taken for a placeholder.
func unforged(s string) string { return strings.ReplaceAll(s, placeholder, "\ufddf") }

// put writes a placeholder.
func (e *expander) put(p piece) {
	if p.kind != pieceEnd {
		p.source = e.tagged
	}
	if p.kind == pieceLink || p.kind == pieceImage {
		p.target = replace(p.target, " ", "%20", "<", "%3C", ">", "%3E", "\n", "")
	}
	mark := []byte(placeholder)
	for shift := 15; shift >= 0; shift -= 3 {
		mark = append(mark, firstDigit...)
		mark[len(mark)-1] += byte(len(e.pieces) >> shift & 7)
	}
	e.budget.Grow(costOfTag)
	e.pieces = append(e.pieces, p)
	e.write(string(mark))
}

// plain returns a tag's argument without markup.
func (e *expander) plain(arg string) string {
	e.leftOver(arg)
	if !strings.ContainsAny(arg, lineMarks) {
		return plaintext.Line(arg)
	}
	e.budget.Grow(parseCost([]byte(arg)))
	return lineOf(&expansion{body: arg, text: "\u00a0" + plaintext.Line(arg), marks: []mark{{}}})
}

// leftOver tells of a tag in the argument of another.
func (e *expander) leftOver(arg string) {
	for at := range len(arg) {
		if _, n := ReadTag(arg[at:]); n > 0 && e.tell != nil {
			e.tell(e.tagAt, true, "readers would see "+QuoteTag(arg[at:at+n])+" as it is written; write it as code, or without the braces")
			return
		}
	}
}

// pieceAt returns what the placeholder that b starts with stands for, or nil.
func (e *expansion) pieceAt(b []byte) (p *piece, number int) {
	if len(b) < placeholderLen || !bytes.HasPrefix(b, []byte(placeholder)) {
		return nil, 0
	}
	for at := len(placeholder); at < placeholderLen; at += len(firstDigit) {
		digit := b[at+len(firstDigit)-1] - firstDigit[len(firstDigit)-1]
		if digit > 7 {
			return nil, 0
		}
		number = number*8 + int(digit)
	}
	if number >= len(e.pieces) {
		return nil, 0
	}
	return &e.pieces[number], number
}

// resolve returns a text with something in the place of its placeholders, which may
// depend on what comes before.
func (e *expansion) resolve(b []byte, by func(p *piece, before []byte) string) []byte {
	if len(e.pieces) == 0 || !bytes.Contains(b, []byte(placeholder)) {
		return b
	}
	var out []byte
	for len(b) > 0 {
		if p, _ := e.pieceAt(b); p != nil {
			out = append(out, by(p, out)...)
			b = b[placeholderLen:]
			continue
		}
		out, b = append(out, b[0]), b[1:]
	}
	return out
}

func asSource(p *piece, _ []byte) string { return p.source }

// asTarget is for what is a target, or a part of one.
func asTarget(p *piece, before []byte) string {
	switch {
	case p.kind == pieceText:
		return p.text
	case p.kind == pieceReference && len(before) == 0:
		return PostScheme + escapedTarget(p.target)
	case p.kind == pieceReference:
		return escapedTarget(p.target)
	case p.kind == pieceLink, p.kind == pieceImage:
		return p.target
	}
	return ""
}

func asHTML(p *piece, before []byte) string {
	switch p.kind {
	case pieceText:
		return html.EscapeString(p.text)
	case pieceLink:
		return `<a href="` + html.EscapeString(p.target) + `">` + html.EscapeString(p.text) + "</a>"
	case pieceImage:
		return `<img src="` + html.EscapeString(p.target) + `" alt="` + html.EscapeString(p.text) + `">`
	case pieceReference:
		if len(before) > 0 && strings.IndexByte(`"'=`, before[len(before)-1]) >= 0 {
			before = nil
		}
		return html.EscapeString(asTarget(p, before))
	case pieceCode:
		return "<pre>" + html.EscapeString(p.text) + "</pre>"
	}
	return html.EscapeString(p.text)
}

// escapedTarget returns what names a post as it may stand in a target.
func escapedTarget(s string) string {
	return replace(s, " ", "%20", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22", "\n", "")
}

// Details is a block that a browser would fold.
type Details struct {
	ast.Blockquote

	Summary string
	Head    ast.Node // has the summary in place of that, or nil
}

// Tab is one of several texts of which a page would show one at a time.
type Tab struct {
	ast.Blockquote

	Label string
}

// TagCode is a block of code in a tag of another engine.
type TagCode struct {
	ast.CodeBlock

	Lang, Code string
}

// pieceBlocks makes blocks of placeholders that stand on lines of their own.
type pieceBlocks struct{ key parser.ContextKey }

func (pieceBlocks) Trigger() []byte { return []byte{placeholder[0]} }

func (b pieceBlocks) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	e, _ := pc.Get(b.key).(*expansion)
	line = bytes.TrimSpace(line)
	if e == nil || len(line) != placeholderLen {
		return nil, parser.NoChildren
	}
	var n ast.Node
	p, number := e.pieceAt(line)
	if p == nil {
		return nil, parser.NoChildren
	}
	switch p.kind {
	case pieceCode:
		reader.AdvanceToEOL()
		return &TagCode{Lang: p.target, Code: p.text}, parser.NoChildren
	case pieceAlert:
		n = &Alert{Name: p.target, Title: p.text}
	case pieceDetails:
		n = &Details{Summary: p.text}
	case pieceTab:
		n = &Tab{Label: p.text}
	case pieceQuote:
		n = ast.NewBlockquote()
	default:
		return nil, parser.NoChildren
	}
	n.SetAttributeString("piece", number)
	n.SetAttributeString("indent", pc.BlockIndent())
	reader.AdvanceToEOL()
	return n, parser.HasChildren
}

func (b pieceBlocks) Continue(n ast.Node, reader text.Reader, pc parser.Context) parser.State {
	number, ok := n.AttributeString("piece")
	if !ok {
		return parser.Close
	}
	line, _ := reader.PeekLine()
	if e, ok := pc.Get(b.key).(*expansion); ok {
		if p, _ := e.pieceAt(bytes.TrimSpace(line)); p != nil && p.kind == pieceEnd && p.opens == number {
			reader.AdvanceToEOL()
			return parser.Close
		}
	}
	// What is indented as the tag is stands at the beginning of its line.
	indent, _ := n.AttributeString("indent")
	width, _ := util.IndentWidth(line, reader.LineOffset())
	if most, ok := indent.(int); ok && min(width, most) > 0 {
		reader.AdvanceAndSetPadding(util.IndentPosition(line, reader.LineOffset(), min(width, most)))
	}
	return parser.Continue | parser.HasChildren
}

func (pieceBlocks) Close(ast.Node, text.Reader, parser.Context) {}

func (pieceBlocks) CanInterruptParagraph() bool { return true }

func (pieceBlocks) CanAcceptIndentedLine() bool { return true }

// resolvePieces makes nodes of the placeholders in text, and puts what they stand for
// into the targets of links.
func (t *Tree) resolvePieces() {
	if len(t.expansion.pieces) == 0 {
		return
	}
	var texts []*ast.Text
	_ = ast.Walk(t.Doc, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = t.expansion.resolve(n.Destination, asTarget)
		case *ast.Image:
			n.Destination = t.expansion.resolve(n.Destination, asTarget)
		case *ast.Text:
			if !n.IsRaw() && bytes.Contains(n.Segment.Value(t.Source), []byte(placeholder)) {
				texts = append(texts, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range slices.Compact(texts) { // each was seen twice
		t.split(n)
	}
}

// split puts nodes in the place of the placeholders in a text.
func (t *Tree) split(n *ast.Text) {
	parent, segment := n.Parent(), n.Segment
	for at := segment.Start; ; {
		i := bytes.Index(t.Source[at:segment.Stop], []byte(placeholder))
		if i < 0 {
			n.Segment = segment.WithStart(at) // with the break behind it
			return
		}
		if i > 0 {
			parent.InsertBefore(parent, n, ast.NewTextSegment(text.NewSegment(at, at+i)))
		}
		at += i
		p, _ := t.expansion.pieceAt(t.Source[at:segment.Stop])
		if p == nil {
			at += len(placeholder)
			continue
		}
		parent.InsertBefore(parent, n, p.node(t.Source, at))
		at += placeholderLen
	}
}

// node returns the inline node for a placeholder at an offset of the source.
func (p *piece) node(src []byte, at int) ast.Node {
	label, target := p.text, p.target
	switch p.kind {
	case pieceLink, pieceImage:
	case pieceReference:
		if at > 0 && (util.IsAlphaNumeric(src[at-1]) || src[at-1] == '/') { // the end of an address
			return ast.NewString([]byte(target))
		}
		label, target = target, PostScheme+escapedTarget(target)
	case pieceText, pieceCode:
		return ast.NewString([]byte(label))
	default:
		return ast.NewString(nil)
	}
	link := ast.NewLink()
	link.Destination = []byte(target)
	link.AppendChild(link, ast.NewString([]byte(label)))
	link.SetPos(at)
	if p.kind != pieceImage {
		return link
	}
	image := ast.NewImage(link)
	image.SetPos(at)
	return image
}
