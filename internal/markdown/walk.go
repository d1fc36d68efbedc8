package markdown

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Kind is what a Passage is.
type Kind uint8

// The kinds of passages.
const (
	Prose Kind = iota // a paragraph, or what there was no room for
	Item              // a paragraph of a list
	Row               // of a table
	Note              // of a footnote
	Heading
	Code
	More // the mark between summary and rest, which has no text
)

// Passage is a piece of a text as a page shows it: a heading, a paragraph, a table's
// row or a block of code. But for code it is one clean line.
type Passage struct {
	Kind Kind
	// Text without what stands for images; "" if there is nothing else.
	Text string
	// Full is Text with what stands for images. It is not blank.
	Full string
}

// Passages yields the text in the order of the page.
func (t *Tree) Passages() iter.Seq[Passage] {
	return func(yield func(Passage) bool) {
		w := words{t: t, yield: yield}
		w.blocks(t.Doc)
		for line := range strings.Lines(t.Rest) {
			w.add(line)
			w.flush()
		}
	}
}

// words gathers what a page shows.
type words struct {
	t     *Tree
	yield func(Passage) bool // or nil when no more is wanted

	kind   Kind
	out    []byte
	images []span // of out, which stand for images
}

// span is a part of a text, in bytes.
type span struct{ start, end int }

func (w *words) add(s string) { w.out = append(w.out, s...) }

// flush ends a passage.
func (w *words) flush() {
	if len(w.out) == 0 {
		return
	}
	p := Passage{Kind: w.kind, Full: w.cleaned(string(w.out))}
	p.Text = p.Full
	if len(w.images) > 0 {
		without := w.out
		for _, image := range slices.Backward(w.images) {
			without = slices.Delete(without, image.start, image.end)
		}
		p.Text = w.cleaned(string(without))
	}
	w.out, w.images = w.out[:0], w.images[:0]
	if p.Full != "" {
		w.pass(p)
	}
}

// cleaned returns the text of a passage, "" if it is blank.
func (w *words) cleaned(text string) string {
	if w.kind != Code {
		return plaintext.Line(text)
	}
	if text = strings.Trim(Clean(text), "\n"); strings.TrimSpace(text) == "" {
		return ""
	}
	return text
}

func (w *words) pass(p Passage) {
	if w.yield != nil && !w.yield(p) {
		w.yield = nil
	}
}

// as gathers a passage, or several, of a kind.
func (w *words) as(kind Kind, gather func()) {
	w.flush()
	outer := w.kind
	w.kind = kind
	gather()
	w.flush()
	w.kind = outer
}

func (w *words) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil && w.yield != nil; n = n.NextSibling() {
		w.block(n)
	}
}

func (w *words) block(n ast.Node) {
	if _, text, ok := w.t.Code(n); ok {
		w.as(Code, func() { w.add(text) })
		return
	}
	switch n := n.(type) {
	case *ast.Heading:
		w.as(Heading, func() { w.inline(n) })
	case *ast.Paragraph, *ast.TextBlock, *extast.DefinitionTerm:
		w.as(w.kind, func() { w.inline(n) })
	case *ast.HTMLBlock: // with too many tags
		w.as(w.kind, func() { w.add(string(w.t.HTML(n))) })
	case *extast.TableHeader, *extast.TableRow:
		w.as(Row, func() {
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				w.inline(c)
				w.add(" ")
			}
		})
	case *ast.List:
		kind := w.kind
		if kind == Prose {
			kind = Item
		}
		w.as(kind, func() { w.blocks(n) })
	case *Alert:
		w.titled(n.Title, n)
	case *Details:
		if n.Head != nil {
			w.inline(n.Head)
		}
		w.titled(n.Summary, n)
	case *Tab:
		w.titled(n.Label, n)
	case *extast.FootnoteList:
		w.as(Note, func() { w.blocks(n) })
	case *ast.LinkReferenceDefinition:
	default:
		if n.Type() == ast.TypeBlock {
			w.blocks(n)
		}
	}
}

