package render

import (
	"flag"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"

	"github.com/charmbracelet/colorprofile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares what a terminal shows of whole pages, at three widths,
// dark and light, with files that are read by people too: a line that begins
// with | is text, one that begins with ~ below it has a letter for the looks
// of each cell, and the letters are explained at the end.
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
			compareGolden(t, strings.TrimSuffix(file, ".md")+".golden", golden(t, string(src)))
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
		page, err := NewRenderer().body(t.Context(), string(src), "", 72, Dark(colorprofile.NoTTY))
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
		fmt.Fprintf(&b, "=== %s\n%s\n", filepath.Base(file), strings.Join(page.Lines, "\n"))
	}
	if drawn := strings.IndexFunc(b.String(), func(r rune) bool { return r >= 0x2500 && r < 0x2600 }); drawn >= 0 {
		t.Errorf("something is drawn where no terminal is: %q", b.String()[drawn:drawn+20])
	}
	compareGolden(t, "testdata/linear.txt", b.String())
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s differs from line %d on (go test -update rewrites it):\n%s", path, i+1, strings.Join(g[max(i-3, 0):min(i+10, len(g))], "\n"))
		}
	}
	t.Fatalf("%s has more lines", path)
}

// golden returns a page's golden file.
func golden(t *testing.T, src string) string {
	t.Helper()
	var b strings.Builder
	var legend looks
	for _, width := range []int{40, 80, 120} {
		fmt.Fprintf(&b, "=== %d columns\n", width)
		onDark, onLight := shownBy(t, src, width, Dark), shownBy(t, src, width, Light)
		if len(onDark) != len(onLight) {
			t.Fatalf("%d lines on dark, %d on light", len(onDark), len(onLight))
		}
		for y := range onDark {
			text, marks := legend.line(t, onDark[y], onLight[y])
			b.WriteString(strings.TrimRight("|"+text, " ") + "\n")
			if marks != "" {
				b.WriteString("~" + marks + "\n")
			}
		}
	}
	b.WriteString("===\n")
	for i, look := range legend {
		fmt.Fprintf(&b, "%s %s\n", letter(i), look)
	}
	return b.String()
}

// shownBy returns the cells of a page on a terminal.
func shownBy(t *testing.T, src string, width int, theme func(colorprofile.Profile) *Theme) [][]*uv.Cell {
	t.Helper()
	page, err := NewRenderer().body(t.Context(), src, "", width, theme(colorprofile.TrueColor))
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, page)
	term := vt.NewEmulator(width, len(page.Lines))
	if _, err := term.WriteString(strings.Join(page.Lines, "\r\n")); err != nil {
		t.Fatal(err)
	}
	screen := make([][]*uv.Cell, len(page.Lines))
	for y := range screen {
		for x := range width {
			screen[y] = append(screen[y], term.CellAt(x, y))
		}
	}
	return screen
}

// looks are the ways in which cells look, in the order in which they appear.
type looks []string

// line returns the text of a line, and the letters of its looks.
func (l *looks) line(t *testing.T, onDark, onLight []*uv.Cell) (text, marks string) {
	t.Helper()
	for x, cell := range onDark {
		other := onLight[x]
		if cell == nil || cell.Width == 0 { // the second half of a wide one
			continue
		}
		if other == nil || cell.Content != other.Content {
			t.Fatalf("%q on dark is not what is on light", cell.Content)
		}
		text += cell.Content
		mark := " "
		if look := lookOf(cell, other); look != "" {
			i := slices.Index(*l, look)
			if i < 0 {
				i = len(*l)
				*l = append(*l, look)
			}
			mark = letter(i)
		}
		marks += strings.Repeat(mark, max(cell.Width, 1))
	}
	return text, strings.TrimRight(marks, " ")
}

func letter(i int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return letters[i%len(letters) : i%len(letters)+1]
}

// lookOf describes how a cell looks on a dark and on a light terminal.
func lookOf(onDark, onLight *uv.Cell) string {
	var words []string
	a := onDark.Style
	for _, face := range []struct {
		bit  uint8
		name string
	}{
		{uv.AttrBold, "bold"},
		{uv.AttrFaint, "faint"},
		{uv.AttrItalic, "italic"},
		{uv.AttrReverse, "reverse"},
		{uv.AttrStrikethrough, "struck"},
	} {
		if a.Attrs&face.bit != 0 {
			words = append(words, face.name)
		}
	}
	if a.Underline != uv.UnderlineNone {
		words = append(words, "underlined")
	}
	if a.Fg != nil || onLight.Style.Fg != nil {
		words = append(words, hexOf(a.Fg)+"/"+hexOf(onLight.Style.Fg))
	}
	if a.Bg != nil || onLight.Style.Bg != nil {
		words = append(words, "on "+hexOf(a.Bg)+"/"+hexOf(onLight.Style.Bg))
	}
	if a.Attrs != onLight.Style.Attrs || a.Underline != onLight.Style.Underline {
		words = append(words, "otherwise on light")
	}
	if onDark.Link.URL != "" {
		// The emulator takes the link's parameters for its URL.
		words = append(words, "->", onDark.Link.Params, onDark.Link.URL)
	}
	return strings.Join(words, " ")
}

func hexOf(c color.Color) string {
	if c == nil {
		return "none"
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
