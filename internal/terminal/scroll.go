package terminal

import "strconv"

// shift is a block of rows whose text is on the screen already, some rows
// further down or up: new[i] == old[i+by] for top ≤ i < bottom.
type shift struct {
	top, bottom int // rows of the block in the new frame
	by          int // rows to move up; negative: down
	saved       int // bytes that need not be written
}

// scrollCost is about what moving a block costs, in bytes.
const scrollCost = 24

// margins are the rows that scroll, top to bottom without the latter; the zero
// value is the whole screen.
type margins struct{ top, bottom int }

// scroll moves a block of lines with the terminal's own scrolling when that
// is shorter than writing them again, as when an article moves by a line, and
// brings s.lines to what the screen shows then. It returns where the cursor is.
//
// The margins stay as they are until other rows have to scroll, since whoever
// moves by a line is likely to do so again.
func (s *screen) scroll(out []byte, next []string, at cursor) ([]byte, cursor) {
	best := findShift(s.lines, next)
	if best.saved <= scrollCost {
		return out, at
	}
	// They span the rows that the block comes from and goes to.
	m := margins{min(best.top, best.top+best.by), max(best.bottom, best.bottom+best.by)}
	if s.margins != m {
		out = append(out, "\x1b["...)
		if m.top > 0 {
			out = strconv.AppendInt(out, int64(m.top+1), 10)
		}
		out = append(out, ';')
		out = strconv.AppendInt(out, int64(m.bottom), 10)
		out = append(out, 'r') // DECSTBM; the cursor goes home
		s.margins, at = m, cursor{}
	}
	at.floor = m.bottom - 1
	switch best.by {
	case 1: // the cursor is then where the new line goes
		out = append(at.moveTo(out, at.floor, 0), '\n')
	case -1: // here too
		out = append(at.moveTo(out, m.top, 0), "\x1bM"...) // RI, ECMA-48 §8.3.104
	default:
		count, command := best.by, byte('M') // delete lines (DL): move up
		if best.by < 0 {
			count, command = -best.by, 'L' // insert lines (IL): move down
		}
		out = append(at.moveTo(out, m.top, 0), "\x1b["...)
		out = append(strconv.AppendInt(out, int64(count), 10), command)
		at.row = -1 // some put the cursor elsewhere now
	}
	s.move(m.top, m.bottom, best.by)
	return out, at
}

// move brings s.lines to what the screen shows after rows top to bottom have
// moved up by rows.
func (s *screen) move(top, bottom, by int) {
	for len(s.lines) < bottom {
		s.lines = append(s.lines, "")
	}
	block := s.lines[top:bottom]
	if by > 0 {
		copy(block, block[by:])
		clear(block[len(block)-by:])
	} else {
		copy(block[-by:], block)
		clear(block[:-by])
	}
}

// minSeed is the length in bytes from which on a line is worth looking for:
// shorter ones, empty ones above all, are everywhere.
const minSeed = 8

// findShift returns the block that saves most. It looks for each changed line
// on the screen, and where it finds it, for the block around it.
func findShift(old, next []string) shift {
	var best shift
	if changed(old, next) < 3 {
		return best
	}
	for row := 0; row < len(next); row++ {
		if len(next[row]) < minSeed || next[row] == line(old, row) {
			continue
		}
		for from := range old {
			if from == row || old[from] != next[row] {
				continue
			}
			if block := blockAround(old, next, row, from-row); block.saved > best.saved {
				best = block
			}
		}
		row = max(row, best.bottom-1)
	}
	return best
}

// blockAround returns the rows around row that are all on the screen by rows
// further down.
func blockAround(old, next []string, row, by int) shift {
	block := shift{top: row, bottom: row, by: by}
	for block.top > 0 && block.top+by > 0 && next[block.top-1] == old[block.top-1+by] {
		block.top--
	}
	for block.bottom < len(next) && block.bottom+by < len(old) && next[block.bottom] == old[block.bottom+by] {
		block.bottom++
	}
	for i := block.top; i < block.bottom; i++ {
		if next[i] != line(old, i) {
			block.saved += len(next[i]) + 3
		}
	}
	return block
}

// changed counts the rows that differ.
func changed(old, next []string) (n int) {
	for row := range max(len(old), len(next)) {
		if line(old, row) != line(next, row) {
			n++
		}
	}
	return n
}
