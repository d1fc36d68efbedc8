package render

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"

	glamour "charm.land/glamour/v2/ansi"
	emoji "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"github.com/sshblog/sshblog/internal/post"
)

// inliner turns the inline content of one block into spans. It collects text
// of one style and has glamour paint it when the style changes.
type inliner struct {
	l    *layout
	out  []span
	tags []openTag // HTML elements that are open

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
	for len(in.tags) > 0 {
		in.close(in.tags[len(in.tags)-1].name)
	}
	in.flush()
	return in.out
}

func (in *inliner) children(n ast.Node, st glamour.StylePrimitive, link int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		in.node(c, st, link)
	}
}

func (in *inliner) node(n ast.Node, st glamour.StylePrimitive, link int) {
	styles := &in.l.theme.styles
	switch n := n.(type) {
	case *ast.Text:
		in.textNode(n, st, link)
	case *ast.String:
		in.add(string(n.Value), st, link)
	case *ast.CodeSpan:
		in.code(in.l.plain(n), st, link)
	case *ast.Emphasis:
		style := styles.Emph
		if n.Level > 1 {
			style = styles.Strong
		}
		in.within(style, st, link, func(st glamour.StylePrimitive) { in.children(n, st, link) })
	case *extast.Strikethrough:
		in.within(styles.Strikethrough, st, link, func(st glamour.StylePrimitive) { in.children(n, st, link) })
	case *ast.Link:
		in.linked(newLink(in.l.plain(n), n.Destination), st, link, func(st glamour.StylePrimitive, link int) {
			in.children(n, st, link)
		})
	case *ast.AutoLink:
		in.autoLink(n, st, link)
	case *ast.Image:
		in.image(in.l.plain(n), shortTarget(n.Destination), st, link)
	case *ast.RawHTML:
		in.rawHTML(n, st, link)
	case *extast.FootnoteLink:
		in.add(in.l.noteMark(n.Index), overlay(st, styles.Link), in.l.noteRef(n.Index))
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
	in.add(in.l.textOf(n), st, link)
	switch {
	case n.HardLineBreak():
		in.add("\n", st, link)
	case n.SoftLineBreak() && !in.joinsNext(n):
		in.add(" ", st, link)
	}
}

// joinsNext tells whether the text and the line after it are both written
// without spaces between words, so that the line break is no space either.
func (in *inliner) joinsNext(n *ast.Text) bool {
	last, _ := utf8.DecodeLastRune(n.Segment.Value(in.l.src))
	next, ok := n.NextSibling().(*ast.Text)
	if !ok || !ideographic(last) {
		return false
	}
	first, _ := utf8.DecodeRune(next.Segment.Value(in.l.src))
	return ideographic(first)
}

// textOf returns what a text node says.
func (l *layout) textOf(n *ast.Text) string {
	b := n.Segment.Value(l.src)
	if n.IsRaw() {
		return string(b)
	}
	return unescape(b)
}

// unescape resolves backslash escapes and character references, each once.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 && bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && i+1 < len(b) && util.IsPunct(b[i+1]):
			i++
			out.WriteByte(b[i])
		case b[i] == '&':
			ref := string(reference(b[i:]))
			i += len(ref) - 1
			// HTML finds &not in &nothing; too, Markdown does not.
			if text := html.UnescapeString(ref); !strings.HasSuffix(text, ";") || ref == "&semi;" {
				ref = text
			}
			if strings.ContainsAny(ref, "\n\r\t") { // blank space as any, and no line break
				ref = " "
			}
			out.WriteString(ref)
		default:
			out.WriteByte(b[i])
		}
	}
	return out.String()
}

// reference returns the character reference that b starts with, or else only
// its ampersand. The longest name that HTML knows has 33 bytes.
func reference(b []byte) []byte {
	for i := 1; i < len(b) && i < 34; i++ {
		switch c := b[i]; {
		case c == ';' && !post.IsReference(string(b[:i+1])):
			return b[:1]
		case c == ';':
			return b[:i+1]
		case c != '#' && !util.IsAlphaNumeric(c):
			return b[:1]
		}
	}
	return b[:1]
}

