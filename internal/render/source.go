package render

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/sshblog/sshblog/internal/markdown"
)

// Notice is a line of the page's own, which says that what follows is shown as
// Markdown and why.
type Notice struct {
	// Line is its index.
	Line int
	// Source is the line of the body, from 0, that what it is about starts on.
	Source int

	offset int // of that in the text that was parsed
	// What it says.
	What string
}

// What notices say.
const (
	tooMuch       = "The rest of this post is shown as Markdown: it has more markup than one page may have."
	tooMuchNotes  = "The footnotes are shown as Markdown: this post has more markup than one page may have."
	tooLargeTable = "This table is shown as Markdown: it has more cells than one page may have."
	noMoreTargets = "The list of links goes on; the rest is not shown."
	notLaidOut    = "This page is shown as Markdown, since it could not be laid out."
)

// verbatim lays out the source of a block as it is written. It uses nothing
// but the wrapper, so that it can stand in for a block whose rendering failed.
func (l *layout) verbatim(n ast.Node) {
	if first, last := l.extent(n); first < last {
		l.space(1)
		l.text([]span{{text: markdown.Clean(strings.TrimRight(l.tree.Written(first, last), "\n"))}})
		l.space(1)
	}
}

// extent returns where the text of a block starts and ends in the source.
func (l *layout) extent(n ast.Node) (first, last int) {
	first = len(l.tree.Source)
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if text, ok := n.(*ast.Text); ok {
			first, last = min(first, text.Segment.Start), max(last, text.Segment.Stop)
		}
		if n.Kind() == ast.KindCodeBlock && n.Pos() >= 0 { // it may have no lines
			first, last = min(first, n.Pos()), max(last, n.Pos())
		}
		if entering && n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			lines := n.Lines()
			first = min(first, lines.At(0).Start)
			last = max(last, lines.At(lines.Len()-1).Stop)
		}
		return ast.WalkContinue, nil
	})
	return first, last
}

// start returns where the first line of a block starts in the source, with its
// marks; what has no text starts where the block before it ends.
func (l *layout) start(n ast.Node) int {
	first, last := l.extent(n)
	if first >= last {
		if n.PreviousSibling() == nil {
			return 0
		}
		_, first = l.extent(n.PreviousSibling())
		return first
	}
	first = bytes.LastIndexByte(l.tree.Source[:first], '\n') + 1
	if _, fenced := n.(*ast.FencedCodeBlock); fenced && first > 0 {
		first = bytes.LastIndexByte(l.tree.Source[:first-1], '\n') + 1
	}
	return first
}

// notice says why what follows is shown as Markdown.
func (l *layout) notice(what string, offset int) {
	l.space(1)
	l.flushGap()
	l.notices = append(l.notices, Notice{Line: l.writer.lines(), offset: offset, What: what})
	l.text([]span{{text: what, style: l.theme.Quiet}})
	l.space(1)
}

// spentAt shows the source from a block on, for which the budget did not
// suffice. Of the footnotes it shows those that stand before it, too.
func (l *layout) spentAt(n ast.Node) {
	from := l.start(n)
	notes, ok := n.(*extast.FootnoteList)
	if !ok {
		l.rest(from)
		notes, ok = n.Parent().LastChild().(*extast.FootnoteList)
	}
	if !ok {
		return
	}
	var b bytes.Buffer
	for note := notes.FirstChild(); note != nil; note = note.NextSibling() {
		if first, last := l.extent(note); first < last && (n == ast.Node(notes) || first < from) {
			fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(l.tree.Written(bytes.LastIndexByte(l.tree.Source[:first], '\n')+1, last)))
		}
	}
	if b.Len() > 0 {
		l.end = l.writer.lines()
		l.source(b.String(), tooMuchNotes, from)
	}
}

// rest shows the source from an offset on, with what was not parsed.
func (l *layout) rest(from int) {
	l.source(l.tree.Written(from, len(l.tree.Source))+l.unparsed, tooMuch, from)
	l.unparsed = ""
}

// sourceLines is how many lines source takes at most.
const sourceLines = 15_000

// source shows Markdown as it is written, line by line, below a notice.
func (l *layout) source(text, why string, offset int) {
	l.indents, l.gap = nil, 0
	l.outermost()
	l.budget.lines, l.budget.kept, l.budget.memory = sourceLines, keptSource, 4<<20
	first := l.writer.lines()
	defer func() { l.began(l.writer.firstText(first), sumOfSource) }()
	l.notice(why, offset)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(markdown.Clean(line))
		if line == "" {
			l.space(1)
			continue
		}
		if affords(func() { l.text([]span{{text: line}}) }) {
			continue
		}
		l.budget.lines, l.budget.kept, l.budget.memory = 100, keptNotice, 1<<20
		l.notice("The source of this post goes on; the rest is not shown.", offset)
		return
	}
}
