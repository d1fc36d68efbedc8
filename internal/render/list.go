package render

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/sshblog/sshblog/internal/markdown"
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
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			widest = max(widest, len(label(item, 0)))
		}
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

// marker returns what stands before an item.
func (l *layout) marker(n *ast.List, item ast.Node, number, widest int) []span {
	in := inliner{l: l}
	text := item.FirstChild()
	var task *extast.TaskCheckBox
	if text != nil {
		task, _ = text.FirstChild().(*extast.TaskCheckBox)
	}
	styles := &l.theme.Page
	switch {
	case task != nil:
		mark := styles.Task.Unticked
		if task.IsChecked {
			mark = strings.ReplaceAll(styles.Task.Ticked, "✓", l.symbols.done)
		}
		in.element(mark, "", styles.Task.StylePrimitive, 0)
	case n.IsOrdered():
		in.out = append(in.out, span{text: spaces(widest - len(label(item, number)))})
		in.element(label(item, number), "", styles.Enumeration, 0)
	default:
		item, bullet := styles.Item, l.symbols.bullets[bulletDepth(n)]
		for _, affix := range []*string{&item.BlockPrefix, &item.Prefix, &item.Suffix, &item.BlockSuffix, &item.Format} {
			*affix = strings.ReplaceAll(*affix, "•", bullet)
		}
		in.element("", "", item, 0)
	}
	for i := range in.out {
		in.out[i].text = strings.ReplaceAll(markdown.Clean(in.out[i].text), "\n", "")
	}
	return in.out
}

// label returns the number of an item, or what HTML numbers it by.
func label(item ast.Node, number int) string {
	if given, ok := item.AttributeString("label"); ok {
		if given, ok := given.(string); ok {
			return given
		}
	}
	return strconv.Itoa(max(number, 0))
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
