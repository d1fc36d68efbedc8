package markdown

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
)

// Where an address begins and ends, as in GFM, and what cmark-gfm and we add.
func TestAddresses(t *testing.T) {
	for src, want := range map[string]string{
		"www.a.example/b":                      "www.a.example/b",
		"see www.a.example/b.":                 "www.a.example/b",
		"http://localhost:1313/a":              "http://localhost:1313/a",
		"https://a.example:8443":               "https://a.example:8443",
		"www.a.example:8080/b":                 "www.a.example:8080/b",
		"HTTPS://a.example":                    "HTTPS://a.example",
		"https://a.example/b*c|d^e'f":          "https://a.example/b*c|d^e'f",
		"https://de.example/wiki/Köln_(Rhein)": "https://de.example/wiki/Köln_(Rhein)",
		"https://ja.example/日本語":               "https://ja.example/日本語",
		"https://例え.example/a":                 "https://例え.example/a",
		"看https://a.example/b，然后":              "https://a.example/b",
		"（https://a.example/日本）":               "https://a.example/日本",
		"a https://b.example/c?d=(e)).":        "https://b.example/c?d=(e)",
		"(https://a.example/b)":                "https://a.example/b",
		"https://a.example/b&amp;&lt;":         "https://a.example/b",
		"https://a.example/b&amp":              "https://a.example/b&amp",
		"https://a.example/b;":                 "https://a.example/b",
		"https://a.example/b<c":                "https://a.example/b",
		`"https://a.example/b"`:                "https://a.example/b",
		"**https://a.example/b**":              "https://a.example/b",
		"_https://a.example/b_":                "https://a.example/b",
		"https://a.example/b?!.,:*_~":          "https://a.example/b",
		"https://a_b.c.example":                "https://a_b.c.example",
		"mailto:a.b@c.example.":                "mailto:a.b@c.example",
		"xmpp:a@b.example/c@d. e":              "xmpp:a@b.example/c@d",
		"https://a.example a@b.example":        "https://a.example a@b.example",
		"https://b_c.example":                  "",
		"https://b.c_d":                        "",
		"https://-a":                           "",
		"http://":                              "",
		"www..a":                               "",
		"ahttp://b.example":                    "",
		"äwww.b.example":                       "",
		`\_http://a.example`:                   "",
		"[a http://b.example](c)":              "",
		"mailto:a@b":                           "",
		"mailto:a@b.c_":                        "",
	} {
		tree := Parse(src, Unlimited(), nil)
		var got []string
		_ = ast.Walk(tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if link, ok := n.(*ast.AutoLink); ok && entering {
				got = append(got, string(link.Label(tree.Source)))
			}
			return ast.WalkContinue, nil
		})
		if strings.Join(got, " ") != want {
			t.Errorf("%q has %q, want %q", src, got, want)
		}
	}
}

// Addresses are found alike, however they come together with other Markdown, in a text
// that has mail addresses, too.
func TestAddressesBesideMail(t *testing.T) {
	pieces := []string{
		"http://a.example", "https://a.example/b_c", "ftp://a.example", "www.a.example", "http", "www", "://", ".", ":", "//", " ", " ", "\n", "\t", "*", "**", "_", "~", "~~", "(", ")", "[", "]", "](", "<", ">",
		"`", "\\", "!", "$", "a", "b", "?", "&amp;", "\n> ", "\n- ", "\n\n", "|", "\n|-|\n", "[^1]", ":+1:", "ä", "。",
	}
	ours, theirs := newParser(links{}), newParser(links{}, newMail())
	linked := 0
	for seed := range uint64(20_000) {
		random := rand.New(rand.NewPCG(seed, 0))
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		got, want := told(ours, b.String()), told(theirs, b.String())
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %q\ngot  %q\nwant %q", seed, b.String(), got, want)
		}
		if slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "AutoLink") }) {
			linked++
		}
	}
	if linked < 1000 {
		t.Errorf("only %d texts have addresses", linked)
	}
}

// told writes the inline nodes of a text down, with texts joined.
func told(m *markdown, body string) (nodes []string) {
	src := []byte(body)
	doc, _ := m.parse(src, nil, Unlimited())
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		last := len(nodes) - 1
		switch n := n.(type) {
		case *ast.AutoLink:
			if entering {
				nodes = append(nodes, fmt.Sprintf("AutoLink %s %s", n.URL(src), n.Label(src)))
			}
		case *ast.Text:
			text := string(n.Segment.Value(src))
			switch {
			case !entering:
			case last >= 0 && strings.HasPrefix(nodes[last], "Text "):
				nodes[last] += text
			default:
				nodes = append(nodes, "Text "+text)
			}
			if entering && (n.SoftLineBreak() || n.HardLineBreak()) {
				last = len(nodes) - 1
				nodes[last] = strings.TrimRight(nodes[last], " \t") // what spaces are left there is chance
				nodes = append(nodes, fmt.Sprint("break ", n.HardLineBreak()))
			}
		default:
			nodes = append(nodes, fmt.Sprint(n.Kind(), entering))
		}
		return ast.WalkContinue, nil
	})
	return nodes
}

func TestHasMail(t *testing.T) {
	for in, want := range map[string]bool{
		"a@b": true, "_@b": true, "a.b_@1": true, "x @ y@z": true,
		"": false, "@": false, "a@": false, "@b": false, " @b": false, "a@ b": false, "a @b\n@c": false,
	} {
		if got := hasMail([]byte(in)); got != want {
			t.Errorf("hasMail(%q) = %v", in, got)
		}
	}
}
