package markdown

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

func TestLimitMarkers(t *testing.T) {
	code := "```\n" + strings.Repeat("> ", maxMarkers) + "a\n```\n"
	tests := []struct{ name, src, want string }{
		{"few", "> - 1. a\n", "> - 1. a\n"},
		{"quotes", strings.Repeat("> ", 100) + "a\nb\n", strings.Repeat("> ", maxMarkers) + "a\nb\n"},
		{"quotes without spaces", strings.Repeat(">", 100) + "a\n", strings.Repeat(">", maxMarkers) + "a\n"},
		{"lists", strings.Repeat("- 1. * ", 50) + "a\n", strings.Repeat("- 1. * ", maxMarkers/3) + "- a\n"},
		{"a long rule", strings.Repeat("-", 100) + "\n", strings.Repeat("-", 100) + "\n"},
		{"as many as may be, in code", code, code},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := limitMarkers(tt.src); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Backticks that nothing closes are passed over, and those that are closed open what
// they open for goldmark, however they are tangled.
func TestTicksOpenTheSame(t *testing.T) {
	spans := func(n ast.Node) (at []text.Segment) {
		_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if t, ok := n.(*ast.Text); ok && entering && n.Parent().Kind() == ast.KindCodeSpan {
				at = append(at, t.Segment)
			}
			return ast.WalkContinue, nil
		})
		return at
	}
	parts := []string{"`", "`", "``", "```", "\\", "a", " ", "\n", "\n> ", "[", "](b)", "<b ", "*", "\n- ", "|", "\n# "}
	random := rand.New(rand.NewPCG(1, 2))
	ours, plain := newParser(links{}), goldmark.New().Parser()
	for range 5000 {
		src := []byte("a")
		for range random.IntN(25) {
			src = append(src, parts[random.IntN(len(parts))]...)
		}
		doc, _ := ours.parse(src, nil, Unlimited())
		got, want := spans(doc), spans(plain.Parse(text.NewReader(src)))
		if !slices.Equal(got, want) {
			t.Errorf("%q has code at %v, want %v", src, got, want)
		}
	}
}

// Quotes and lists nest ten deep on the page. What is deeper stands there, too.
func TestLimitNesting(t *testing.T) {
	for _, mark := range []string{"> ", "- "} {
		for levels, want := range map[int]int{9: 9, 10: 10, 11: 10, 30: 10} {
			tree := Parse(strings.Repeat(mark, levels)+"a\n", Unlimited(), nil)
			depth, deepest := 0, 0
			_ = ast.Walk(tree.Doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
				if n.Kind() != ast.KindBlockquote && n.Kind() != ast.KindList {
					return ast.WalkContinue, nil
				}
				if !entering {
					depth--
				} else if depth++; depth > deepest {
					deepest = depth
				}
				return ast.WalkContinue, nil
			})
			if deepest != want {
				t.Errorf("%d of %q are %d deep, want %d", levels, mark, deepest, want)
			}
			for p := range tree.Passages() {
				if p.Text != "a" {
					t.Errorf("%d of %q say %q", levels, mark, p.Text)
				}
			}
		}
	}
}
