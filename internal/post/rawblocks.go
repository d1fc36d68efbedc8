package post

import (
	"slices"
	"strings"
)

// openHTML classifies a line that starts with '<', and opens the block that it
// begins. It returns false for a line of text with tags.
func (b *blocks) openHTML(s string) (block, bool) {
	if rest, ok := strings.CutPrefix(s, "<!--"); ok {
		comment, after, closed := strings.Cut(rest, "-->")
		switch {
		case closed && isMore(comment):
			return more, true
		case !closed:
			b.raw = raw{until: "-->", kind: noise}
			return noise, true
		}
		return noise, strings.TrimSpace(after) == ""
	}
	for _, e := range [...]raw{{"</pre>", code}, {"</script>", noise}, {"</style>", noise}, {"</svg>", noise}} {
		name := e.until[len("</") : len(e.until)-len(">")]
		if len(s) > len(name) && strings.EqualFold(s[1:len(name)+1], name) && !strings.HasPrefix(s[len(name)+1:], "-") {
			if !strings.Contains(s, e.until) {
				b.raw = e
			}
			return noise, true
		}
	}
	return noise, false
}

// isMore tells whether a comment is the mark between summary and rest.
func isMore(comment string) bool {
	return strings.EqualFold(strings.TrimSpace(comment), "more")
}

// cutMore returns the part of a line before <!--more-->, if the line has it.
func cutMore(line string) (before string, found bool) {
	before, rest, ok := strings.Cut(line, "<!--")
	for ok {
		comment, after, closed := strings.Cut(rest, "-->")
		if !closed {
			return "", false
		}
		if isMore(comment) {
			return before, true
		}
		var text string
		text, rest, ok = strings.Cut(after, "<!--")
		before += text
	}
	return "", false
}

// openTag classifies a line that starts with a shortcode or a Liquid tag, and
// opens the blocks of code and comments among them.
func (b *blocks) openTag(s string) (block, bool) {
	name := strings.TrimLeft(s, "{%<- ")
	_, n := ReadTag(s)
	switch {
	case n == 0 && TagMark(s) != "": // it only opens like one
	case strings.HasPrefix(s, "{%") && strings.HasPrefix(name, "highlight"):
		return b.openUntil(s, "endhighlight", code)
	case strings.HasPrefix(s, "{%") && strings.HasPrefix(name, "comment"):
		return b.openUntil(s, "endcomment", noise)
	case strings.HasPrefix(s, "{{") && strings.HasPrefix(name, "highlight"):
		return b.openUntil(s, "/highlight", code)
	case strings.HasPrefix(s, "{:") && strings.HasSuffix(s, "}"):
		return noise, true // kramdown's attributes
	}
	return noise, false
}

// openUntil opens a block that an end closes. Without one the tag leaves its
// place to the text that follows.
func (b *blocks) openUntil(s, end string, kind block) (block, bool) {
	switch {
	case strings.Contains(s, end):
	case b.comes(end):
		b.raw = raw{until: end, kind: kind}
	default:
		return noise, false
	}
	return noise, true
}

// comes tells whether a text comes in the lines to be read. What does not come
// is looked for once.
func (b *blocks) comes(s string) bool {
	if slices.Contains(b.missing, s) {
		return false
	}
	if !strings.Contains(b.text[b.at:], s) {
		b.missing = append(b.missing, s)
		return false
	}
	return true
}
