package render

import (
	"strconv"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// list lays out a list: markers of one width, text hanging beside them, and
// the items apart if the list is loose.
func (l *layout) list(n *ast.List) {
	between := 0
	if !n.IsTight {
		between = 1
	}
	if _, nested := n.Parent().(*ast.ListItem); !nested || !n.IsTight {
		l.space(1)
	}
	widest := 0
	if n.IsOrdered() {
		widest = max(len(strconv.Itoa(n.Start)), len(strconv.Itoa(n.Start+n.ChildCount()-1)))
	}
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		marker := l.marker(n, item, number, widest)
		number++
		l.push(marker, []span{{text: spaces(cellsOf(marker))}})
		l.blocks(item)
		l.gap = 0
		l.pop()
		l.space(between)
	}
	if _, nested := n.Parent().(*ast.ListItem); !nested || !n.IsTight {
		l.space(1)
	}
}

// marker returns what stands before an item, as glamour paints it.
func (l *layout) marker(n *ast.List, item ast.Node, number, widest int) []span {
	in := inliner{l: l}
	text := item.FirstChild()
	var task *extast.TaskCheckBox
	if text != nil {
		task, _ = text.FirstChild().(*extast.TaskCheckBox)
	}
	switch {
	case task != nil:
		in.paint(&glamour.TaskElement{Checked: task.IsChecked}, 0)
	case n.IsOrdered():
		in.out = append(in.out, span{text: spaces(widest - len(strconv.Itoa(number)))})
		in.paint(&glamour.ItemElement{IsOrdered: true, Enumeration: uint(max(number, 0))}, 0)
	default:
		in.paint(&glamour.ItemElement{}, 0)
		bullet := in.l.theme.marks.bullets[bulletDepth(n)]
		for i := range in.out {
			in.out[i].text = strings.ReplaceAll(in.out[i].text, "•", bullet)
		}
	}
	for i := range in.out {
		in.out[i].text = strings.ReplaceAll(clean(in.out[i].text), "\n", "")
		if task != nil {
			in.out[i].text = strings.ReplaceAll(in.out[i].text, "✓", l.theme.marks.done)
		}
	}
	return in.out
}

// bulletDepth returns how deep a list is in others, at most 2.
func bulletDepth(n ast.Node) int {
	depth := 0
	for p := n.Parent(); p != nil && depth < 2; p = p.Parent() {
		if list, ok := p.(*ast.List); ok && !list.IsOrdered() {
			depth++
		}
	}
	return depth
}
