package markdown

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// Tables of kramdown's are read that are none in GFM, and those of GFM as there.
func TestTables(t *testing.T) {
	for src, want := range map[string]string{
		"| a | b |\n| c | d |":                                    "a,b;c,d",
		"| a | b |":                                               "a,b",
		"|a|b|\n|---+---:|\n|c|d|\n|===\n|e|":                     "a,b!c,d;e, [none right]",
		"|---|:-:|\n| a | b |\n| c | d |":                         "a,b;c,d [none center]",
		"| a | b |\n|---|---|\n| c | d |\n|---|---|\n| *e* | f |": "a,b!c,d;e,f",
		"|a|b|\n|c|d|\n|---|---|\n|e|f|":                          "a,b;c,d;e,f",
		"| a \\| b | c |\n| d |":                                  "a | b,c;d,",
		"> | a | b |\n> | c | d |":                                "a,b;c,d",
		"a | b\n--|--\nc | d":                                     "a,b!c,d",
		"| a | b |\n|--|--|":                                      "a,b!",
		"|a|\n|b|":                                                "", // a list of verses
		"||a||":                                                   "", // a norm
		"a\n| b | c |":                                            "",
		"| a | b\n| c | d":                                        "",
		"| a | b |\n|---|\n| c | d |":                             "",
	} {
		tree := Parse(src+"\n", Unlimited(), nil)
		var b strings.Builder
		_ = ast.Walk(tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			switch n := n.(type) {
			case *extast.Table:
				if !entering && slices.Min(n.Alignments) < extast.AlignNone {
					fmt.Fprint(&b, " ", n.Alignments)
				}
			case *extast.TableHeader:
				if !entering {
					b.WriteString("!")
				}
			case *extast.TableRow:
				if !entering && n.NextSibling() != nil {
					b.WriteString(";")
				}
			case *extast.TableCell:
				if entering {
					b.WriteString(tree.Plain(n))
					if n.NextSibling() != nil {
						b.WriteString(",")
					}
				}
			}
			return ast.WalkContinue, nil
		})
		if got := b.String(); got != want {
			t.Errorf("%q\ngot  %q\nwant %q", src, got, want)
		}
	}
}
