package render

import (
	"strings"
	"unicode"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// node lays out one block.
func (l *layout) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		l.heading(n)
	case *ast.Paragraph:
		if l.budget.large[n] {
			first, _ := l.extent(n)
			l.notice(tooLargeTable, first)
			l.plainBlock(n)
			return
		}
		l.space(1)
		l.inBlock(l.theme.styles.Paragraph.StylePrimitive, func() { l.paragraph(l.spans(n)) })
		l.space(1)
	case *ast.TextBlock:
		l.text(l.spans(n))
	case *ast.Blockquote:
		l.quote(n)
	case *ast.List:
		l.inBlock(l.theme.styles.List.StylePrimitive, func() { l.list(n) })
	case *ast.FencedCodeBlock:
		info := ""
		if n.Info != nil {
			info = unescape(n.Info.Segment.Value(l.src))
		}
		l.codeBlock(n, langOf(info))
	case *mathBlock:
		l.codeBlock(n, "math")
	case *ast.CodeBlock:
		if l.isTornHTML(n) {
			l.html(string(n.Lines().Value(l.src)))
			return
		}
		l.codeBlock(n, "")
	case *ast.ThematicBreak:
		l.rule()
	case *ast.HTMLBlock:
		l.htmlBlock(n)
	case *extast.Table:
		l.table(n)
	case *extast.DefinitionList:
		l.definitions(n)
	case *extast.FootnoteList:
		l.footnotes(n)
	case *ast.LinkReferenceDefinition:
	default:
		if n.Type() == ast.TypeBlock {
			l.blocks(n)
		}
	}
}

// paragraph lays out a paragraph. One that holds only an anchor or a comment
// takes no lines.
func (l *layout) paragraph(spans []span) {
	if len(spans) > 0 {
		l.text(spans)
	}
}

// inBlock runs body with a block's style under the text.
func (l *layout) inBlock(style glamour.StylePrimitive, body func()) {
	if style == (glamour.StylePrimitive{}) {
		body()
		return
	}
	outer := l.block
	l.block = overlay(outer, style)
	l.enter()
	body()
	l.leave()
	l.block = outer
}

// styled lays out the inline content of a block in the block's style.
func (l *layout) styled(style glamour.StylePrimitive, n ast.Node) {
	l.inBlock(style, func() {
		in := inliner{l: l}
		in.add(style.Prefix, glamour.StylePrimitive{}, 0)
		in.children(n, glamour.StylePrimitive{}, 0)
		in.add(style.Suffix, glamour.StylePrimitive{}, 0)
		l.text(in.done())
	})
}

func (l *layout) heading(n *ast.Heading) {
	s := &l.theme.styles
	level := [...]*glamour.StyleBlock{&s.H1, &s.H2, &s.H3, &s.H4, &s.H5, &s.H6}[min(max(n.Level, 1), 6)-1]
	style := overlay(s.Heading.StylePrimitive, level.StylePrimitive)
	style.Prefix, style.Suffix = level.Prefix, level.Suffix
	if l.theme.marks.linear {
		style.Prefix = strings.Repeat("#", min(n.Level, 6)) + " "
	}
	text := strings.TrimSpace(l.plain(n))
	if n.Level <= 2 {
		l.space(2)
	}
	l.space(1)
	l.flushGap()
	l.budget.take(&l.budget.marks, 1)
	l.budget.take(&l.budget.kept, keptHeading+2*len(text))
	l.headings = append(l.headings, Heading{
		Line:  l.pen.lines(),
		Level: n.Level,
		Text:  strings.Join(strings.Fields(text), " "), // a shortcode may have left a gap
		ID:    l.id(n, text),
	})
	l.styled(style, n)
	l.space(1)
}

// id returns the id of a heading: the one that its author gave it, else as
// GitHub forms it of its text, in lower case, with hyphens for spaces and no
// other punctuation, and numbered when it was there before.
func (l *layout) id(n *ast.Heading, text string) string {
	if given, ok := n.AttributeString("id"); ok {
		if given, ok := given.([]byte); ok {
			return cleanTarget(string(given))
		}
	}
	id := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, text)
	before := l.ids[id]
	l.ids[id]++
	if before > 0 {
		id += "-" + itoa(before)
	}
	return id
}

