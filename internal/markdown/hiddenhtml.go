package markdown

import (
	"regexp"
	"strings"
)

// tornTag begins a line with an element that no browser shows, whatever is in it.
var tornTag = regexp.MustCompile(`(?i)^[ \t]*<(script|style)\b`)

// torn leaves out such an element that stands in a block of HTML, where a blank line in it would end the
// block for Markdown, but not the element for browsers. It returns the length of that, or 0.
func (e *expander) torn(s string) int {
	tag := tornTag.FindStringSubmatch(s[:min(len(s), MaxTag)])
	if tag == nil || !e.inHTML() {
		return 0
	}
	end := "</" + strings.ToLower(tag[1]) + ">"
	n := -1
	if !e.missing[end] {
		n = indexFold(s, end)
		e.missing[end] = n < 0
	}
	if n < 0 || !blankLine.MatchString(s[:n]) {
		return 0
	}
	return n + len(end)
}

var blankLine = regexp.MustCompile(`\n[ \t]*\n`)

// indexFold is strings.Index for a tag or its beginning, whose letters may be of either case.
func indexFold(s, tag string) int {
	for at := 0; ; at++ {
		i := strings.IndexByte(s[at:], '<')
		if i < 0 {
			return -1
		}
		if at += i; len(s)-at >= len(tag) && strings.EqualFold(s[at:at+len(tag)], tag) {
			return at
		}
	}
}
