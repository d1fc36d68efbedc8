package render

import (
	"fmt"
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
			if got := string(limitMarkers([]byte(tt.src))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLimitsLoseNoText renders what goes beyond each limit and looks for its
// words.
func TestLimitsLoseNoText(t *testing.T) {
	var table, brackets, cards, nested strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&brackets, "[w%d](x) ", i)
	}
	table.WriteString(strings.Repeat("|h", 500) + "\n" + strings.Repeat("|-", 500) + "\n")
	for i := range 3000 {
		fmt.Fprintf(&table, "|w%d|\n", i)
	}
	cards.WriteString(strings.Repeat("|h", 3000) + "\n" + strings.Repeat("|-", 3000) + "\n")
	for i := range 3000 {
		fmt.Fprintf(&cards, "|w%d", i)
	}
	for i := range 3000 {
		fmt.Fprintf(&nested, "%s w%d\n\n", strings.Repeat(">", i%300), i)
	}
	for name, src := range map[string]string{
		"brackets": brackets.String(), "table": table.String(), "cards": cards.String(), "nested": nested.String(),
	} {
		t.Run(name, func(t *testing.T) {
			words := make(map[string]bool)
			for _, line := range plainLines(renderBody(t, src, 40)) {
				for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(" |│[", r) }) {
					words[strings.TrimSuffix(word, "](x)")] = true
				}
			}
			for i := range 3000 {
				if w := fmt.Sprintf("w%d", i); !words[w] {
					t.Fatalf("%s is lost", w)
				}
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
	ours, plain := newParser(), goldmark.New().Parser()
	for range 5000 {
		src := []byte("a")
		for range random.IntN(25) {
			src = append(src, parts[random.IntN(len(parts))]...)
		}
		doc, _ := ours.parse(src, unlimited())
		got, want := spans(doc), spans(plain.Parse(text.NewReader(src)))
		if !slices.Equal(got, want) {
			t.Errorf("%q has code at %v, want %v", src, got, want)
		}
	}
}
