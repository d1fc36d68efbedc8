package terminal

import "strconv"

// cursor is where the terminal's cursor is known to be while a frame is
// written. A row of -1 is unknown, and so is a column of -1.
type cursor struct {
	row, column int
	floor       int // last row of the margins, which a line feed scrolls; -1: none
}

// moveTo appends the shortest way to a place.
func (c *cursor) moveTo(out []byte, row, column int) []byte {
	var there, along [24]byte
	best := position(there[:0], row, column)
	// A line feed in the last row of the margins scrolls, and below them some
	// terminals go back up to it.
	blocked := c.floor >= 0 && row > c.floor && row > c.row
	if c.row >= 0 && row >= c.row && row-c.row < len(along)/2 && !blocked {
		if way := c.walkTo(along[:0], row, column); len(way) < len(best) {
			best = way
		}
	}
	c.row, c.column = row, column
	return append(out, best...)
}

// walkTo appends the way from where the cursor is, to the right or downwards.
func (c *cursor) walkTo(out []byte, row, column int) []byte {
	from := c.column
	if row > c.row || from < 0 || from > column {
		out = append(out, '\r')
		from = 0
	}
	for range row - c.row {
		out = append(out, '\n')
	}
	if column == from {
		return out
	}
	out = append(out, "\x1b["...)
	if column > from+1 {
		out = strconv.AppendInt(out, int64(column-from), 10)
	}
	return append(out, 'C') // CUF, ECMA-48 §8.3.20
}

// position appends the shortest cursor position (CUP, ECMA-48 §8.3.21).
func position(out []byte, row, column int) []byte {
	out = append(out, "\x1b["...)
	if row > 0 {
		out = strconv.AppendInt(out, int64(row+1), 10)
	}
	if column > 0 {
		out = append(out, ';')
		out = strconv.AppendInt(out, int64(column+1), 10)
	}
	return append(out, 'H')
}
