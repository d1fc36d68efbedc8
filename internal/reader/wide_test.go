package reader

import (
	"fmt"
	"strings"
	"testing"
)

// What a screen lists by name is shown whole where the window has room, beside what stands at the ends of its rows.
func TestNamesAreShownWholeInWideWindows(t *testing.T) {
	long := func(what string, cells int) string {
		return what + strings.Repeat(" and more", (cells-len(what)-4)/len(" and more")) + " END"
	}
	for _, cells := range []int{100, 120, 135} {
		title, category, heading := long("Title", cells), long("Category", 95), long("Heading", cells)
		at(t, 0, 160, 60, func(_ *testing.T, u *user) {
			u.posts["long.md"] = file(fmt.Sprintf("---\ntitle: %s\ndate: 2020-10-10\ncategories: [%s]\n---\nUnusualword.\n\n## %s\n\nText.\n", title, category, heading))
			u.reload()
			u.press("c")
			u.sees(category + " ·")
			u.press("esc /")
			u.types("unusualword")
			u.sees(title)
			u.sees("2020-10-10")
			u.press("enter t")
			u.sees(heading)
		})
	}
}

// A column grows to the right first, so that what it begins with stays where it is.
func TestWiden(t *testing.T) {
	for _, tt := range []struct{ width, cells, left, column int }{
		{160, 50, 30, 100}, {160, 128, 30, 128}, {160, 140, 18, 140}, {160, 900, 2, 156}, {80, 900, 2, 76}, {40, 900, 1, 38}, {20, 5, 1, 18},
	} {
		f := &frame{width: tt.width}
		f.left, f.column = column(f.width, listMeasure)
		if f.widen(tt.cells); f.left != tt.left || f.column != tt.column {
			t.Errorf("%d cells in %d: %d from %d, want %d from %d", tt.cells, tt.width, f.column, f.left, tt.column, tt.left)
		}
	}
}
