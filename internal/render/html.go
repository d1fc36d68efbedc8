package render

import (
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/markdown"
)

// tag lays out an element of HTML: what it says about looks, breaks and links is kept,
// and everything else about it is dropped.
func (in *inliner) tag(n *markdown.HTMLTag, st glamour.StylePrimitive, link int) {
	t, styles := n.Token, &in.l.theme.Page
	in.l.named(t)
	if markdown.Breaks(t.Data) {
		in.breakLine()
		if n.HasChildren() {
			defer in.breakLine()
		}
	}
	if !n.Opens() {
		return
	}
	styled := func(style glamour.StylePrimitive) {
		style.BlockPrefix, style.BlockSuffix = "", "" // they are Markdown's
		in.within(style, st, link, func(st glamour.StylePrimitive) { in.children(n, st, link) })
	}
	switch t.Data {
	case "br":
		in.add("\n", st, link)
	case "wbr":
		in.add(zeroWidthSpace, st, link)
	case "img":
		in.image(markdown.Attr(t, "alt"), markdown.Attr(t, "src"), st, link)
	case "video", "audio", "iframe", "embed", "source":
		in.media(t, st, link)
		in.children(n, st, link)
	case "b", "strong", "summary", "th", "dt":
		styled(styles.Strong)
	case "i", "em", "cite", "var", "dfn":
		styled(styles.Emph)
	case "s", "del", "strike":
		styled(styles.Strikethrough)
	case "u", "ins":
		styled(glamour.StylePrimitive{Underline: new(true)})
	case "mark":
		styled(glamour.StylePrimitive{Inverse: new(true)})
	case "small":
		styled(styles.Link)
	case "code", "tt", "samp":
		styled(styles.Code.StylePrimitive)
	case "kbd":
		styled(in.l.theme.Keyboard)
	case "q":
		in.add("“", st, link)
		in.children(n, st, link)
		in.add("”", st, link)
	case "sub", "sup":
		in.flush()
		from := len(in.out)
		in.children(n, st, link)
		in.flush()
		in.script(t.Data, from)
	case "a":
		in.linked(newLink(in.l.tree.Plain(n), markdown.Attr(t, "href")), st, link, func(st glamour.StylePrimitive, link int) {
			in.children(n, st, link)
		})
	case "ul", "ol":
		in.list(n, st, link)
	case "li":
		in.item(t)
	default:
		in.children(n, st, link)
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

// list adds a list in running text.
func (in *inliner) list(n *markdown.HTMLTag, st glamour.StylePrimitive, link int) {
	var numbers *markdown.Numbering
	if n.Token.Data == "ol" {
		items := 0
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if item, ok := c.(*markdown.HTMLTag); ok && item.Token.Data == "li" && item.Opens() {
				items++
			}
		}
		numbers = markdown.NewNumbering(n.Token, items)
	}
	in.lists = append(in.lists, numbers)
	in.children(n, st, link)
	in.lists = in.lists[:len(in.lists)-1]
}

// item starts an item of a list in running text, as in the cell of a table.
func (in *inliner) item(t html.Token) {
	mark, n := in.l.symbols.bullets[0]+" ", len(in.lists)
	if n > 0 && in.lists[n-1] != nil {
		mark = in.lists[n-1].Next(markdown.Attr(t, "value")) + ". "
	}
	in.add(strings.ReplaceAll(spaces(2*(n-1)), " ", "\u00a0")+mark, glamour.StylePrimitive{Color: in.l.theme.Page.Item.Color}, added)
}

// mark adds what stands before the summary of details.
func (in *inliner) mark() {
	in.add(in.l.symbols.open, glamour.StylePrimitive{Color: in.l.theme.Page.Item.Color}, 0)
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

// script raises or lowers what was added since out[from]: in the characters
// that Unicode has for it if it has all, else behind ^ or _.
func (in *inliner) script(name string, from int) {
	letters, small, mark := "0123456789+-=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ", "^"
	if name == "sub" {
		letters, small, mark = "0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "_"
	}
	text, before := textOf(in.out[from:]), ""
	if from > 0 {
		before = in.out[from-1].text
	}
	if text == "" || name == "sup" && ordinal(before, text) {
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
func textOf(spans []span) string { return strings.ReplaceAll(joined(spans), "\n", " ") }

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
