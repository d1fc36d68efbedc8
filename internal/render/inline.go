package render

import (
	"strings"
	"text/template"

	glamour "charm.land/glamour/v2/ansi"
	emoji "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/theme"
)

// inliner turns the inline content of one block into spans. It collects text of one
// style, and makes a span of it when the style changes.
type inliner struct {
	l   *layout
	out []span
	// Lists of HTML that are open, and how they number their items, or nil.
	lists []*markdown.Numbering

	pending strings.Builder
	style   glamour.StylePrimitive
	link    int
	apart   bool // a word that follows is set apart, as from a picture
}

// spans returns the inline content of a block, or of any node with inline
// children, as spans.
func (l *layout) spans(n ast.Node) []span {
	in := inliner{l: l}
	in.children(n, glamour.StylePrimitive{}, 0)
	return in.done()
}

func (in *inliner) done() []span {
	in.flush()
	return in.out
}

func (in *inliner) children(n ast.Node, st glamour.StylePrimitive, link int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		in.node(c, st, link)
	}
}

func (in *inliner) node(n ast.Node, st glamour.StylePrimitive, link int) {
	styles := &in.l.theme.Page
	switch n := n.(type) {
	case *ast.Text:
		in.textNode(n, st, link)
	case *ast.String:
		in.add(string(n.Value), st, link)
	case *ast.CodeSpan:
		in.code(in.l.tree.Plain(n), st, link)
	case *ast.Emphasis:
		style := styles.Emph
		if n.Level > 1 {
			style = styles.Strong
		}
		in.within(style, st, link, func(st glamour.StylePrimitive) { in.children(n, st, link) })
	case *extast.Strikethrough:
		in.within(styles.Strikethrough, st, link, func(st glamour.StylePrimitive) { in.children(n, st, link) })
	case *ast.Link:
		in.linked(newLink(in.l.tree.Plain(n), markdown.Destination(n.Destination)), st, link, func(st glamour.StylePrimitive, link int) {
			in.children(n, st, link)
		})
	case *ast.AutoLink:
		in.autoLink(n, st, link)
	case *ast.Image:
		in.image(in.l.tree.Plain(n), markdown.Destination(n.Destination), st, link)
	case *markdown.HTMLTag:
		in.tag(n, st, link)
	case *ast.RawHTML:
		panic(spent{}) // one of too many tags
	case *extast.FootnoteLink:
		in.add(in.l.noteMark(n.Index), theme.Over(st, styles.Link), in.l.noteRef(n.Index)|added)
	case *emoji.Emoji:
		in.add(string(n.Value.Unicode), st, link)
	case *extast.FootnoteBacklink, *extast.TaskCheckBox: // drawn by the layout
	default:
		in.children(n, st, link)
	}
}

// textNode adds source text: without backslash escapes, with its character
// references resolved, and with the kind of line break that follows it.
func (in *inliner) textNode(n *ast.Text, st glamour.StylePrimitive, link int) {
	in.add(in.l.tree.Text(n), st, link)
	switch {
	case n.HardLineBreak():
		in.add("\n", st, link)
	case n.SoftLineBreak() && !in.l.tree.JoinsNext(n):
		in.add(" ", st, link)
	}
}

// code adds a code span. Line breaks in it are spaces.
func (in *inliner) code(text string, st glamour.StylePrimitive, link int) {
	in.flush()
	code := in.l.theme.Page.Code.StylePrimitive
	style := theme.Over(in.l.block, theme.Over(st, code))
	in.paint(code.Prefix, style, link|added)
	in.paint(text, style, link)
	in.paint(code.Suffix, style, link|added)
}

// within adds what body adds, in a style over st, between its affixes.
func (in *inliner) within(style, st glamour.StylePrimitive, link int, body func(glamour.StylePrimitive)) {
	over := theme.Over(st, style)
	in.add(style.BlockPrefix, st, link|added)
	in.add(style.Prefix, over, link|added)
	body(over)
	in.add(style.Suffix, over, link|added)
	in.add(style.BlockSuffix, st, link|added)
}

// add adds text in a style over the block's.
func (in *inliner) add(text string, st glamour.StylePrimitive, link int) {
	if text == "" {
		return
	}
	if in.apart && util.IsAlphaNumeric(text[0]) {
		text = " " + text
	}
	in.apart = false
	if in.style != st || in.link != link {
		in.flush()
		in.style, in.link = st, link
	}
	in.pending.WriteString(text)
}

// flush adds the pending text to the spans.
func (in *inliner) flush() {
	if in.pending.Len() == 0 {
		return
	}
	text := cleaned(in.pending.String())
	in.pending.Reset()
	in.element("", text, in.style, in.link)
}

// element adds text in a style over the block's, as glamour's BaseElement has it:
// between the affixes of the style, and prefix before all in the block's style.
func (in *inliner) element(prefix, text string, st glamour.StylePrimitive, link int) {
	block, over := in.l.block, theme.Over(in.l.block, st)
	in.paint(prefix, block, link)
	in.paint(st.BlockPrefix, block, link)
	in.paint(st.Prefix, over, link)
	in.paint(formatted(st.Format, text), over, link)
	in.paint(st.Suffix, over, link)
	in.paint(st.BlockSuffix, block, link)
}

// formatted returns text as a style's format has it, which is a Go template. If that
// fails the reader still gets the text.
func formatted(format, text string) string {
	if format == "" {
		return text
	}
	var b strings.Builder
	t, err := template.New("").Funcs(glamour.TemplateFuncMap).Parse(format)
	if err != nil || t.Execute(&b, map[string]any{"text": text}) != nil {
		return text
	}
	return markdown.Clean(b.String()) // a template can write an ESC
}

// paint adds a span of text in a style.
func (in *inliner) paint(text string, st glamour.StylePrimitive, link int) {
	if text == "" {
		return
	}
	broken(span{lettered(text, &st), theme.StyleOf(&st), link}, func(s span) {
		in.l.budget.take(&in.l.budget.memory, costOfPaint)
		in.out = append(in.out, s)
	})
}

// lettered returns text in the letters that a style asks for.
func lettered(text string, st *glamour.StylePrimitive) string {
	set := func(on *bool) bool { return on != nil && *on }
	if set(st.Upper) {
		text = cases.Upper(language.English).String(text)
	}
	if set(st.Lower) {
		text = cases.Lower(language.English).String(text)
	}
	if set(st.Title) {
		text = cases.Title(language.English).String(text)
	}
	return text
}

// superscript returns n in superscript digits.
func superscript(n int) string {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	if n < 10 {
		return string(digits[max(n, 0)])
	}
	return superscript(n/10) + string(digits[n%10])
}
