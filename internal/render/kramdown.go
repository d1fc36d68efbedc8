package render

import (
	"bytes"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// attributes drops an attribute list of kramdown's, {: .class }, where one may
// stand, and returns its length, or 0.
// https://kramdown.gettalong.org/syntax.html#attribute-list-definitions
func (e *expander) attributes(s string) int {
	end := strings.IndexAny(s[:min(len(s), 256)], "}\n")
	if end < 0 || s[end] != '}' || strings.TrimSpace(s[2:end]) == "" {
		return 0
	}
	line := strings.TrimLeft(e.line(), " >")
	if line != "" && !strings.ContainsRune(")]*_`", rune(line[len(line)-1])) {
		return 0
	}
	if strings.TrimSpace(s[2:end]) == "toc" {
		e.dropItem()
	}
	return end + 1 + e.drop(s[end+1:])
}

// dropItem takes back the line before the one being written, if it is an item
// of a list: kramdown puts a table of contents in the place of such a list.
func (e *expander) dropItem() {
	before, ok := bytes.CutSuffix(e.out, []byte("\n"))
	if !ok {
		return
	}
	start := bytes.LastIndexByte(before[max(len(before)-post.MaxTag, 0):], '\n') + max(len(before)-post.MaxTag, 0) + 1
	if line := before[min(start, len(before)):]; marker(line) > 0 && !bytes.ContainsRune(line[:marker(line)], '>') {
		e.out = e.out[:len(before)-len(line)]
		for n := len(e.marks) - 1; n > 0 && e.marks[n].out > len(e.out); n-- {
			e.marks = e.marks[:n]
		}
	}
}
