package render

import (
	"iter"
	"strings"
)

// Lines are lines of a page, in one text. As a slice of strings each would take 16
// bytes beside its text, and most of what a post can multiply are short lines.
type Lines struct {
	text string
	ends []uint32 // where each line ends in text; a page has at most a few megabytes
}

// LinesOf returns lines, of which none has a line break.
func LinesOf(lines ...string) Lines {
	l := Lines{text: strings.Join(lines, ""), ends: make([]uint32, len(lines))}
	end := 0
	for i, line := range lines {
		end += len(line)
		l.ends[i] = uint32(end) //nolint:gosec // the budget allows for a few megabytes
	}
	return l
}

// Len returns how many lines there are.
func (l Lines) Len() int { return len(l.ends) }

// At returns the line with an index.
func (l Lines) At(i int) string {
	start := uint32(0)
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.text[start:l.ends[i]]
}

// All returns the lines with their indexes.
func (l Lines) All() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range l.ends {
			if !yield(i, l.At(i)) {
				return
			}
		}
	}
}

// size returns the memory that the lines hold, in bytes.
func (l Lines) size() int64 { return int64(len(l.text)) + 4*int64(cap(l.ends)) }
