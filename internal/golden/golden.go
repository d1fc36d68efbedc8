// Package golden keeps what a terminal shows in files that people read too, for
// tests: a line that begins with | is text, one that begins with ~ below it has
// a letter for the looks of each cell on a dark and on a light terminal, and
// the letters are explained at the end.
package golden

import (
	"fmt"
	"image/color"
	"os"
	"slices"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Sheet is the text of a golden file. Its zero value is empty.
type Sheet struct {
	b     strings.Builder
	looks looks
}

// Add adds what a terminal shows of lines, which must say the same for dark and
// for light ones. No line may be wider than width, in cells.
func (s *Sheet) Add(t *testing.T, heading string, width int, dark, light []string) {
	t.Helper()
	if len(dark) != len(light) {
		t.Fatalf("%d lines on dark, %d on light", len(dark), len(light))
	}
	fmt.Fprintf(&s.b, "=== %s\n", heading)
	onDark, onLight := shown(t, width, dark), shown(t, width, light)
	for y := range onDark {
		text, marks := s.looks.line(t, onDark[y], onLight[y])
		s.b.WriteString(strings.TrimRight("|"+text, " ") + "\n")
		if marks != "" {
			s.b.WriteString("~" + marks + "\n")
		}
	}
}

// String returns the sheet with its legend.
func (s *Sheet) String() string {
	var legend strings.Builder
	for i, look := range s.looks {
		fmt.Fprintf(&legend, "%s %s\n", letter(i), look)
	}
	return s.b.String() + "===\n" + legend.String()
}

// Compare compares a text with a file, or writes it there.
func Compare(t *testing.T, path, got string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path) //nolint:gosec // the test names it
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

// shown returns the cells of lines on a terminal.
func shown(t *testing.T, width int, lines []string) [][]*uv.Cell {
	t.Helper()
	term := vt.NewEmulator(width, len(lines))
	if _, err := term.WriteString(strings.Join(lines, "\r\n")); err != nil {
		t.Fatal(err)
	}
	screen := make([][]*uv.Cell, len(lines))
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