// plain returns the text of a node's descendants, without markup and breaks.
func (l *layout) plain(n ast.Node) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.WriteString(l.textOf(n))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(l.src))
		case *emoji.Emoji:
			b.WriteString(string(n.Value.Unicode))
		}
		return ast.WalkContinue, nil
	})
	return strings.ReplaceAll(clean(b.String()), "\n", " ")
}

// code adds a code span. Line breaks in it are spaces.
func (in *inliner) code(text string, st glamour.StylePrimitive, link int) {
	in.flush()
	code := in.l.theme.styles.Code.StylePrimitive
	style := overlay(in.l.block, overlay(in.tagStyle(st), code))
	style.Prefix, style.Suffix = code.Prefix, code.Suffix
	in.paint(&glamour.CodeSpanElement{Text: text, Style: style}, in.tagLink(link))
}

// within adds what body adds, in a style over st, between its affixes.
func (in *inliner) within(style, st glamour.StylePrimitive, link int, body func(glamour.StylePrimitive)) {
	over := overlay(st, style)
	in.add(style.BlockPrefix, st, link)
	in.add(style.Prefix, over, link)
	body(over)
	in.add(style.Suffix, over, link)
	in.add(style.BlockSuffix, st, link)
}

// add adds text in a style over the block's.
func (in *inliner) add(text string, st glamour.StylePrimitive, link int) {
	if text == "" {
		return
	}
	if in.apart && alphanumeric(rune(text[0])) {
		text = " " + text
	}
	in.apart = false
	st, link = in.tagStyle(st), in.tagLink(link)
	if in.style != st || in.link != link {
		in.flush()
		in.style, in.link = st, link
	}
	in.pending.WriteString(text)
}

// flush has the pending text painted.
func (in *inliner) flush() {
	if in.pending.Len() == 0 {
		return
	}
	// glamour takes a backslash before punctuation for an escape, but the
	// escapes are resolved already.
	token := strings.ReplaceAll(clean(in.pending.String()), `\`, `\\`)
	in.pending.Reset()
	in.paint(&glamour.BaseElement{Token: token, Style: in.style}, in.link)
}

func (in *inliner) paint(el glamour.ElementRenderer, link int) {
	in.l.budget.take(&in.l.budget.memory, costOfPaint)
	var b strings.Builder
	if err := el.Render(&b, in.l.glamour); err != nil {
		// A theme's format that does not work: the reader still gets the text.
		if base, ok := el.(*glamour.BaseElement); ok {
			b.Reset()
			b.WriteString(base.Token)
		}
	}
	in.out = appendStyled(in.out, b.String(), link)
}

// overlay returns style with what it leaves open taken from under.
func overlay(under, style glamour.StylePrimitive) glamour.StylePrimitive {
	out := glamour.StylePrimitive{
		Format:          style.Format,
		Color:           or(style.Color, under.Color),
		BackgroundColor: or(style.BackgroundColor, under.BackgroundColor),
		Underline:       or(style.Underline, under.Underline),
		Bold:            or(style.Bold, under.Bold),
		Upper:           or(style.Upper, under.Upper),
		Lower:           or(style.Lower, under.Lower),
		Title:           or(style.Title, under.Title),
		Italic:          or(style.Italic, under.Italic),
		CrossedOut:      or(style.CrossedOut, under.CrossedOut),
		Faint:           or(style.Faint, under.Faint),
		Conceal:         or(style.Conceal, under.Conceal),
		Inverse:         or(style.Inverse, under.Inverse),
		Blink:           or(style.Blink, under.Blink),
	}
	return out
}

func or[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// superscript returns n in superscript digits.
func superscript(n int) string {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	if n < 10 {
		return string(digits[max(n, 0)])
	}
	return superscript(n/10) + string(digits[n%10])
}
