package markdown

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// What a post may have the parser do, written out: what is at a limit is read, and one more is not.
func TestEdges(t *testing.T) {
	words := func(body string) string {
		tree := Parse(body, Unlimited(), nil)
		return nested(tree, tree.Doc)
	}
	// within puts a comment inside of n-1 shortcodes.
	within := func(open, end, comment string) func(int) bool {
		return func(n int) bool {
			before, after := "", ""
			for i := range n - 1 {
				name := string(rune('a' + i))
				before, after = before+strings.ReplaceAll(open, "NAME", name), strings.ReplaceAll(end, "NAME", name)+after
			}
			text := words(before + comment + after)
			return strings.Contains(text, "shown") && !strings.Contains(text, "hidden")
		}
	}
	count := func(body string, kind ast.NodeKind) (nodes int) {
		_ = ast.Walk(Parse(body, Unlimited(), nil).Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if n.Kind() == kind && entering {
				nodes++
			}
			return ast.WalkContinue, nil
		})
		return nodes
	}
	for name, edge := range map[string]struct {
		limit  int
		passes func(n int) bool
	}{
		"bytes of a link's target": {2083, func(n int) bool {
			target := strings.Repeat("a", n)
			return Target(target) == target
		}},
		"bytes of a link's target with an escape": {2083, func(n int) bool {
			return Destination([]byte(`\_`+strings.Repeat("a", n-2))) == "_"+strings.Repeat("a", n-2)
		}},
		"bytes of a tag": {4 << 10, func(n int) bool {
			_, length := ReadTag("{% " + strings.Repeat("a", n-6) + " %}")
			return length == n
		}},
		"filters of an expression": {15, func(n int) bool {
			return words("{{ 'x'"+strings.Repeat(" | upcase", n-1)+" | downcase }}") == "x"
		}},
		"columns of a cell": {50, func(n int) bool {
			return count(fmt.Sprintf("<table><tr><td colspan=%d>a</td><td>b</td></tr></table>", n), extast.KindTableCell) == n+1
		}},
		"bytes of a host's name":     {1 << 10, func(n int) bool { return hostLength([]byte(strings.Repeat("a", n))) == n }},
		"bytes of a language's name": {64, func(n int) bool { return Language(strings.Repeat("a", n)) != "" }},
		"comments that are told apart": {1000, func(n int) bool {
			body := strings.Repeat("<!--\nx\n-->\n\n", n)
			hidden := Parse(body, Unlimited(), nil).HiddenLines(body)
			return hidden(4*n-3) && !hidden(4*n-5) // inside of the last, and before it
		}},
		"bytes that may open something": {1000, func(n int) bool {
			return !strings.Contains(words(strings.Repeat("[ ", n-1)+"`x`"), "`")
		}},
		"cells of tables": {12_000, func(n int) bool { return n <= Unlimited().Cells }},
		"tags of HTML": {25_000 - 5, func(n int) bool { // and its block
			return len(Parse("<div>"+strings.Repeat("<b>", n-1), Unlimited(), nil).HTMLBlocks) == 1
		}},
		"tags of HTML in two blocks": {25_000 - 10, func(n int) bool {
			return len(Parse("<div>"+strings.Repeat("<b>", n-2)+"\n\n<div>", Unlimited(), nil).HTMLBlocks) == 2
		}},
		"quotes of HTML in each other": {10, func(n int) bool {
			return count(strings.Repeat("<blockquote>", n)+"x", ast.KindBlockquote) == n
		}},
		"bytes of a title": {4 << 10, func(n int) bool { return len(Line(strings.Repeat("a", n))) == n }},
		"bytes of a tag with nothing but a name": {64, func(n int) bool {
			_, length := liquidTag("{%"+strings.Repeat(" ", n-8)+"name%}", "name", func() bool { return true })
			return length == n
		}},
		"shortcodes in each other":        {8, within("{{< NAME >}}", "{{< /NAME >}}", "shown{{< comment >}}hidden{{< /comment >}}")},
		"Zola's shortcodes in each other": {8, within("{% NAME() %}\n", "\n{% end %}", "shown\n{% comment() %}\nhidden\n{% end %}")},
	} {
		t.Run(name, func(t *testing.T) {
			if !edge.passes(edge.limit) {
				t.Errorf("%d do not pass", edge.limit)
			}
			if edge.passes(edge.limit + 1) {
				t.Errorf("%d pass", edge.limit+1)
			}
		})
	}
}
