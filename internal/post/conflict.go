package post

import (
	"bytes"
	"strings"
)

// conflictLine returns the line, from 1, on which the marks begin that git leaves where it
// cannot merge two versions of a text, or 0. Those in a block of code are an example.
func conflictLine(src []byte) int {
	if !bytes.Contains(src, []byte("<<<<<<<")) || !bytes.Contains(src, []byte("\n>>>>>>>")) {
		return 0
	}
	n, opened, middle, fence := 0, 0, false, ""
	for line := range strings.Lines(string(src)) {
		n++
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]+" \t\n") == "" {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, trimmed[:1]))]
		case isMark(line, "<<<<<<<"):
			opened, middle = n, false
		case isMark(line, "======="):
			middle = opened > 0
		case isMark(line, ">>>>>>>") && middle:
			return opened
		}
	}
	return 0
}

// isMark reports whether a line is a mark of git's, with or without a label.
func isMark(line, mark string) bool {
	label, ok := strings.CutPrefix(line, mark)
	return ok && (label == "" || label[0] == ' ' || label[0] == '\n')
}
