package markdown

import "strings"

// indented finds indented code, as far as that is possible line by line: lines
// with four spaces behind a blank one, where no list or footnote may go on.
type indented struct {
	blank bool // the line before is blank, or there is none
	list  bool
}

// code returns the length of the indented code that s, the start of a line,
// starts with, or 0.
func (in *indented) code(s string) int {
	n := 0
	for line := range strings.Lines(s) {
		text := strings.TrimLeft(line, " \t")
		indent := line[:len(line)-len(text)]
		switch {
		case strings.TrimSpace(text) == "":
			in.blank = true
			if n == 0 {
				return 0
			}
		case in.blank && !in.list && (len(indent) >= 4 || strings.Contains(indent, "\t")):
		default:
			if n == 0 {
				in.text(text, indent)
			}
			return n
		}
		n += len(line)
	}
	return n
}

// text notes a line of text.
func (in *indented) text(text, indent string) {
	switch {
	case text[0] != '>' && marker([]byte(text)) > 0:
		in.list = true
	case in.blank && indent == "":
		in.list = false
	}
	in.blank = false
}
