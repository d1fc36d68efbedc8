package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// edit tells how to turn one line into another.
type edit struct {
	column int  // where the new text starts, in cells
	erase  bool // erase what is right of it afterwards
}

// minSkip is the number of cells that must be saved before a jump into the
// line (6 bytes or so) pays.
const minSkip = 8

// difference compares a line on the screen with the one to be shown, and
// returns the part of the latter to write and where. Columns are reckoned
// over plain ASCII only: terminals disagree on the width of much else, and a
// wrong guess here would leave rubbish on the screen.
func difference(was, is string, width int) (edit, string) {
	if is == "" {
		return edit{erase: true}, ""
	}
	cells := ansi.StringWidth(is)
	if cells > width {
		is = ansi.Truncate(is, width, "")
		cells = ansi.StringWidth(is)
	}
	// A line that fills the last column leaves the cursor there, waiting to
	// wrap: erasing would take the last character away.
	e := edit{erase: cells < width && ansi.StringWidth(was) > cells}
	skip, column := commonStart(was, is)
	if column < minSkip {
		return e, is
	}
	e.column = column
	return e, is[skip:]
}

// commonStart returns the length of the start that both lines share, in bytes
// and cells, up to a place where the default style is in force.
func commonStart(a, b string) (skip, column int) {
	styled, cells := false, 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; {
		c := b[i]
		if c == 0x1b {
			n, plain := sgr(b[i:])
			if n == 0 || !strings.HasPrefix(a[i:], b[i:i+n]) {
				break
			}
			styled = !plain
			i += n
		} else {
			if c < 0x20 || c > 0x7e {
				break
			}
			cells++
			i++
		}
		// What follows may be a combining mark that belongs to this cell, so
		// the cut is one cell before what is known to be equal.
		if !styled && c != 0x1b && i < len(b) && b[i] < 0x7f && (i >= len(a) || a[i] < 0x7f) {
			skip, column = i, cells
		}
	}
	return skip, column
}

// sgr returns the length of the SGR sequence that s starts with, or 0, and
// whether it resets all attributes.
func sgr(s string) (n int, reset bool) {
	if len(s) < 3 || s[1] != '[' {
		return 0, false
	}
	for i := 2; i < len(s); i++ {
		c := s[i]
		if c == 'm' {
			return i + 1, i == 2 || s[2:i] == "0"
		}
		if c != ';' && c != ':' && (c < '0' || c > '9') {
			return 0, false
		}
	}
	return 0, false
}
