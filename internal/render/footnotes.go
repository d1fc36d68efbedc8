package render

import (
	"strconv"
	"strings"

	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/sshblog/sshblog/internal/textwidth"
)

func itoa(n int) string { return strconv.Itoa(n) }

// noteRef returns the link of a reference to a footnote.
func (l *layout) noteRef(n int) int {
	return l.keepLink(Link{Kind: ToNote, Text: l.noteMark(n), Target: "#" + (&Note{Number: n}).ID()})
}

// noteMark is what stands for a footnote in the text and before it.
func (l *layout) noteMark(n int) string {
	if l.symbols.linear {
		return "[^" + itoa(n) + "]"
	}
	return superscript(n)
}

// shortRule draws a rule that sets off what follows, or says what that is.
func (l *layout) shortRule(what string) {
	if l.symbols.linear {
		l.line([]span{{text: what}})
		return
	}
	l.line([]span{{text: strings.Repeat(l.symbols.rule, min(12, l.avail())), style: l.theme.Rule}})
}

// footnotes lays out the footnotes. They come last in the tree.
func (l *layout) footnotes(n *extast.FootnoteList) {
	l.end = l.writer.lines()
	l.indents = nil
	l.space(1)
	l.flushGap()
	l.shortRule("Notes")
	widest := textwidth.Of(l.noteMark(n.ChildCount()))
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		note, ok := c.(*extast.Footnote)
		if !ok {
			continue
		}
		number := l.noteMark(note.Index)
		pad := spaces(widest - textwidth.Of(number))
		l.push([]span{{text: pad + number + " ", style: l.theme.Quiet}}, []span{{text: spaces(widest + 1)}})
		l.budget.take(&l.budget.anchors, 1)
		l.budget.take(&l.budget.kept, keptHeading)
		at := Note{Number: note.Index, Line: l.writer.lines()}
		l.blocks(note)
		l.gap = 0
		l.pop()
		l.notes = append(l.notes, at)
	}
	l.space(1)
}

// listTargets writes the targets of the numbered links.
func (l *layout) listTargets() {
	if len(l.targets) == 0 {
		return
	}
	l.indents, l.gap = nil, 0
	l.budget.lines += l.reserved.lines
	l.budget.kept += l.reserved.bytes
	l.budget.memory += len(l.targets) * 3 * costOfSpan
	l.space(2)
	l.flushGap()
	l.began(l.writer.lines(), sumOfTargets)
	l.line([]span{{text: "Links", style: l.theme.Quiet}})
	widest := len(linkMark(len(l.targets)))
	for i, target := range l.targets {
		mark := linkMark(i + 1)
		// A hyperlink that is none of the page's: Page.Links is the text's.
		l.writer.targets = append(l.writer.targets, target.web)
		link := len(l.writer.targets)
		l.push(
			[]span{{text: spaces(widest-len(mark)) + mark + " ", style: l.theme.Quiet}},
			[]span{{text: spaces(widest + 1)}})
		l.text([]span{{text: target.label, style: l.theme.Quiet, link: link}})
		l.pop()
	}
}
