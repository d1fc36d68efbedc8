package markdown

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// words adds text with its white space collapsed, which is none where a line of Chinese or Japanese
// breaks, also beside a tag. A no-break space is text.
func (h *htmlReader) words(s string) {
	const space = " \t\n\f\r"
	words := strings.Join(strings.FieldsFunc(unbroken(s), func(r rune) bool { return strings.ContainsRune(space, r) }), " ")
	if s == "" || strings.TrimSpace(words) == "" && (h.text == nil || h.text.FirstChild() == nil) {
		return
	}
	if h.text == nil || h.text != h.lastIn {
		h.last, h.broken = 0, false
	}
	if words == "" {
		if h.broken = strings.Contains(s, "\n") && joins(h.last); !h.broken {
			h.add(ast.NewString([]byte{' '}))
			h.last = ' '
		}
		return
	}
	if h.table != nil && h.text != nil && h.text.Kind() == extast.KindTableCell {
		h.table.filled = true
	}
	start, end := s[:len(s)-len(strings.TrimLeft(s, space))], s[len(strings.TrimRight(s, space)):]
	first, _ := utf8.DecodeRuneInString(words)
	if broken := h.broken || strings.Contains(start, "\n"); broken && !join(h.last, first) || !broken && start != "" {
		words = " " + words
	}
	last, _ := utf8.DecodeLastRuneInString(words)
	if h.broken = strings.Contains(end, "\n") && joins(last); end != "" && !h.broken {
		words += " "
		last = ' '
	}
	h.add(ast.NewString([]byte(words)))
	h.last, h.lastIn = last, h.text
}