// rule draws a thematic break in the middle of the column.
func (l *layout) rule() {
	if l.hr == nil {
		in := inliner{l: l}
		in.paint(&glamour.BaseElement{Style: l.theme.styles.HorizontalRule}, 0)
		for i := range in.out {
			in.out[i].text = strings.Trim(clean(in.out[i].text), "\n")
		}
		l.hr = clip(in.out, l.width)
	}
	l.space(1)
	l.flushGap()
	pad := max((l.avail()-cellsOf(l.hr))/2, 0)
	l.line(clip(append([]span{{text: spaces(pad)}}, l.hr...), l.avail()))
	l.space(1)
}

// quote lays out a block quote, or an alert if it starts as one.
func (l *layout) quote(n *ast.Blockquote) {
	l.space(1)
	kind, ok := l.alertOf(n)
	bar := l.theme.rule
	if ok {
		bar = ink{fg: kind.ink.fg}
	}
	l.pushQuote(bar, "")
	if ok {
		l.text([]span{{text: kind.title, ink: kind.ink}})
		l.frames[len(l.frames)-1].used = false // no blank line after it
	}
	l.inBlock(l.theme.styles.BlockQuote.StylePrimitive, func() { l.blocks(n) })
	l.gap = 0
	l.pop()
	l.space(1)
}

// pushQuote starts the frame of a quote.
func (l *layout) pushQuote(bar ink, tag string) {
	l.pushTag([]span{{text: l.theme.marks.quote, ink: bar}}, tag)
}

// alertOf tells whether a quote is an alert, and takes its "[!NOTE]" away.
func (l *layout) alertOf(n *ast.Blockquote) (alert, bool) {
	p, ok := n.FirstChild().(*ast.Paragraph)
	if !ok || p.Lines().Len() == 0 {
		return alert{}, false
	}
	first := p.Lines().At(0)
	mark, ok := strings.CutPrefix(string(first.Value(l.src)), "[!")
	if !ok {
		return alert{}, false
	}
	mark, _, _ = strings.Cut(mark, "]")
	kind, ok := l.theme.alerts[strings.ToUpper(mark)]
	if !ok {
		return alert{}, false
	}
	// What stands behind the mark is a title, as in Obsidian and Hugo; a sign
	// before it says that a page would fold the text. The kind must not be told
	// by the colour alone.
	_, title, _ := strings.Cut(l.takeLine(p), "]")
	if title = strings.TrimSpace(strings.TrimLeft(title, "+-")); title != "" && !strings.EqualFold(title, kind.title) {
		kind.title += ": " + title
	} else if l.theme.marks.linear {
		kind.title += ":"
	}
	if p.ChildCount() == 0 {
		n.RemoveChild(n, p)
	}
	return kind, true
}

// takeLine removes the first line of a paragraph and returns its text.
func (l *layout) takeLine(p *ast.Paragraph) string {
	var b strings.Builder
	for c := p.FirstChild(); c != nil; c = p.FirstChild() {
		t, isText := c.(*ast.Text)
		if isText {
			b.WriteString(clean(l.textOf(t)))
		} else {
			b.WriteString(l.plain(c))
		}
		p.RemoveChild(p, c)
		if isText && (t.SoftLineBreak() || t.HardLineBreak()) {
			break
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func (l *layout) definitions(n *extast.DefinitionList) {
	l.space(1)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *extast.DefinitionTerm:
			if c.PreviousSibling() != nil {
				l.space(1)
			}
			l.styled(l.theme.styles.DefinitionTerm, c)
			l.gap = 0
		case *extast.DefinitionDescription:
			first, rest := "  ", "  "
			if several(c) {
				first, rest = first+l.theme.marks.define, rest+"  "
			}
			l.push([]span{{text: first, ink: l.theme.quiet}}, []span{{text: rest}})
			l.inBlock(l.theme.styles.DefinitionDescription, func() { l.blocks(c) })
			l.pop()
			l.gap = 0
		}
	}
	l.space(1)
}

// several tells whether a definition is not its term's only one.
func several(n *extast.DefinitionDescription) bool {
	for _, beside := range []ast.Node{n.PreviousSibling(), n.NextSibling()} {
		if _, ok := beside.(*extast.DefinitionDescription); ok {
			return true
		}
	}
	return false
}
