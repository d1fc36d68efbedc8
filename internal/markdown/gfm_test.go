package markdown

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a text with GitHub's extensions shows, and its tables, boxes, deletions and links,
// are those of the examples that goldmark's module has of them, which are GFM's and more.
func TestGFM(t *testing.T) {
	total := 0
	for _, file := range [...]string{"table", "strikethrough", "linkify", "tasklist"} {
		text, err := os.ReadFile(filepath.Join(goldmarkDir(t), "extension", "_test", file+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		for example := range strings.SplitSeq(string(text), "//= = = = = = = = = = = = = = = = = = = = = = = =//") {
			parts := strings.Split(strings.TrimLeft(example, "\n"), "//- - - - - - - - -//\n")
			if len(parts) < 3 {
				continue
			}
			total++
			tree := Parse(strings.ReplaceAll(strings.TrimSuffix(parts[1], "\n"), `\t`, "\t"), Unlimited(), nil)
			var words strings.Builder
			for p := range tree.Passages() {
				words.WriteString(p.Full)
			}
			got := append([]string{bare(words.String())}, partsOf(tree)...)
			want := append([]string{bare(shownBy(parts[2]))}, partsOfHTML(parts[2])...)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: %s\n%s\ngot  %q\nwant %q", file, strings.TrimSpace(parts[0]), parts[1], parts[2], got, want)
			}
		}
	}
	if total < 40 {
		t.Errorf("there are %d examples", total)
	}
}
