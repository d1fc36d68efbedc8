package render

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// plainBlock lays out the source of a block as it is written. It uses nothing
// but the wrapper, so that it can stand in for a block whose rendering failed.
func (l *layout) plainBlock(n ast.Node) {
	first, last := len(l.src), 0
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			lines := n.Lines()
			first = min(first, lines.At(0).Start)
			last = max(last, lines.At(lines.Len()-1).Stop)
		}
		return ast.WalkContinue, nil
	})
	if first >= last {
		return
	}
	l.space(1)
	text := clean(strings.TrimRight(string(l.src[first:last]), "\n"))
	l.text([]span{{text: text}})
	l.space(1)
}
