package post

import (
	"bytes"
	"strings"
)

// plainYAML reads the YAML that nearly all posts are written in, ten times
// faster than the decoder, which would otherwise be half of the time that a
// large blog takes to start:
//
//	# a comment
//	key: text, or "text" or 'text' without escapes
//	key: [text, "text"]
//	key:
//	  - text
//
// It returns false for everything else, right or wrong, and leaves it to the
// decoder. FuzzPlainYAML holds it to what the decoder says.
func plainYAML(meta []byte, first int) ([]value, bool) {
	if bytes.IndexByte(meta, '\t') >= 0 {
		return nil, false
	}
	p := plainReader{text: string(meta), line: first - 1}
	entries := make([]value, 0, 16)
	for p.next() {
		if p.indent > 0 || p.isItem() {
			// Only what an empty value has taken up may stand there: the rest
			// continues the line before.
			return nil, false
		}
		v, ok := p.entry()
		if !ok {
			return nil, false
		}
		entries = append(entries, v)
	}
	return entries, true
}

// plainReader reads line by line. Its strings are copies, so that posts do not
// keep their front matter in memory.
type plainReader struct {
	text   string // what is left
	rest   string // the line without indentation and blank space after it
	indent int
	line   int // in the file
}

// next moves to the next line that is neither blank nor a comment.
func (p *plainReader) next() bool {
	for p.text != "" {
		line, text, _ := strings.Cut(p.text, "\n")
		p.text = text
		p.line++
		p.rest = strings.TrimLeft(line, " ")
		p.indent = len(line) - len(p.rest)
		p.rest = strings.TrimRight(p.rest, " ")
		if p.rest != "" && p.rest[0] != '#' {
			return true
		}
	}
	return false
}

func (p *plainReader) isItem() bool {
	return p.rest[0] == '-'
}

// entry reads "key: value", and the list that may stand below "key:".
func (p *plainReader) entry() (value, bool) {
	end := 0
	for end < len(p.rest) && (isAlnum(p.rest[end]) || p.rest[end] == '_' || p.rest[end] == '-') {
		end++
	}
	const most = 64 // bytes; longer keys have a limit of their own in YAML
	if end == 0 || end > most || end == len(p.rest) || p.rest[end] != ':' {
		return value{}, false
	}
	v := value{name: strings.Clone(p.rest[:end]), line: p.line}
	s := p.rest[end+1:]
	switch {
	case s == "":
		return v, p.items(&v)
	case s[0] != ' ':
		return v, false
	}
	s = strings.TrimLeft(s, " ")
	if s[0] == '[' {
		return v, plainList(s, &v)
	}
	text, null, ok := plainText(s)
	if !null {
		v.kind, v.text = scalar, text
	}
	return v, ok
}

// items reads the list below a key, if there is one: a value that spans lines
// or a table is left to the decoder.
func (p *plainReader) items(v *value) bool {
	indent := -1
	for {
		before := *p
		if !p.next() || (p.indent == 0 && !p.isItem()) {
			*p = before
			return true
		}
		if indent < 0 {
			indent = p.indent
		}
		if p.indent != indent || !strings.HasPrefix(p.rest, "- ") {
			return false
		}
		text, null, ok := plainText(strings.TrimLeft(p.rest[2:], " "))
		if !ok || null {
			return false
		}
		v.kind = list
		v.list = append(v.list, value{line: p.line, kind: scalar, text: text})
	}
}

// plainList reads a list in brackets.
func plainList(s string, v *value) bool {
	inner, ok := strings.CutSuffix(s[1:], "]")
	if !ok {
		return false
	}
	v.kind = list
	if strings.TrimSpace(inner) == "" {
		return true
	}
	v.list = make([]value, 0, 1+strings.Count(inner, ","))
	for part := range strings.SplitSeq(inner, ",") {
		part = strings.Trim(part, " ")
		text, null, ok := plainText(part)
		// Inside brackets more characters mean something.
		if !ok || null || strings.ContainsAny(part, "[]{}:#?&*!|>%@`") {
			return false
		}
		v.list = append(v.list, value{line: v.line, kind: scalar, text: text})
	}
	return true
}

// plainText reads a scalar on one line that cannot be anything else.
func plainText(s string) (text string, null, ok bool) {
	if s == "" {
		return "", false, false
	}
	switch first := s[0]; {
	case first == '"' || first == '\'':
		inner := s[1:]
		end := strings.IndexByte(inner, first)
		if end != len(inner)-1 || end < 0 || strings.Contains(inner, `\`) {
			return "", false, false
		}
		return strings.Clone(inner[:end]), false, true
	case !isAlnum(first) && first < 0x80 && first != '/' && first != '_' && first != '(':
		return "", false, false
	case strings.Contains(s, ": ") || strings.HasSuffix(s, ":") || strings.Contains(s, " #"):
		return "", false, false
	}
	switch s {
	case "null", "Null", "NULL":
		return "", true, true
	}
	return strings.Clone(s), false, true
}
