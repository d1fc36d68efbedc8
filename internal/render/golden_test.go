package render

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares whole pages, without their colours, with files that are
// read by people too.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in testdata: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{40, 80, 120} {
			golden := fmt.Sprintf("%s.%d.golden", strings.TrimSuffix(file, ".md"), width)
			t.Run(filepath.Base(golden), func(t *testing.T) {
				got := strings.Join(plainLines(renderBody(t, string(src), width)), "\n") + "\n"
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("the page has changed (go test -update rewrites %s):\n%s", golden, got)
				}
			})
		}
	}
}
