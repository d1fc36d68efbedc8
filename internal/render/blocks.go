package render

import (
	"strings"
	"unicode"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/theme"
)

// node lays out one block.
func (l *layout) node(n ast.Node) {
	if lang, text, ok := l.tree.Code(n); ok {
		l.codeText(text, lang)
		return
	}
	switch n := n.(type) {
	case *ast.Heading:
		l.heading(n)
	case *ast.Paragraph:
		if l.budget.Large[n] {
			first, _ := l.extent(n)
			l.notice(tooLargeTable, first)
			l.verbatim(n)
			return
		}
		l.space(1)
		l.inBlock(l.theme.Page.Paragraph.StylePrimitive, func() { l.paragraph(l.spans(n)) })
		l.space(1)
	case *ast.TextBlock:
		l.paragraph(l.spans(n))
	case *ast.Blockquote:
		l.quote(n)
	case *markdown.Alert:
		l.quote(n)
	case *ast.List:
		l.inBlock(l.theme.Page.List.StylePrimitive, func() { l.list(n) })
	case *markdown.Details:
		l.details(n)
	case *markdown.Tab:
		l.space(1)
		in := inliner{l: l}
		in.add(n.Label, l.theme.Page.Strong, 0)
		l.paragraph(in.done())
		l.space(1)
		l.blocks(n)
		l.space(1)
	case *ast.ThematicBreak:
		l.rule()
	case *ast.HTMLBlock:
		panic(spent{}) // it has too many tags
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

// details lays out what a browser would fold.
func (l *layout) details(n *markdown.Details) {
	l.space(1)
	in := inliner{l: l}
	in.mark()
	strong := theme.Over(glamour.StylePrimitive{}, l.theme.Page.Strong)
	if in.add(n.Summary, strong, 0); n.Head != nil {
		in.children(n.Head, strong, 0)
	}
	l.text(in.done())
	l.space(1)
	if n.HasChildren() {
		l.push([]span{{text: "  "}}, []span{{text: "  "}})
		l.blocks(n)
		l.gap = 0
		l.pop()
		l.space(1)
	}
}

// inBlock runs body with a block's style under the text.
func (l *layout) inBlock(style glamour.StylePrimitive, body func()) {
	if style == (glamour.StylePrimitive{}) {
		body()
		return
	}
	outer := l.block
	l.block = theme.Over(outer, style)
	body()
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
	s := &l.theme.Page
	level := [...]*glamour.StyleBlock{&s.H1, &s.H2, &s.H3, &s.H4, &s.H5, &s.H6}[min(max(n.Level, 1), 6)-1]
	style := theme.Over(s.Heading.StylePrimitive, level.StylePrimitive)
	style.Prefix, style.Suffix = level.Prefix, level.Suffix
	if l.symbols.linear {
		style.Prefix = strings.Repeat("#", min(n.Level, 6)) + " "
	}
	text := strings.TrimSpace(l.tree.Plain(n))
	if n.Level <= 2 {
		l.space(2)
	}
	l.space(1)
	l.flushGap()
	l.budget.take(&l.budget.anchors, 1)
	l.budget.take(&l.budget.kept, keptHeading+2*len(text))
	l.headings = append(l.headings, Heading{
		Line:  l.writer.lines(),
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
			return markdown.CleanTarget(string(given))
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
		in.element("", "", l.theme.Page.HorizontalRule, 0)
		for i := range in.out {
			in.out[i].text = strings.Trim(markdown.Clean(in.out[i].text), "\n")
		}
		l.hr = clip(in.out, l.width)
	}
	l.space(1)
	l.flushGap()
	pad := max((l.avail()-cellsOf(l.hr))/2, 0)
	l.line(clip(append([]span{{text: spaces(pad)}}, l.hr...), l.avail()))
	l.space(1)
}

// quote lays out a block quote, or an alert. The kind of that must not be told by the
// colour alone.
func (l *layout) quote(n ast.Node) {
	l.space(1)
	bar := l.theme.Rule
	a, ok := n.(*markdown.Alert)
	if ok {
		bar = theme.Style{Fg: l.theme.Alerts[a.Name].Fg}
	}
	l.push([]span{{text: l.symbols.quote, style: bar}}, []span{{text: l.symbols.quote, style: bar}})
	if ok {
		title := a.Name[:1] + strings.ToLower(a.Name[1:])
		if a.Title != "" && !strings.EqualFold(a.Title, title) {
			title += ": " + a.Title
		} else if l.symbols.linear {
			title += ":"
		}
		l.text([]span{{text: title, style: l.theme.Alerts[a.Name]}})
		l.indents[len(l.indents)-1].used = false // no blank line after it
	}
	l.inBlock(l.theme.Page.BlockQuote.StylePrimitive, func() { l.blocks(n) })
	l.gap = 0
	l.pop()
	l.space(1)
}

func (l *layout) definitions(n *extast.DefinitionList) {
	l.space(1)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *extast.DefinitionTerm:
			if c.PreviousSibling() != nil {
				l.space(1)
			}
			l.styled(l.theme.Page.DefinitionTerm, c)
			l.gap = 0
		case *extast.DefinitionDescription:
			first, rest := "  ", "  "
			if several(c) {
				first, rest = first+l.symbols.define, rest+"  "
			}
			l.push([]span{{text: first, style: l.theme.Quiet}}, []span{{text: rest}})
			l.inBlock(l.theme.Page.DefinitionDescription, func() { l.blocks(c) })
			l.pop()
			l.gap = 0
		}
	}
	l.space(1)
}

// several reports whether a definition is not its term's only one.
func several(n *extast.DefinitionDescription) bool {
	for _, beside := range []ast.Node{n.PreviousSibling(), n.NextSibling()} {
		if _, ok := beside.(*extast.DefinitionDescription); ok {
			return true
		}
	}
	return false
}
