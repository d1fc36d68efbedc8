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

// scroll moves a block of lines with the terminal's own scrolling when that
// is shorter than writing them again, as when an article moves by a line, and
// brings s.lines to what the screen shows then.
func (s *screen) scroll(out []byte, next []string) []byte {
	best := findShift(s.lines, next)
	if best.saved <= scrollCost {
		return out
	}
	// The region spans the rows the block comes from and goes to.
	top, bottom := min(best.top, best.top+best.by), max(best.bottom, best.bottom+best.by)
	count, command := best.by, byte('M') // delete lines (DL): move up
	if best.by < 0 {
		count, command = -best.by, 'L' // insert lines (IL): move down
	}
	out = append(out, "\x1b["...)
	out = strconv.AppendInt(out, int64(top+1), 10)
	out = append(out, ';')
	out = strconv.AppendInt(out, int64(bottom), 10)
	out = append(out, 'r') // DECSTBM: the margins; the cursor goes home
	out = moveTo(out, top, 0)
	out = append(out, "\x1b["...)
	if count > 1 {
		out = strconv.AppendInt(out, int64(count), 10)
	}
	out = append(out, command)
	out = append(out, "\x1b[r"...)
	s.lines = moved(s.lines, top, bottom, best.by)
	return out
}

// moved returns lines after rows top to bottom moved up by rows.
func moved(lines []string, top, bottom, by int) []string {
	after := make([]string, max(len(lines), bottom))
	copy(after, lines)
	for row := top; row < bottom; row++ {
		after[row] = ""
		if from := row + by; from >= top && from < bottom {
			after[row] = line(lines, from)
		}
	}
	return after
}

// findShift returns the block that saves most. It compares the frames at
// every distance; comparing unequal strings is quick, and frames are small.
func findShift(old, next []string) shift {
	var best shift
	if changed(old, next) < 3 {
		return best
	}
	for by := -len(old) + 1; by < len(old); by++ {
		if by == 0 {
			continue
		}
		run := shift{by: by}
		for row := 0; row <= len(next); row++ {
			if from := row + by; row < len(next) && from >= 0 && from < len(old) && next[row] == old[from] {
				if next[row] != line(old, row) {
					run.saved += len(next[row]) + 3
				}
				run.bottom = row + 1
				continue
			}
			if run.saved > best.saved {
				best = run
			}
			run = shift{top: row + 1, bottom: row + 1, by: by}
		}
	}
	return best
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
