package post

import (
	"bytes"
	"fmt"
)

// format is the language of front matter.
type format uint8

const (
	formatNone format = iota
	formatYAML
	formatTOML
	formatJSON
	formatLines // Pelican's
)

func (f format) String() string {
	switch f {
	case formatYAML:
		return "YAML"
	case formatTOML:
		return "TOML"
	case formatJSON:
		return "JSON"
	case formatLines:
		return "Pelican"
	}
	return "unknown"
}

// parts is a file cut in two. Lines are counted from 1.
type parts struct {
	format   format
	meta     []byte // the front matter without its delimiters
	metaLine int    // where meta starts
	openLine int    // where the front matter opens
	body     []byte // without blank lines before it or blank space after it
	bodyLine int
}

// split finds the front matter of a clean file: YAML between two lines of ---
// (Jekyll also ends it with ...), TOML between two lines of +++, one JSON
// object, or what splitOpen finds. Blank lines may come before it, as in Hugo. A file
// that starts in any other way is all body.
//
// The error says what is wrong with the front matter that openLine starts.
func split(src []byte) (parts, error) {
	start, skipped := skipBlank(src)
	p := parts{openLine: skipped + 1}
	line, next := cutLine(src[start:])
	rest := src[start:]
	switch {
	case isDelimiter(line, "---"):
		p.format = formatYAML
	case isDelimiter(line, "+++"):
		p.format = formatTOML
	case isDelimiter(line, ";;;"):
		p.format = formatJSON
	case opensJSON(rest):
		p.format = formatJSON
		end := endOfJSON(rest)
		if end < 0 {
			return p, fmt.Errorf("the front matter that opens with { is never closed: add the missing }")
		}
		p.meta, p.metaLine = rest[:end], p.openLine
		return p.withBody(rest[end:], p.openLine+bytes.Count(p.meta, []byte("\n")))
	default:
		if p, ok, err := p.splitOpen(rest); ok {
			return p, err
		}
		if at, err := misread(src); err != nil {
			p.openLine = at + 1
			return p, err
		}
		return p.withBody(src, 1)
	}

	open := string(line[:3])
	p.metaLine = p.openLine + 1
	rest = rest[next:]
	for at, n := 0, p.metaLine; at < len(rest); n++ {
		line, next := cutLine(rest[at:])
		if isDelimiter(line, open) || (p.format == formatYAML && isDelimiter(line, "...")) {
			p.meta = rest[:at]
			if p.format == formatJSON {
				p = p.asJSON()
			}
			return p.withBody(rest[at+next:], n+1)
		}
		at += next
	}
	return p, fmt.Errorf("the front matter that opens with %s is never closed: add a line with %s after it", open, open)
}

// withBody completes p with the text that starts on line, which it trims.
func (p parts) withBody(text []byte, line int) (parts, error) {
	at, skipped := skipBlank(text)
	p.body = bytes.TrimRight(text[at:], " \t\n")
	p.bodyLine = line + skipped
	if len(p.body) == 0 {
		p.bodyLine = line // a file that ends with its front matter has no other place
	}
	if len(p.meta) > MaxFrontMatter {
		return p, fmt.Errorf("the front matter is %d bytes and the limit is %d: move text into the body", len(p.meta), MaxFrontMatter)
	}
	return p, nil
}

// skipBlank returns the offset of the first line of src that is not blank, and
// how many lines come before it.
func skipBlank(src []byte) (offset, lines int) {
	for i, b := range src {
		switch b {
		case '\n':
			offset = i + 1
			lines++
		case ' ', '\t':
		default:
			return offset, lines
		}
	}
	return offset, lines
}

// cutLine returns the first line of src and the offset of the next.
func cutLine(src []byte) (line []byte, next int) {
	if i := bytes.IndexByte(src, '\n'); i >= 0 {
		return src[:i], i + 1
	}
	return src, len(src)
}

// isDelimiter reports whether line is mark and nothing else but blank space after it.
func isDelimiter(line []byte, mark string) bool {
	return len(line) >= len(mark) && string(line[:len(mark)]) == mark &&
		len(bytes.TrimRight(line[len(mark):], " \t")) == 0
}

// opensJSON tells a JSON object from a shortcode or a Liquid tag, which start
// with a brace too: {{< figure >}}, {% include %}.
func opensJSON(src []byte) bool {
	if len(src) == 0 || src[0] != '{' {
		return false
	}
	rest := bytes.TrimLeft(src[1:], " \t\n")
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

// endOfJSON returns the offset after the brace that closes the one src starts
// with, or -1.
func endOfJSON(src []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(src); i++ {
		switch b := src[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{':
			depth++
		case b == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
