package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newParser returns a parser for CommonMark with GitHub's extensions, footnotes,
// definition lists, emoji names and CJK line breaks, and with what finds addresses.
func newParser(addresses ...parser.InlineParser) *markdown {
	key, pieces := parser.NewContextKey(), parser.NewContextKey()
	md := goldmark.New(goldmark.WithExtensions(
		extension.Strikethrough, extension.TaskList,
		extension.Footnote, extension.DefinitionList, extension.CJK,
	))
	md.Parser().AddOptions(
		parser.WithAttribute(), // of headings: ## Title {#id}
		parser.WithParagraphTransformers(
			util.Prioritized(mathBlocks{}, 150),
			util.Prioritized(boundedTables{extension.NewTableParagraphTransformer(), key}, 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
		parser.WithBlockParsers(util.Prioritized(pieceBlocks{pieces}, 0)),
		parser.WithInlineParsers(
			util.Prioritized(bracketLimit{parser.NewContextKey(), key}, 0),
			util.Prioritized(mathSpans{}, 150),
			util.Prioritized(newEmojiNames(), 998),
		),
	)
	for _, a := range addresses {
		md.Parser().AddOptions(parser.WithInlineParsers(util.Prioritized(a, 999)))
	}
	return &markdown{md.Parser(), key, pieces}
}

// markdown is a parser whose work is bounded by a budget.
type markdown struct {
	parser         parser.Parser
	budget, pieces parser.ContextKey
}

// parse returns the tree of a text, and where it ends in there: at the first line before
// which the parser has looked at lines more than maxLooks times.
func (m *markdown) parse(src []byte, e *expansion, b *Budget) (doc ast.Node, end int) {
	r := &lineReader{Reader: text.NewReader(src), budget: b, left: maxLooks, end: len(src)}
	pc := parser.NewContext()
	pc.Set(m.budget, b)
	pc.Set(m.pieces, e)
	if e != nil && e.lacks {
		pc = unknownReferences{pc}
	}
	return m.parser.Parse(r, parser.WithContext(pc)), r.end
}

// lineReader reads lines, which the parser looks at for each block that is open. How many
// are open at a line, nobody else can tell: a paragraph keeps all around it open, however
// little its next lines are indented.
type lineReader struct {
	text.Reader
	budget *Budget
	left   int // looks; the line at which they end is the last one
	end    int // of the text, in bytes
}

func (r *lineReader) PeekLine() ([]byte, text.Segment) {
	r.budget.Tick()
	line, segment := r.Reader.PeekLine()
	if line != nil {
		r.budget.Grow(costOfLook)
		r.left--
	}
	return line, segment
}

func (r *lineReader) AdvanceLine() {
	r.Reader.AdvanceLine()
	if n, at := r.Position(); r.left < 0 && at.Start < r.end {
		r.end = at.Start
		last := len(r.Source())
		r.SetPosition(n, text.NewSegment(last, last))
	}
}

// budgetOf returns the budget that a parser's context has.
func budgetOf(pc parser.Context, key parser.ContextKey) *Budget {
	if b, ok := pc.Get(key).(*Budget); ok {
		return b
	}
	return Unlimited()
}

// Limits on what one post may make the parser do. Each stands far beyond what
// anyone writes, and keeps something in goldmark that grows with the square
// of its input, or faster, to some milliseconds.
const (
	maxMarkers  = 40      // quote, list and footnote markers at the start of a line
	maxLooks    = 120_000 // at lines, one or more for each block that is open there, blank lines included
	maxOpeners  = 1_000   // brackets and delimiters in one paragraph
	MaxNesting  = 10      // quotes and lists inside each other, on the page
	openerBytes = "[]!*_~`<:$"
)

// limitMarkers drops the container markers of a line beyond maxMarkers. The
// parser's work for one line grows with the square of their number.
func limitMarkers(src string) string {
	var out strings.Builder
	done := 0 // of src
	for at := 0; at < len(src); {
		end := at + strings.IndexByte(src[at:], '\n') + 1
		if end == at {
			end = len(src)
		}
		rest, n, keep := src[at:end], 0, at
		for m := 1; m > 0 && end-at > maxMarkers; rest = rest[m:] {
			if m = marker(rest); m > 0 {
				n++
			}
			if n <= maxMarkers {
				keep = end - len(rest) + m
			}
		}
		if n > maxMarkers {
			out.WriteString(src[done:keep])
			done = end - len(rest)
		}
		at = end
	}
	if done == 0 {
		return src
	}
	return out.String() + src[done:]
}

// marker returns the length of the container marker that line starts with,
// with the space before it, or 0.
func marker[T string | []byte](line T) int {
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
	case strings.HasPrefix(string(line[i:min(len(line), i+2)]), "[^"):
		end := strings.Index(string(line[i:]), "]:")
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

// limitNesting moves what is nested deeper than MaxNesting quotes and lists
// to the depth where it still has room: deeper content is flattened, not lost.
func limitNesting(n ast.Node, depth int) {
	for c := n.FirstChild(); c != nil; {
		next, inside, stays := c.NextSibling(), depth, true
		switch c.Kind() {
		case ast.KindBlockquote, ast.KindList:
			inside, stays = depth+1, depth < MaxNesting
		case ast.KindListItem:
			stays = n.Kind() == ast.KindList
		case extast.KindDefinitionList, extast.KindDefinitionDescription, extast.KindFootnoteList, extast.KindFootnote:
		default:
			c = next
			continue
		}
		if stays {
			limitNesting(c, inside)
		} else {
			if first := c.FirstChild(); first != nil {
				next = first
			}
			unwrap(c)
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

// closes reports whether a later run is as long as the n backticks at an offset.
// Without one the parser would go through the rest of the block for each of them,
// and keep what is in every line.
func (o *openers) closes(n, at int, src []byte) bool {
	if o.ticks == nil {
		o.ticks = make(map[int]int)
		lines := o.block.Lines()
		for i := range lines.Len() {
			segment := lines.At(i)
			for j := segment.Start; ; {
				next := bytes.IndexByte(src[j:segment.Stop], '`')
				if next < 0 {
					break
				}
				j += next
				run := backticks(src[j:segment.Stop])
				o.ticks[run] = j
				j += run
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
		budgetOf(pc, b.budget).Tick()
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
