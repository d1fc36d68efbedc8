package render

import (
	"bytes"

	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newParser returns a parser for CommonMark with GitHub's extensions, footnotes,
// definition lists, emoji names and CJK line breaks. It may be used by many
// goroutines at once.
func newParser() *markdown {
	key := parser.NewContextKey()
	md := goldmark.New(goldmark.WithExtensions(
		extension.Linkify, extension.Strikethrough, extension.TaskList,
		extension.Footnote, extension.DefinitionList, extension.CJK, emoji.Emoji,
	))
	md.Parser().AddOptions(
		parser.WithAttribute(), // of headings: ## Title {#id}
		parser.WithParagraphTransformers(
			util.Prioritized(mathBlocks{}, 150),
			util.Prioritized(boundedTables{extension.NewTableParagraphTransformer(), key}, 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
		parser.WithInlineParsers(
			util.Prioritized(bracketLimit{parser.NewContextKey(), key}, 0),
			util.Prioritized(mathSpans{}, 150),
		),
	)
	return &markdown{md.Parser(), key}
}

// markdown is a parser whose work is bounded by a budget.
type markdown struct {
	parser parser.Parser
	budget parser.ContextKey
}

// parse returns the tree of a text, and where it ends in there: before the line at which
// the parser has looked at lines more than maxLooks times.
func (m *markdown) parse(src []byte, b *budget) (doc ast.Node, end int) {
	for doc == nil {
		doc, end = m.attempt(src, b)
		src = src[:end:end]
	}
	return doc, end
}

// attempt returns the tree of a text and its length, or nil and how much of it can be
// parsed.
func (m *markdown) attempt(src []byte, b *budget) (doc ast.Node, end int) {
	r := &lineReader{Reader: text.NewReader(src), budget: b, left: maxLooks}
	defer func() {
		if r.left < 0 {
			_ = recover() // it is r's own
			_, at := r.Position()
			doc, end = nil, bytes.LastIndexByte(src[:at.Start], '\n')+1
		}
	}()
	pc := parser.NewContext()
	pc.Set(m.budget, b)
	return m.parser.Parse(r, parser.WithContext(pc)), len(src)
}

// lineReader reads lines, which the parser looks at for each block that is open. How many
// are open at a line, nobody else can tell: a paragraph keeps all around it open, however
// little its next lines are indented.
type lineReader struct {
	text.Reader
	budget *budget
	left   int // looks; below 0, the parser was stopped
}

func (r *lineReader) PeekLine() ([]byte, text.Segment) {
	r.budget.tick()
	line, segment := r.Reader.PeekLine()
	if line != nil {
		r.budget.grow(costOfLook)
		if r.left--; r.left < 0 {
			panic(spent{})
		}
	}
	return line, segment
}

// budgetOf returns the budget that a parser's context has.
func budgetOf(pc parser.Context, key parser.ContextKey) *budget {
	if b, ok := pc.Get(key).(*budget); ok {
		return b
	}
	return unlimited()
}

// Limits on what one post may make the parser do. Each stands far beyond what
// anyone writes, and keeps something in goldmark that grows with the square
// of its input, or faster, to some milliseconds.
const (
	maxMarkers  = 40      // quote, list and footnote markers at the start of a line
	maxLooks    = 120_000 // at lines, one or more for each block that is open there, blank lines included
	maxOpeners  = 1_000   // brackets and delimiters in one paragraph
	maxNesting  = 10      // quotes and lists inside each other, on the page
	openerBytes = "[]!*_~`<:$"
)

// tree is a parsed Markdown text.
type tree struct {
	doc  ast.Node
	src  []byte // that the nodes refer to
	rest string // what comes behind src and was not parsed

	expansion *expansion
}

// parse parses a Markdown text as far as the budget allows.
func parse(m *markdown, body string, b *budget) tree {
	expanded := expand(body, b, nil)
	src, rest := parseable(expanded, body, b)
	doc, end := m.parse(src, b)
	src, rest = src[:end:end], string(src[end:])+rest
	limitNesting(doc, 0)
	joinTables(doc, src)
	return tree{doc, src, rest, expanded}
}

// parseable returns what of an expanded text the parser may be given, and the
// rest.
func parseable(e *expansion, body string, b *budget) (src []byte, rest string) {
	src = limitMarkers([]byte(e.text))
	n := b.parsed(src)
	return src[:n:n], string(src[n:]) + body[e.rest:]
}

// limitMarkers drops the container markers of a line beyond maxMarkers. The
// parser's work for one line grows with the square of their number.
func limitMarkers(src []byte) []byte {
	if bytes.Count(src, []byte{'>'})+bytes.Count(src, []byte("- "))+bytes.Count(src, []byte("* "))+
		bytes.Count(src, []byte("+ "))+bytes.Count(src, []byte(". "))+bytes.Count(src, []byte(") "))+
		bytes.Count(src, []byte("]:")) <= maxMarkers {
		return src
	}
	out := make([]byte, 0, len(src))
	for line := range bytes.Lines(src) {
		rest, n, keep := line, 0, 0
		for {
			m := marker(rest)
			if m == 0 {
				break
			}
			rest = rest[m:]
			if n++; n == maxMarkers {
				keep = len(line) - len(rest)
			}
		}
		if n > maxMarkers {
			out = append(out, line[:keep]...)
			line = rest
		}
		out = append(out, line...)
	}
	return out
}

// marker returns the length of the container marker that line starts with,
// with the space before it, or 0.
func marker(line []byte) int {
	i := 0
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	start := i
	if i == len(line) {
		return 0
	}
	switch c := line[i]; {
	case c == '>':
		return i + 1
	case c == '-' || c == '*' || c == '+':
		i++
	case c >= '0' && c <= '9':
		for i < len(line) && i-start < 9 && line[i] >= '0' && line[i] <= '9' {
			i++
		}
		if i == len(line) || line[i] != '.' && line[i] != ')' {
			return 0
		}
		i++
	case bytes.HasPrefix(line[i:], []byte("[^")):
		end := bytes.Index(line[i:], []byte("]:"))
		if end < 0 {
			return 0
		}
		return i + end + 2
	case c == ':':
		i++
	default:
		return 0
	}
	if i < len(line) && line[i] != ' ' && line[i] != '\t' {
		return 0
	}
	return i
}

// limitNesting moves what is nested deeper than maxNesting quotes and lists
// to the depth where it still has room: deeper content is flattened, not lost.
func limitNesting(n ast.Node, depth int) {
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		switch c.Kind() {
		case ast.KindBlockquote, ast.KindList:
			if depth < maxNesting {
				limitNesting(c, depth+1)
				break
			}
			if first := c.FirstChild(); first != nil {
				next = first
			}
			unwrap(c)
		case ast.KindListItem:
			if n.Kind() == ast.KindList {
				limitNesting(c, depth)
				break
			}
			if first := c.FirstChild(); first != nil {
				next = first
			}
			unwrap(c)
		case extast.KindDefinitionList, extast.KindDefinitionDescription, extast.KindFootnoteList, extast.KindFootnote:
			limitNesting(c, depth)
		}
		c = next
	}
}

// unwrap puts a node's children in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for c := n.FirstChild(); c != nil; c = n.FirstChild() {
		parent.InsertBefore(parent, n, c)
	}
	parent.RemoveChild(parent, n)
}

