package render

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/golden"
	"github.com/sshblog/sshblog/internal/theme"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares what a terminal shows of whole pages, at three widths,
// dark and light, with the files of package golden.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) < 12 {
		t.Fatalf("there are %d pages in testdata: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimSuffix(file, ".md") + ".golden"
			want, _ := os.ReadFile(path) // Compare tells
			got := sheet(t, string(src))
			for n := 0; n < 10 && got != string(want); n++ { // a machine that stops for maxMatch takes a colour away
				got = sheet(t, string(src))
			}
			golden.Compare(t, path, got, *update)
		})
	}
}

// TestGoldenLinear compares the pages of those who have no terminal.
func TestGoldenLinear(t *testing.T) {
	files, err := filepath.Glob("testdata/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), string(src), "", 72, Dark(colorprofile.NoTTY))
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
		fmt.Fprintf(&b, "=== %s\n%s\n", filepath.Base(file), strings.Join(stringsOf(page), "\n"))
	}
	if drawn := strings.IndexFunc(b.String(), func(r rune) bool { return r >= 0x2500 && r < 0x2600 }); drawn >= 0 {
		t.Errorf("something is drawn where no terminal is: %q", b.String()[drawn:drawn+20])
	}
	golden.Compare(t, "testdata/linear.txt", b.String(), *update)
}

// sheet returns a page's golden file.
func sheet(t *testing.T, src string) string {
	t.Helper()
	var s golden.Sheet
	for _, width := range []int{40, 80, 120} {
		s.Add(t, fmt.Sprintf("%d columns", width), width, pageLines(t, src, width, Dark), pageLines(t, src, width, Light))
	}
	return s.String()
}

func pageLines(t *testing.T, src string, width int, look func(colorprofile.Profile) *theme.Theme) []string {
	t.Helper()
	page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), src, "", width, look(colorprofile.TrueColor))
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, page)
	return stringsOf(page)
}
