package markdown

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Span is a part of a body, in bytes.
type Span struct{ Start, End int }

// MayHaveComments reports whether Comments could return anything for a body. It is cheap.
func MayHaveComments(body string) bool {
	return strings.Contains(body, commentStart) || strings.Contains(body, "{%") || unusedLinks.MatchString(body) ||
		strings.Contains(body, "{") && strings.Contains(strings.ToLower(body), "comment")
}

const commentStart = "<!--"

// unusedLinks matches definitions of links that are written as comments, since nothing leads there.
var unusedLinks = regexp.MustCompile(`(?m)^ {0,3}\[(?://|comment)\]:.*$`)

// Comments returns what a body says to its authors alone, in order and without overlaps:
// comments of HTML that a page does not show, with their marks, and what stands between the tags of Liquid's,
// kramdown's and shortcodes' comments, and of Liquid's loops, which are not carried out, and links such as [//]: # (this).
// In doubt more is a comment than a page hides, and never less. Of more than most spans the last
// reaches to the last comment's end.
func (t *Tree) Comments(body string, most int) []Span {
	spans := slices.Clone(t.expansion.comments)
	shown := t.shownSpans()
	if len(t.expansion.body) != len(body) { // markers of containers were dropped, and offsets lead elsewhere
		shown = nil
		if len(spans) > 0 {
			spans = []Span{{0, len(body)}}
		}
	}
	for _, at := range unusedLinks.FindAllStringIndex(body, -1) {
		if _, isShown := coveredBy(shown, at[0]); !isShown {
			spans = append(spans, Span{at[0], at[1]})
		}
	}
	ends := commentEnds{body: body, shown: shown, blocks: t.htmlSpans()}
	for at := 0; ; {
		i := strings.Index(body[at:], commentStart)
		if i < 0 {
			return merged(spans, most)
		}
		at += i
		end, isShown := coveredBy(shown, at)
		if !isShown {
			end = ends.of(at)
			spans = append(spans, Span{at, end})
		}
		at = max(end, at+1)
	}
}

// maxHidden bounds the comments that are told apart for their lines.
const maxHidden = 1000

// HiddenLines returns what reports whether a line of a body, from 0, is the inside of a comment that takes
// several lines.
func (t *Tree) HiddenLines(body string) func(line int) bool {
	if !strings.Contains(body, commentStart) {
		return func(int) bool { return false }
	}
	from := newLines(body)
	var hidden [][2]int
	for _, s := range t.Comments(body, maxHidden) {
		hidden = append(hidden, [2]int{from.at(s.Start), from.at(s.End)})
	}
	return func(line int) bool {
		return slices.ContainsFunc(hidden, func(h [2]int) bool { return h[0] < line && line < h[1] })
	}
}

// commentEnds finds the ends of a body's comments, each of which is asked for once, in order.
type commentEnds struct {
	body          string
	shown, blocks []Span // see shownSpans, htmlSpans
	next          [2]int // where the marks stand that were found last; len(body) if there are no more
}

// of returns where the comment at an offset ends: at its mark, unless something shown stands before
// that, which is none of the comment. Without a mark it is the rest of its block of HTML.
func (c *commentEnds) of(at int) int {
	end, found := len(c.body), false
	for i, mark := range [...]string{"-->", "--!>"} {
		from := at + len("<!") // <!--> is one as well
		if c.next[i] < from {
			c.next[i] = len(c.body)
			if n := strings.Index(c.body[from:], mark); n >= 0 {
				c.next[i] = from + n
			}
		}
		if c.next[i] < len(c.body) {
			end, found = min(end, c.next[i]+len(mark)), true
		}
	}
	next, _ := slices.BinarySearchFunc(c.shown, at, func(s Span, at int) int { return cmp.Compare(s.Start, at) })
	if next == len(c.shown) || c.shown[next].Start >= end {
		if block, ok := coveredBy(c.blocks, at); ok && !found {
			return max(block, at+len(commentStart))
		}
		return end
	}
	end = max(c.shown[next].Start, at+len(commentStart))
	if i := strings.Index(c.body[at:end], "\n\n"); i >= 0 {
		return at + i
	}
	return end
}

// coveredBy returns the end of the span that an offset is in.
func coveredBy(spans []Span, at int) (end int, ok bool) {
	i, found := slices.BinarySearchFunc(spans, at, func(s Span, at int) int { return cmp.Compare(s.Start, at) })
	if !found {
		i--
	}
	if i < 0 || at >= spans[i].End {
		return 0, false
	}
	return spans[i].End, true
}

// htmlSpans returns the parts of the body that are blocks of HTML.
func (t *Tree) htmlSpans() []Span {
	spans := make([]Span, 0, len(t.HTMLBlocks))
	for _, n := range t.HTMLBlocks {
		if lines := n.Lines(); lines.Len() > 0 {
			last := bytes.TrimRight(t.Source[:lines.At(lines.Len()-1).Stop], "\n") // which ends the line around it
			spans = append(spans, Span{t.expansion.origin(lines.At(0).Start), t.expansion.origin(len(last))})
		}
	}
	return merged(spans, len(spans))
}

// shownSpans returns the parts of the body that are code, and the marks of comments that have no end in
// their paragraph, which makes them text.
func (t *Tree) shownSpans() []Span {
	var spans []Span
	e := t.expansion
	add := func(from, to int) { spans = append(spans, Span{e.origin(from), e.origin(to)}) }
	_ = ast.Walk(t.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			if lines := n.Lines(); lines.Len() > 0 {
				from := lines.At(0).Start
				if n.Kind() == ast.KindFencedCodeBlock { // with the line of its fence
					from = bytes.LastIndexByte(t.Source[:max(from-1, 0)], '\n') + 1
				}
				add(from, lines.At(lines.Len()-1).Stop)
			}
			return ast.WalkSkipChildren, nil
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if text, ok := c.(*ast.Text); ok {
					add(text.Segment.Start, text.Segment.Stop)
				}
			}
			return ast.WalkSkipChildren, nil
		case *ast.Text: // which may begin behind the <
			for at := n.Segment.Start; !n.IsRaw(); at++ {
				i := bytes.Index(t.Source[at:n.Segment.Stop], []byte(commentStart[1:]))
				if i < 0 {
					break
				}
				if at += i; at > 0 && t.Source[at-1] == '<' {
					add(at-1, at)
				}
			}
		}
		return ast.WalkContinue, nil
	})
	for at := 0; ; at += len(placeholder) { // what tags of other engines enclose as code
		i := bytes.Index(t.Source[at:], []byte(placeholder))
		if i < 0 {
			break
		}
		at += i
		if p, _ := e.pieceAt(t.Source[at:]); p != nil && p.kind == pieceCode {
			next := sort.Search(len(e.marks), func(i int) bool { return e.marks[i].out > at })
			if next < len(e.marks) { // at which the text behind the tag begins
				spans = append(spans, Span{e.origin(at), e.marks[next].at})
			}
		}
	}
	return merged(spans, len(spans))
}

// merged sorts spans and joins those that overlap, and all from the one at most on.
func merged(spans []Span, most int) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	out := spans[:0]
	for _, s := range spans {
		switch last := len(out) - 1; {
		case s.Start >= s.End:
		case last >= 0 && (s.Start <= out[last].End || len(out) >= most):
			out[last].End = max(out[last].End, s.End)
		default:
			out = append(out, s)
		}
	}
	return slices.Clip(out)
}
