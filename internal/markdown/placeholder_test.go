package markdown

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
)

// A text that has the characters of placeholders itself gets nothing that a tag in it
// has become, and shows none of them.
func TestPlaceholdersCannotBeForged(t *testing.T) {
	forged := placeholder + strings.Repeat(firstDigit, 6)
	tree := Parse("{{< youtube id >}} "+forged+" [a]("+forged+") `"+forged+"`\n\n"+forged+"\n", Unlimited(), nil)
	links := 0
	_ = ast.Walk(tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			if links++; links > 1 && strings.Contains(Target(link.Destination), "youtube") {
				t.Errorf("a link leads to %q", link.Destination)
			}
		}
		return ast.WalkContinue, nil
	})
	if links != 2 {
		t.Errorf("there are %d links, want 2", links)
	}
	for p := range tree.Passages() {
		if p.Full != "Video a" {
			t.Errorf("got %q", p.Full)
		}
	}
}

// What a tag encloses keeps its lines, and what a tag shows is on the tag's.
func TestLinesOfNodes(t *testing.T) {
	const body = "a\n\n{{< note >}}\nb\n\n{{< details c >}}[d](e)\n\nf {{< youtube g >}}\n{{< /details >}}\n{{< /note >}}\n\n[h]({{< ref\n \"i.md\" >}}) [j](k)\n"
	var got []string
	tree := Parse(body, Unlimited(), nil)
	_ = ast.Walk(tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			got = append(got, fmt.Sprintf("%d %s", tree.Line(tree.Offset(link)), link.Destination))
		}
		return ast.WalkContinue, nil
	})
	want := "5 e|7 https://www.youtube.com/watch?v=g|11 post:i.md|12 k"
	if strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}

// Where a tag stands in the tree decides what becomes of it.
func TestPlacesOfTags(t *testing.T) {
	for src, want := range map[string]string{
		"[a]({{< ref \"b.md\" >}}#c)":                           "link post:b.md#c",
		"[a][b]\n\n[b]: {{< relref \"c\" >}} \"d\"":             "link post:c",
		"<a href='{{< ref b >}}'>a</a>":                         "html <a href=\"post:b\">",
		"<div>\n{{< img b.png >}}\n</div>":                      "html <img src=\"b.png\" alt=\"\">",
		"- a\n\n      {{< note >}}b{{< /note >}}":               "alert NOTE",
		"- a\n\n  {{< tip >}}\n  - b\n  {{< /tip >}}\n- c":      "alert TIP",
		"{{< tip >}}\n~~~\nb\n{{< /tip >}}\n\n[c](d)":           "alert TIP|code b\n|link d",
		"    {{< note >}}\n    a\n    {{< /note >}}\n[b](c)":    "code {{< note >}}\na\n{{< /note >}}\n|link c",
		"a\n    {{< note >}}\n    [b](c)\n    {{< /note >}}":    "alert NOTE|link c",
		"{{< highlight go >}}\n\tx\n\n{{< /highlight >}}[b](c)": "code \tx\n|link c",
	} {
		var got []string
		tree := Parse(src, Unlimited(), nil)
		_ = ast.Walk(tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			if _, text, ok := tree.Code(n); ok {
				got = append(got, "code "+text)
			}
			switch n := n.(type) {
			case *ast.Link:
				got = append(got, "link "+string(n.Destination))
			case *HTMLTag:
				got = append(got, "html "+n.Token.String())
			case *Alert:
				got = append(got, "alert "+n.Name)
			}
			return ast.WalkContinue, nil
		})
		if strings.Join(got, "|") != want {
			t.Errorf("%q\ngot  %q\nwant %q", src, strings.Join(got, "|"), want)
		}
	}
}