// boundedTables reads tables as long as there are cells left: a head of 10,000 columns
// over 10,000 short lines is small in bytes, but the parser fills in 100
// million cells.
type boundedTables struct {
	parser.ParagraphTransformer
	budget parser.ContextKey
}

func (t boundedTables) Transform(n *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := n.Lines()
	columns := 0
	for i := range lines.Len() {
		segment := lines.At(i)
		line := segment.Value(reader.Source())
		if bytes.IndexFunc(line, func(r rune) bool { return r != '|' && r != '-' && r != ':' && r != ' ' && r != '\t' && r != '\n' }) < 0 {
			columns = max(columns, bytes.Count(line, []byte{'|'})+1)
		}
	}
	b := budgetOf(pc, t.budget)
	if columns == 0 || b.has(&b.cells, columns*lines.Len()) {
		t.ParagraphTransformer.Transform(n, reader, pc)
	} else if lines.Len() > 1 {
		b.large[n] = true
	}
}

// bracketLimit is an inline parser that comes before the others and, once a
// block has had maxOpeners bytes that may open something, takes all that
// follow for text. The work for unclosed brackets grows with the square of
// their number.
type bracketLimit struct{ key, budget parser.ContextKey }

// openers counts the bytes that may open something in the block being parsed.
type openers struct {
	block ast.Node
	n     int
	ticks map[int]int // where in the source the last run of so many backticks begins, once looked for
}

// closes tells whether a later run is as long as the n backticks at an offset.
// Without one the parser would go through the rest of the block for each of them,
// and keep what is in every line.
func (o *openers) closes(n, at int, src []byte) bool {
	if o.ticks == nil {
		o.ticks = make(map[int]int)
		lines := o.block.Lines()
		for i := range lines.Len() {
			segment := lines.At(i)
			for j := segment.Start; j < segment.Stop; {
				run := backticks(src[j:segment.Stop])
				if run > 0 {
					o.ticks[run] = j
				}
				j += max(run, 1)
			}
		}
	}
	return o.ticks[n] > at
}

// backticks returns how many backticks a text begins with.
func backticks(b []byte) int { return len(b) - len(bytes.TrimLeft(b, "`")) }

func (bracketLimit) Trigger() []byte { return []byte(openerBytes) }

func (b bracketLimit) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	o, _ := pc.Get(b.key).(*openers)
	if o == nil {
		o = &openers{}
		pc.Set(b.key, o)
	}
	if o.block != parent {
		*o = openers{block: parent}
	}
	line, segment := block.PeekLine()
	if o.n++; o.n <= maxOpeners {
		budgetOf(pc, b.budget).tick()
		n := backticks(line)
		if n == 0 || o.closes(n, segment.Start, block.Source()) {
			return nil
		}
		block.Advance(n)
		return ast.NewTextSegment(segment.WithStop(segment.Start + n))
	}
	n := max(len(bytes.TrimRight(line, " \\\n")), 1) // how the line ends is for the parser to see
	block.Advance(n)
	return ast.NewTextSegment(segment.WithStop(segment.Start + n))
}
