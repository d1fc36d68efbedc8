package render

import (
	"strings"
	"testing"
)

// A table keeps its columns as long as each has room for its words, but for those of
// more than 24 cells: these are broken. Two columns, the gap of 2 cells and a word of
// one cell are 27 cells at least.
func TestLongWordsDoNotMakeCards(t *testing.T) {
	source := "| Name | N |\n|---|---|\n| " + strings.Repeat("x", 40) + " | 7 |\n"
	for width, columns := range map[int]bool{27: true, 26: false} {
		lines := plainLines(renderBody(t, source, width))
		if got := strings.HasPrefix(lines[0], "Name ") && strings.HasSuffix(strings.TrimSpace(lines[0]), " N"); got != columns {
			t.Errorf("at %d cells it is shown in columns: %t, want %t:\n%s", width, got, columns, strings.Join(lines, "\n"))
		}
	}
}
