package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// TeX between dollars is shown as its source, like code: a terminal cannot set
// it, and what looks like Markdown in it is none.

// mathBlocks turns a paragraph between $$ and $$ into a code block.
type mathBlocks struct{}

// MathBlock is a paragraph of TeX, without the dollars around it.
type MathBlock struct{ ast.CodeBlock }

func (mathBlocks) Transform(n *ast.Paragraph, reader text.Reader, _ parser.Context) {
	lines, mark := n.Lines(), []byte("$$")
	if lines.Len() == 0 {
		return
	}
	src := reader.Source()
	first, last := lines.At(0), lines.At(lines.Len()-1)
	first, last = first.TrimLeftSpace(src), last.TrimRightSpace(src)
	one := lines.Len() == 1
	if !bytes.HasPrefix(first.Value(src), mark) || !bytes.HasSuffix(last.Value(src), mark) || one && first.Len() < 5 {
		return
	}
	block := &MathBlock{}
	for i := range lines.Len() {
		segment := lines.At(i)
		if i == 0 {
			segment = segment.WithStart(first.Start + len(mark))
		}
		if i == lines.Len()-1 {
			segment = segment.WithStop(last.Stop - len(mark))
		}
		if !util.IsBlank(segment.Value(src)) {
			block.Lines().Append(segment)
		}
	}
	n.Parent().ReplaceChild(n.Parent(), n, block)
}

// mathSpans reads $x$ as GitHub does: no space inside the dollars, and no digit
// after them, so that prices are none.
// https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
type mathSpans struct{}

func (mathSpans) Trigger() []byte { return []byte{'$'} }

func (mathSpans) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if len(line) < 3 || line[1] == '$' || util.IsSpace(line[1]) || alphanumeric(block.PrecendingCharacter()) {
		return nil
	}
	end := 1 + bytes.IndexByte(line[1:], '$')
	if end == 0 || util.IsSpace(line[end-1]) || line[end-1] == '\\' || end+1 < len(line) && util.IsAlphaNumeric(line[end+1]) {
		return nil
	}
	span := ast.NewCodeSpan()
	span.AppendChild(span, ast.NewRawTextSegment(text.NewSegment(segment.Start+1, segment.Start+end)))
	block.Advance(end + 1)
	return span
}

func alphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
