package render

import (
	"path"
	"strconv"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/theme"
)

// linked adds a link: its text as body adds it, and the number under which
// its target stands at the end. A link inside a link is text, and so is one
// without a target.
func (in *inliner) linked(to Link, st glamour.StylePrimitive, link int, body func(glamour.StylePrimitive, int)) {
	styles := &in.l.theme.Page
	if link != 0 || to.Target == "" {
		body(st, link)
		return
	}
	link = in.l.addLink(to)
	in.within(styles.LinkText, st, link, func(st glamour.StylePrimitive) { body(st, link) })
	apart := in.apart
	in.number(link, st)
	in.apart = apart
}

// number adds the number of a link, if it has one.
func (in *inliner) number(link int, st glamour.StylePrimitive) {
	if n := in.l.links[link-1].Number; n > 0 {
		in.add(linkMark(n), theme.Over(st, in.l.theme.Page.Link), link|added)
	}
}

// linkMark is what stands after a link's text and before its target.
func linkMark(n int) string { return "[" + strconv.Itoa(n) + "]" }

// autoLink adds an address that stands in the text as itself.
func (in *inliner) autoLink(n *ast.AutoLink, st glamour.StylePrimitive, link int) {
	label := markdown.Clean(string(n.Label(in.l.tree.Source)))
	target := markdown.Target(n.URL(in.l.tree.Source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
		target = "mailto:" + target
	}
	style := in.l.theme.Page.LinkText
	if link == 0 {
		link = in.l.keepLink(Link{Text: label, Target: target, Web: target})
	}
	in.within(style, st, link, func(st glamour.StylePrimitive) { in.add(label, st, link) })
}

// image adds an image as its alternative text, or else its file name, linked
// to the picture.
func (in *inliner) image(alt, target string, st glamour.StylePrimitive, link int) {
	to := newLink(alt, target)
	to.Image = true
	if to.Kind != ToWeb {
		to.Kind = ToPath
	}
	if strings.TrimSpace(alt) == "" {
		to.Text = path.Base(pathOf(to.Target))
		if to.Text == "." || to.Text == "/" {
			to.Text = "image"
		}
	}
	styles := &in.l.theme.Page
	label := func(st glamour.StylePrimitive, link int) {
		in.within(styles.ImageText, st, link, func(st glamour.StylePrimitive) { in.add(to.Text, st, link) })
	}
	if target == "" || link != 0 {
		label(st, link)
	} else {
		link = in.l.addLink(to)
		label(st, link)
		in.number(link, st)
	}
	in.apart = true
}

// addLink adds a link to the page, numbers it if it is to have a number, and
// returns its id for spans.
func (l *layout) addLink(link Link) int {
	link.place(l.site, l.budget.base, l.budget.section)
	if link.numbered() {
		link.Number = l.number(&link)
	}
	return l.keepLink(link)
}

// keepLink adds a link to the page and returns its id for spans.
func (l *layout) keepLink(link Link) int {
	l.budget.take(&l.budget.kept, keptLink+len(link.Text)+len(link.Target))
	l.budget.take(&l.budget.memory, costOfLink+3*(len(link.Text)+len(link.Target)))
	l.links = append(l.links, link)
	l.writer.targets = append(l.writer.targets, hyperlink(link.Web))
	return len(l.links)
}

// reserve takes the lines and bytes that the list at the end needs for a target.
func (l *layout) reserve(label string) {
	lines := 1 + 2*len(label)/max(l.width-len("[99999] "), minText)
	size := 2*len(label) + (lines+2)*2*escapes
	l.budget.take(&l.budget.lines, lines)
	l.budget.take(&l.budget.kept, size)
	l.reserved.lines += lines
	l.reserved.bytes += size
}

// listed is a target in the list at the end.
type listed struct{ label, web string }

// number returns the number of a link's target in the list at the end: equal
// targets share one.
func (l *layout) number(link *Link) int {
	label := link.label()
	n, ok := l.numbers[label]
	if !ok {
		l.reserve(label)
		n = len(l.targets) + 1
		l.numbers[label] = n
		l.targets = append(l.targets, listed{label, hyperlink(link.Web)})
	}
	return n
}
