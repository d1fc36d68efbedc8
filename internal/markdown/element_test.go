package markdown

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
)

// nested writes a tree's text with its elements in brackets.
func nested(t *Tree, n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		inner := nested(t, c)
		switch c := c.(type) {
		case *HTMLTag:
			mark := map[bool]string{true: "", false: "/"}[c.Opens()]
			fmt.Fprintf(&b, "[%s%s %s]", mark, c.Token.Data, inner)
		case *ast.Emphasis:
			b.WriteString("(" + inner + ")")
		case *ast.RawHTML:
			b.WriteString("raw")
		default:
			if !c.HasChildren() {
				inner = t.Plain(c)
			}
			b.WriteString(inner)
		}
	}
	return b.String()
}

func TestElements(t *testing.T) {
	for src, want := range map[string]string{
		"a <b>c <i>d</i></b> e":                "a [b c [i d]] e",
		"a <b>c <i>d</b> e":                    "a [b c [i d]] e",
		"a <b>c":                               "a [b c]",
		"a <b>c *d</b> e* f":                   "a [b c (d[/b ] e) f]",
		"*a <b>c* d</b> e":                     "(a [b c]) d[/b ] e",
		"a<br>b<img src=c>d":                   "a[br ]b[img ]d",
		"a <p>b</p> c":                         "a [p ]b[/p ] c",
		"a <script>b *c* <b>d</script>e":       "a e",
		"a <style>b":                           "a ",
		"<b>a <script>b</b></script>c</b>d":    "[b a c]d",
		"a <!-- b --> <?c?> d":                 "a   d",
		"<ruby>漢<rp>(</rp><rt>kan</rt></ruby>": "[ruby 漢(kan)]",
		"- <u>a\n- b":                          "[u a]b",
		"a <<word>> b <<b>c</b>>":              "a <<word>> b <[b c]>",
		"<u>a <<b\nc>></u>":                    "[u a <<b c>>]",
	} {
		tree := Parse(src, Unlimited(), nil)
		if got := nested(tree, tree.Doc); got != want {
			t.Errorf("%q\ngot  %q\nwant %q", src, got, want)
		}
	}
}

// TestElementLimits holds how deep elements nest, whatever stands between them, and how many
// tags are read.
func TestElementLimits(t *testing.T) {
	deepest := func(src string) (most int, raw int) {
		depth := 0
		_ = ast.Walk(Parse(src, Unlimited(), nil).Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			switch n.(type) {
			case *HTMLTag:
				if depth += map[bool]int{true: 1, false: -1}[entering]; depth > most {
					most = depth
				}
			case *ast.RawHTML:
				if entering {
					raw++
				}
			}
			return ast.WalkContinue, nil
		})
		return most, raw
	}
	for _, src := range []string{
		strings.Repeat("<b>a ", 100),
		strings.Repeat("*a <b>", 100) + strings.Repeat("</b>c* ", 100),
		"<div>" + strings.Repeat("<b>a ", 100) + "</div>",
	} {
		if most, _ := deepest(src); most != 17 { // the last holds nothing
			t.Errorf("%.20q nests %d deep", src, most)
		}
	}
	many := strings.Repeat("a <b>c</b>\n\n", 2501)
	if _, raw := deepest(many); raw != 2 {
		t.Errorf("of 5002 tags %d stay", raw)
	}
	last := ""
	for p := range Parse(many, Unlimited(), nil).Passages() {
		last = p.Full
	}
	if last != "a <b>c</b>" {
		t.Errorf("the last paragraph is %q", last)
	}
}