func (w *words) titled(title string, n ast.Node) {
	w.add(title)
	w.flush()
	w.blocks(n)
}

// inline gathers the inline content of a block.
func (w *words) inline(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		var words bool
		if w.out, words = w.t.appendWords(w.out, n); words {
			continue
		}
		switch n := n.(type) {
		case *ast.Image:
			w.image(w.t.Plain(n))
		case *HTMLTag:
			w.tag(n)
		case *ast.RawHTML: // one of too many tags
			w.add(string(w.t.RawHTML(n)))
		case *extast.FootnoteLink, *extast.FootnoteBacklink, *extast.TaskCheckBox:
		default:
			w.inline(n)
		}
	}
}

// JoinsNext reports whether what is before and after a line break is both written
// without spaces between words, so that the line break is no space either.
func (t *Tree) JoinsNext(n *ast.Text) bool {
	before, _ := utf8.DecodeLastRune(n.Segment.Value(t.Source))
	if n.Segment.Len() == 0 {
		before = t.edge(n, ast.Node.PreviousSibling, ast.Node.LastChild, utf8.DecodeLastRune)
	}
	if !joins(before) {
		return false
	}
	return join(before, t.edge(n, ast.Node.NextSibling, ast.Node.FirstChild, utf8.DecodeRune))
}

// unbroken returns a text of HTML without the line breaks that are no space; see JoinsNext.
func unbroken(s string) string {
	if strings.IndexByte(s, '\n') < 0 || strings.IndexFunc(s, plaintext.IsIdeographic) < 0 {
		return s
	}
	out, end, before := make([]byte, 0, len(s)+1), 0, ' '
	for line := range strings.SplitSeq(s, "\n") {
		text := strings.TrimLeft(line, " \t")
		if after, _ := utf8.DecodeRuneInString(text); text != "" && join(before, after) {
			out, line = out[:end], text
		} else {
			out = append(out, '\n')
		}
		out = append(out, line...)
		if text = strings.TrimRight(text, " \t"); text != "" {
			end = len(out) - len(line) + len(strings.TrimRight(line, " \t"))
			before, _ = utf8.DecodeLastRuneInString(text)
		}
	}
	return string(out[1:])
}

// join reports whether a line break between two characters is no space.
func join(before, after rune) bool {
	return joins(before) && joins(after) && (plaintext.IsIdeographic(before) || plaintext.IsIdeographic(after))
}

// joins reports whether a character may have no space beside it in Chinese and Japanese.
func joins(r rune) bool {
	return plaintext.IsIdeographic(r) || strings.ContainsRune("“”‘’…—·", r)
}

// edge returns the first character of what stands after a node, or the last before it, without tags and
// the marks of footnotes that stand before it.
func (t *Tree) edge(n ast.Node, next, child func(ast.Node) ast.Node, decode func([]byte) (rune, int)) (r rune) {
	beside := func(n ast.Node) ast.Node {
		for inside := true; inside; _, inside = n.(*HTMLTag) { // whose ends are no edges
			if sibling := next(n); sibling != nil {
				return sibling
			}
			n = n.Parent()
		}
		return nil
	}
	for n = beside(n); n != nil; {
		step := child
		switch n := n.(type) {
		case *ast.Text:
			r, _ = decode(n.Segment.Value(t.Source))
		case *ast.String:
			r, _ = decode(n.Value)
		case *HTMLTag:
			if !n.HasChildren() {
				step = beside
			}
		case *ast.RawHTML, *extast.FootnoteLink:
			step = beside
		case *ast.Image: // which is named
			return ' '
		}
		n = step(n)
	}
	return r
}

// image adds what stands for an image, apart from the words around it.
func (w *words) image(alt string) {
	start := len(w.out)
	w.add(" " + alt + " ")
	w.images = append(w.images, span{start, len(w.out)})
}

