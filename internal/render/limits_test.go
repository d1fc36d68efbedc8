package render

import (
	"fmt"
	"strings"
	"testing"
)

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
