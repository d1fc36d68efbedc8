package render

import (
	"slices"
	"strconv"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/theme"
)

// openTag is an HTML element whose end has not come yet.
type openTag struct {
	name  string
	style glamour.StylePrimitive
	link  int
	out   int    // where its content starts in out, for sub and sup
	mark  string // written at its end
}

// maxOpenTags bounds how deep inline HTML nests; deeper elements lose their
// looks, not their text.
const maxOpenTags = 16

// rawHTML handles one tag or comment in running text.
func (in *inliner) rawHTML(n ast.Node, st glamour.StylePrimitive, link int) {
	if _, read := n.(*markdown.HTMLTag); !read {
		in.l.budget.take(&in.l.budget.memory, costOfTokenizer)
	}
	for t := range in.l.tree.Tokens(n) {
		in.l.named(t)
		in.tag(t, st, link)
	}
}

// tag applies an HTML tag: what it says about looks, breaks and links is kept,
// and everything else about it is dropped.
func (in *inliner) tag(t html.Token, st glamour.StylePrimitive, link int) {
	if t.Type != html.TextToken && markdown.Breaks(t.Data) {
		in.breakLine()
	}
	switch t.Type {
	case html.StartTagToken, html.SelfClosingTagToken:
		in.startTag(t, st, link)
	case html.EndTagToken:
		if n := len(in.lists); n > 0 && (t.Data == "ul" || t.Data == "ol") {
			in.lists = in.lists[:n-1]
		}
		in.close(t.Data)
	case html.TextToken:
		in.add(t.Data, st, link)
	}
}

// breakLine ends the line, unless nothing is on it but the mark of an item.
func (in *inliner) breakLine() {
	in.flush()
	if n := len(in.out); n > 0 && !strings.HasSuffix(in.out[n-1].text, "\n") &&
		(in.out[n-1].link&added == 0 || !strings.HasSuffix(in.out[n-1].text, " ")) {
		in.add("\n", glamour.StylePrimitive{}, 0)
	}
}

// item starts an item of a list in running text, as in the cell of a table.
func (in *inliner) item() {
	mark, n := in.l.symbols.bullets[0]+" ", len(in.lists)
	if n > 0 && in.lists[n-1] > 0 {
		mark = itoa(in.lists[n-1]) + ". "
		in.lists[n-1]++
	}
	in.add(spaces(2*(n-1))+mark, glamour.StylePrimitive{Color: in.l.theme.Page.Item.Color}, added)
}

// mark adds what stands before the summary of details.
func (in *inliner) mark() {
	in.add(in.l.symbols.open, glamour.StylePrimitive{Color: in.l.theme.Page.Item.Color}, 0)
}

func (in *inliner) startTag(t html.Token, st glamour.StylePrimitive, link int) {
	styles := &in.l.theme.Page
	switch t.Data {
	case "br":
		in.add("\n", st, link)
	case "wbr":
		in.add(zeroWidthSpace, st, link)
	case "img":
		in.image(markdown.Attr(t, "alt"), markdown.Attr(t, "src"), st, link)
	case "video", "audio", "iframe", "embed", "source":
		in.media(t, st, link)
	case "b", "strong", "summary", "th", "dt":
		in.open(t, styles.Strong, 0, "")
	case "i", "em", "cite", "var", "dfn":
		in.open(t, styles.Emph, 0, "")
	case "s", "del", "strike":
		in.open(t, styles.Strikethrough, 0, "")
	case "u", "ins":
		in.open(t, glamour.StylePrimitive{Underline: new(true)}, 0, "")
	case "mark":
		in.open(t, glamour.StylePrimitive{Inverse: new(true)}, 0, "")
	case "small":
		in.open(t, styles.Link, 0, "")
	case "code", "tt", "samp":
		in.open(t, styles.Code.StylePrimitive, 0, "")
	case "kbd":
		in.open(t, in.l.theme.Keyboard, 0, "")
	case "q":
		in.add("“", st, link)
		in.open(t, glamour.StylePrimitive{}, 0, "”")
	case "sub", "sup":
		in.open(t, glamour.StylePrimitive{}, 0, "")
	case "a":
		in.anchor(t, link)
	case "ul":
		in.lists = append(in.lists, 0)
	case "ol":
		start, err := strconv.Atoi(markdown.Attr(t, "start"))
		if err != nil || start < 1 {
			start = 1
		}
		in.lists = append(in.lists, start)
	case "li":
		in.item()
	}
}