// tag gathers an element of HTML.
func (w *words) tag(n *HTMLTag) {
	name := n.Token.Data
	switch {
	case n.Token.Type == html.CommentToken:
		w.flush()
		w.pass(Passage{Kind: More})
	case name == "td", name == "th":
		w.add(" ")
	case name == "br":
		w.add("\n")
	case n.Opens() && name == "img":
		w.image(Attr(n.Token, "alt"))
	case n.Opens() && Media(name) != "":
		w.image(Attr(n.Token, "title"))
	case Breaks(name):
		defer w.lineBreak()
		w.lineBreak()
	}
	w.inline(n)
}

// lineBreak ends a line of HTML.
func (w *words) lineBreak() {
	if w.kind == Row {
		w.add(" ")
	} else {
		w.flush()
	}
}

// Line returns one line of Markdown, such as a title in front matter, as its reader
// sees it: without marks and tags that open and close. All else is kept, though it would
// mean something in a text: __init__, vector<int>, <p>, ![a](b) and {{ tags }}, which no
// engine looks for in front matter.
func Line(s string) string {
	s = plaintext.Line(plaintext.CutRunes(s, maxOneLine))
	if !strings.ContainsAny(s, lineMarks) {
		return s
	}
	s = "\u00a0" + keepNames(s)
	return lineOf(&expansion{body: s, text: s, marks: []mark{{}}})
}

// lineMarks may mean something in a line.
const lineMarks = "\\`*_~[]<{&$:>%@/"

// lineOf returns the text of a line. It begins with a space that is none of Markdown's,
// behind which no block starts.
func lineOf(e *expansion) string {
	for p := range parse(e, Unlimited()).Passages() {
		if p.Text != "" {
			return p.Text
		}
	}
	return ""
}

// maxOneLine bounds what Line reads, in bytes: more than is ever shown.
const maxOneLine = 4 << 10

var (
	dunder = regexp.MustCompile(`__([a-z][a-z_]*)__`)
	angle  = regexp.MustCompile(`</?([A-Za-z][^\s<>/]*)(?:"[^"]*"|'[^']*'|[^<>"'])*>`)
	// <br> at the end of a word breaks the line; one behind a space is a word.
	lineBreak = regexp.MustCompile("([^ (`])<br>")
	// A span of code, or what may have to be kept. Go's expressions cannot count, so
	// that a span is one that opens and closes with one or two backticks.
	kept = regexp.MustCompile("``.*?``|`[^`]*`|!\\[|" + dunder.String() + "|" + angle.String())
)

// keepNames puts backslashes before what would be taken for an image, for strong text
// or for HTML and is neither.
func keepNames(s string) string {
	s = lineBreak.ReplaceAllString(s, "$1<br/>")
	closed := make(map[string]int) // how many tags close each element
	for _, tag := range angle.FindAllStringSubmatch(s, -1) {
		if strings.HasPrefix(tag[0], "</") {
			closed[tag[1]]++
		}
	}
	opened := make(map[string]int)
	return kept.ReplaceAllStringFunc(s, func(found string) string {
		switch {
		case found[0] == '`':
			return found
		case found == "![":
			return `\!\[`
		case found[0] == '_':
			return `\_\_` + strings.Trim(found, "_") + `\_\_`
		}
		name := angle.FindStringSubmatch(found)[1]
		switch {
		case strings.HasPrefix(found, "</") && opened[name] > 0:
			opened[name]--
			return found
		case strings.HasPrefix(found, "</"):
		case !isInline(strings.ToLower(name)) && !strings.ContainsAny(name, ":@-"):
		case strings.HasSuffix(found, "/>"), strings.ContainsAny(name, ":@"):
			return found
		case closed[name] > 0:
			closed[name]--
			opened[name]++
			return found
		}
		return `\` + found
	})
}
