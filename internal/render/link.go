package render

import (
	"path"
	"strconv"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
)

// linked adds a link: its text as body adds it, and the number under which
// its target stands at the end. A link inside a link is text.
func (in *inliner) linked(text, target string, st glamour.StylePrimitive, link int,
	body func(glamour.StylePrimitive, int),
) {
	styles := &in.l.theme.styles
	if link != 0 || in.tagLink(0) != 0 {
		body(st, link)
		return
	}
	target = cleanTarget(target)
	n := 0
	if target != "" && target[0] != '#' && text != target {
		n = in.l.number(target)
	}
	link = in.l.addLink(Link{Number: n, Text: text, Target: target})
	over := overlay(st, styles.LinkText)
	over.Format = styles.LinkText.Format
	in.within(styles.LinkText, st, link, func(st glamour.StylePrimitive) { body(st, link) })
	if n > 0 {
		in.add(linkMark(n), overlay(st, styles.Link), link)
	}
}

// linkMark is what stands after a link's text and before its target.
func linkMark(n int) string { return "[" + strconv.Itoa(n) + "]" }

// autoLink adds an address that stands in the text as itself.
func (in *inliner) autoLink(n *ast.AutoLink, st glamour.StylePrimitive, link int) {
	label := clean(string(n.Label(in.l.src)))
	target := cleanTarget(string(n.URL(in.l.src)))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
		target = "mailto:" + target
	}
	style := in.l.theme.styles.LinkText
	if link == 0 && in.tagLink(0) == 0 {
		link = in.l.addLink(Link{Text: label, Target: target})
	}
	in.within(style, st, link, func(st glamour.StylePrimitive) { in.add(label, st, link) })
}

// image adds an image as its alternative text, or else its file name, linked
// to the picture.
func (in *inliner) image(alt, target string, st glamour.StylePrimitive, link int) {
	if strings.TrimSpace(alt) == "" {
		alt = path.Base(cleanTarget(target))
		if alt == "." || alt == "/" {
			alt = "image"
		}
	}
	styles := &in.l.theme.styles
	label := func(st glamour.StylePrimitive, link int) {
		in.within(styles.ImageText, st, link, func(st glamour.StylePrimitive) { in.add(alt, st, link) })
	}
	if target == "" || link != 0 || in.tagLink(0) != 0 {
		label(st, link)
		return
	}
	target = cleanTarget(target)
	n := in.l.number(target)
	link = in.l.addLink(Link{Number: n, Text: alt, Target: target})
	label(st, link)
	in.add(linkMark(n), overlay(st, styles.Link), link)
}

// cleanTarget returns a link's target in one line without control characters.
func cleanTarget(target string) string {
	return strings.ReplaceAll(clean(strings.TrimSpace(target)), "\n", "")
}

// addLink adds a link to the page and returns its id for spans.
func (l *layout) addLink(link Link) int {
	l.links = append(l.links, link)
	l.pen.targets = append(l.pen.targets, hyperlink(link.Target))
	return len(l.links)
}

// number returns the number of a target in the list at the end: equal targets
// share one.
func (l *layout) number(target string) int {
	n, ok := l.numbers[target]
	if !ok {
		n = len(l.targets) + 1
		l.numbers[target] = n
		l.targets = append(l.targets, target)
	}
	return n
}
