package markdown

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
)

// specExample is one of the examples of CommonMark's specification, as goldmark's module
// has them.
type specExample struct {
	Example        int
	Section        string
	Markdown, HTML string
}

func specExamples(t *testing.T) (examples []specExample) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(goldmarkDir(t), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &examples); err != nil {
		t.Fatal(err)
	}
	return examples
}

// goldmarkDir returns the folder of goldmark's module.
func goldmarkDir(t *testing.T) string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(dir))
}

// otherwise are the examples that we read in another way, and why.
var otherwise = map[int]string{
	184: "HTML that a blank line tears apart goes on behind it: what is indented there is no code",
	191: "as 184",
	608: "an address is a link without brackets, as in GitHub's extensions",
	611: "as 608",
	612: "as 608",
}

// What a text shows, and its headings, links and code, are those of what the
// specification wants it to become, and none of our limits and additions changes that.
func TestTheSpecification(t *testing.T) {
	examples := specExamples(t)
	if len(examples) < 600 {
		t.Fatalf("there are %d examples", len(examples))
	}
	for _, e := range examples {
		tree := Parse(e.Markdown, Unlimited(), nil)
		var words strings.Builder
		for p := range tree.Passages() {
			words.WriteString(p.Full)
		}
		got := append([]string{bare(words.String())}, partsOf(tree)...)
		want := append([]string{bare(shownBy(e.HTML))}, partsOfHTML(e.HTML)...)
		_, known := otherwise[e.Example]
		if slices.Equal(got, want) == known {
			t.Errorf("example %d, %s: %q\n%s\ngot  %q\nwant %q", e.Example, e.Section, e.Markdown, e.HTML, got, want)
		}
	}
}

// partsOf returns the headings, links and code of a tree, and what GFM adds.
func partsOf(tree *Tree) (parts []string) {
	add := func(what, text string) { parts = append(parts, what+" "+text) }
	_ = ast.Walk(tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if lang, text, ok := tree.Code(n); ok {
			add("pre", lang+" "+strings.TrimPrefix(text, "\n")) // which HTML takes for none
		}
		switch n := n.(type) {
		case *ast.Heading:
			add("h"+strconv.Itoa(n.Level), "")
		case *ast.Link:
			add("a", string(util.URLEscape([]byte(Destination(n.Destination)), false)))
		case *ast.Image:
			add("img", string(util.URLEscape([]byte(Destination(n.Destination)), false)))
			return ast.WalkSkipChildren, nil
		case *ast.AutoLink:
			target := string(util.URLEscape(n.URL(tree.Source), false))
			if n.AutoLinkType == ast.AutoLinkEmail {
				target = "mailto:" + target
			}
			add("a", target)
		case *ast.CodeSpan:
			add("code", tree.Plain(n))
		case *HTMLTag:
			parts = append(parts, partsOfHTML(n.Token.String())...)
		case *extast.Strikethrough:
			add("del", "")
		case *extast.TaskCheckBox:
			add("box", strconv.FormatBool(n.IsChecked))
		case *extast.TableCell:
			align := ""
			if n.Alignment != extast.AlignNone {
				align = n.Alignment.String()
			}
			add("cell", align)
		case *ast.RawHTML:
			parts = append(parts, partsOfHTML(string(tree.RawHTML(n)))...)
		}
		return ast.WalkContinue, nil
	})
	return parts
}

// partsOfHTML returns the same of HTML.
func partsOfHTML(source string) (parts []string) {
	z := html.NewTokenizer(strings.NewReader(source))
	pre := false
	for z.Next() != html.ErrorToken {
		token := z.Token()
		open := token.Type == html.StartTagToken || token.Type == html.SelfClosingTagToken
		switch name := token.Data; {
		case !open:
		case name == "a" && slices.ContainsFunc(token.Attr, func(a html.Attribute) bool { return a.Key == "href" }):
			parts = append(parts, "a "+Attr(token, "href"))
		case name == "img":
			parts = append(parts, "img "+Attr(token, "src"))
		case len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6':
			parts = append(parts, name+" ")
		case name == "del":
			parts = append(parts, "del ")
		case name == "input":
			checked := slices.ContainsFunc(token.Attr, func(a html.Attribute) bool { return a.Key == "checked" })
			parts = append(parts, "box "+strconv.FormatBool(checked))
		case name == "th" || name == "td":
			parts = append(parts, "cell "+strings.TrimPrefix(Attr(token, "style"), "text-align:")+Attr(token, "align"))
		case name == "pre":
			pre = true
		case name == "code":
			text := ""
			if z.Next() == html.TextToken {
				text = z.Token().Data
			}
			if pre {
				lang := strings.TrimPrefix(Attr(token, "class"), "language-")
				parts = append(parts, "pre "+LanguageOf(lang)+" "+strings.TrimPrefix(text, "\n"))
			} else {
				parts = append(parts, "code "+text)
			}
			pre = false
		}
	}
	return parts
}

// shownBy returns what a browser shows of HTML, with what stands for images.
func shownBy(source string) string {
	var b strings.Builder
	z, hidden := html.NewTokenizer(strings.NewReader(source)), ""
	for z.Next() != html.ErrorToken {
		token := z.Token()
		switch {
		case hidden != "":
			if token.Type == html.EndTagToken && token.Data == hidden {
				hidden = ""
			}
		case token.Type == html.TextToken:
			b.WriteString(token.Data)
		case token.Type == html.StartTagToken && (token.Data == "script" || token.Data == "style"):
			hidden = token.Data
		case token.Data == "img":
			for _, a := range token.Attr {
				if a.Key == "alt" {
					b.WriteString(a.Val)
				}
			}
		}
	}
	return b.String()
}

// bare returns a text without space.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
