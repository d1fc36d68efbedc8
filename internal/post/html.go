package post

import "strings"

// tagName returns the lower-case name of the HTML tag with the given inside,
// and whether it is a tag at all. "vector<int>" and "a < b" in a title are
// none: the name must be one of HTML's, or there must be attributes.
func tagName(inner string) (name string, ok bool) {
	inner, closing := strings.CutPrefix(inner, "/")
	end := 0
	for end < len(inner) && (isAlnum(inner[end]) || inner[end] == '-') {
		end++
	}
	if end == 0 || end > 24 || inner[0] < 'A' {
		return "", false
	}
	name = strings.ToLower(inner[:end])
	rest := strings.TrimSpace(inner[end:])
	switch {
	case isElement(name):
		return name, rest == "" || rest == "/" || inner[end] == ' ' || inner[end] == '/'
	case strings.Contains(name, "-"): // a custom element
		return name, true
	}
	return name, closing && rest == "" || strings.Contains(rest, "=")
}

// tagEnd returns the offset of the '>' that ends the HTML tag which s starts
// with, or -1. One in a quoted value or in a shortcode ends nothing. A tag holds
// no '<' elsewhere: to stop there keeps many open tags from being read to the
// end of the text each.
func tagEnd(s string) int {
	var quote byte // 0 outside of values
	for i := 1; i < len(s); i++ {
		switch b := s[i]; {
		case b == '{' && strings.HasPrefix(s[i:], "{{"):
			if n := strings.Index(s[i:], "}}"); n > 0 {
				i += n + len("}}") - 1
			}
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '>':
			return i
		case b == '<':
			return -1
		}
	}
	return -1
}

// said returns the text that stands for an element which shows no text, or "".
func said(name, inner string) string {
	switch name {
	case "img":
		return ParseTag(inner).Get("alt")
	case "video", "audio", "iframe", "embed", "source":
		return ParseTag(inner).Get("title")
	}
	return ""
}

// isElement knows the elements that people write into Markdown.
func isElement(name string) bool {
	switch name {
	case "a", "abbr", "address", "article", "aside", "audio", "b", "bdi", "bdo", "big",
		"blockquote", "br", "button", "caption", "center", "cite", "code", "col", "dd", "del",
		"details", "dfn", "div", "dl", "dt", "em", "embed", "figcaption", "figure", "font",
		"footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "iframe",
		"img", "input", "ins", "kbd", "label", "li", "link", "main", "mark", "nav", "noscript",
		"object", "ol", "p", "param", "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp",
		"script", "section", "small", "source", "span", "strike", "strong", "style", "sub",
		"summary", "sup", "svg", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr",
		"tt", "u", "ul", "var", "video", "wbr":
		return true
	}
	return false
}

// breaksText tells whether an element stands between words, rather than in them.
func breaksText(name string) bool {
	switch name {
	case "br", "hr", "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "td", "th", "tr", "table",
		"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figure", "figcaption", "summary", "img",
		"video", "audio", "iframe", "embed", "source":
		return true
	}
	return false
}