// media adds something to see or hear as a link to it.
func (in *inliner) media(t html.Token, st glamour.StylePrimitive, link int) {
	src := markdown.Attr(t, "src")
	if src == "" {
		return
	}
	label := markdown.Media(t.Data)
	if title := markdown.Attr(t, "title"); title != "" {
		label += ": " + title
	}
	in.linked(newLink(label, src), st, link, func(st glamour.StylePrimitive, link int) { in.add(label, st, link) })
	in.apart = true // from what stands for it in old browsers
}

// anchor opens a link; its text is known when it closes.
func (in *inliner) anchor(t html.Token, link int) {
	to := newLink("", markdown.Attr(t, "href"))
	if to.Target == "" || link != 0 || in.tagLink(0) != 0 {
		return
	}
	id := in.l.addLink(to)
	mark := ""
	if n := in.l.links[id-1].Number; n > 0 {
		mark = linkMark(n)
	}
	in.open(t, in.l.theme.Page.LinkText, id, mark)
}

// open starts an element's style.
func (in *inliner) open(t html.Token, style glamour.StylePrimitive, link int, mark string) {
	if t.Type == html.SelfClosingTagToken || len(in.tags) >= maxOpenTags {
		return
	}
	in.flush()
	in.tags = append(in.tags, openTag{t.Data, theme.Over(in.tagStyle(glamour.StylePrimitive{}), style), link, len(in.out), mark})
	if style.Prefix != "" {
		in.add(style.Prefix, glamour.StylePrimitive{}, 0)
		in.tags[len(in.tags)-1].mark = style.Suffix + mark
	}
}

// close ends the innermost open element of that name, and those inside it.
func (in *inliner) close(name string) {
	for i, t := range slices.Backward(in.tags) {
		if t.name != name {
			continue
		}
		in.flush()
		if t.link > 0 {
			in.l.links[t.link-1].Text = textOf(in.out[t.out:])
			in.add(t.mark, in.l.theme.Page.Link, added)
		} else if t.mark != "" {
			in.add(t.mark, glamour.StylePrimitive{}, 0)
		}
		in.flush()
		if name == "sub" || name == "sup" {
			in.script(name, t.out)
		}
		in.tags = in.tags[:i]
		return
	}
}

// script raises or lowers what was added since out[from]: in the characters
// that Unicode has for it if it has all, else behind ^ or _.
func (in *inliner) script(name string, from int) {
	letters, small, mark := "0123456789+-=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ", "^"
	if name == "sub" {
		letters, small, mark = "0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "_"
	}
	text := textOf(in.out[from:])
	if text == "" || name == "sup" && ordinal(textOf(in.out[:from]), text) {
		return
	}
	forms := []rune(small)
	if strings.Trim(text, letters) != "" {
		in.out[from].text = mark + in.out[from].text
		return
	}
	for i := from; i < len(in.out); i++ {
		in.out[i].text = strings.Map(func(r rune) rune {
			return forms[strings.IndexRune(letters, r)]
		}, in.out[i].text)
	}
}

// ordinal reports whether a raised text is the end of a number, as in 19th, or a
// sign that is small anyway: they are as well read on the line.
func ordinal(before, text string) bool {
	switch strings.ToLower(text) {
	case "tm", "™", "®", "*", "†":
		return true
	case "st", "nd", "rd", "th", "er", "ème":
		return before != "" && before[len(before)-1] >= '0' && before[len(before)-1] <= '9'
	}
	return false
}

// textOf returns the text of spans in one line.
func textOf(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// tagStyle returns the style for text with style st inside the open elements.
func (in *inliner) tagStyle(st glamour.StylePrimitive) glamour.StylePrimitive {
	if len(in.tags) == 0 {
		return st
	}
	return theme.Over(in.tags[len(in.tags)-1].style, st)
}

// tagLink returns the link for text of the given link inside the open elements.
func (in *inliner) tagLink(link int) int {
	for i := len(in.tags) - 1; i >= 0 && link&^added == 0; i-- {
		link |= in.tags[i].link
	}
	return link
}

// named remembers where an element is that links may lead to.
func (l *layout) named(t html.Token) {
	if id := idOf(t); id != "" {
		l.budget.take(&l.budget.anchors, 1)
		l.budget.take(&l.budget.kept, keptAnchor+len(id))
		l.anchors = append(l.anchors, Anchor{id, l.nextLine()})
	}
}

// idOf returns what a link to "#id" may name an element by, or "".
func idOf(t html.Token) string {
	if t.Type != html.StartTagToken && t.Type != html.SelfClosingTagToken {
		return ""
	}
	id := markdown.Attr(t, "id")
	if id == "" && t.Data == "a" {
		id = markdown.Attr(t, "name")
	}
	return id
}
