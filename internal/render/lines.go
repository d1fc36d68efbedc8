package render

import (
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/sshblog/sshblog/internal/theme"
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

// styledLines are lines of spans without links, in one text, and where in it the style
// changes.
type styledLines struct {
	text string
	ends []uint32 // where each line ends in text
	runs []run
}

// run is a part of a text in one style, from where the one before it ends.
type run struct {
	end   uint32
	style theme.Style
}

// packed returns spans as such lines.
func packed(lines [][]span) styledLines {
	var l styledLines
	var b strings.Builder
	for _, line := range lines {
		for _, s := range line {
			b.WriteString(s.text)
			if n := len(l.runs); n == 0 || l.runs[n-1].style != s.style {
				l.runs = append(l.runs, run{style: s.style})
			}
			l.runs[len(l.runs)-1].end = uint32(b.Len()) //nolint:gosec // the budget allows for a few megabytes
		}
		l.ends = append(l.ends, uint32(b.Len())) //nolint:gosec // as above
	}
	l.text, l.ends, l.runs = b.String(), slices.Clone(l.ends), slices.Clone(l.runs)
	return l
}

// line returns the spans of a line.
func (l *styledLines) line(i int) (spans []span) {
	at := uint32(0)
	if i > 0 {
		at = l.ends[i-1]
	}
	first := sort.Search(len(l.runs), func(i int) bool { return l.runs[i].end > at })
	for _, r := range l.runs[first:] {
		if at >= l.ends[i] {
			break
		}
		end := min(r.end, l.ends[i])
		spans = append(spans, span{text: l.text[at:end], style: r.style})
		at = end
	}
	return spans
}
