package post

import (
	"bytes"
	"strings"
)

// withoutJSX removes from MDX (mdxjs.com/docs/what-is-mdx) what is a program: imports and
// exports, the tags of components, though not what they enclose, comments in braces, and
// attributes of HTML whose values are expressions. Code stays as it is, and so does the
// number of lines.
func withoutJSX(src []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(src))
	blank, module, fence := true, false, "" // the line before is blank; this one is in a module, or in code
	for at := 0; at < len(src); {
		line, next := cutLine(src[at:])
		trimmed := strings.TrimSpace(string(line))
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == "" {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, trimmed[:1]))]
		case module && trimmed != "", blank && (bytes.HasPrefix(line, []byte("import ")) || bytes.HasPrefix(line, []byte("export "))):
			module = true
			out.Write(src[at+len(line) : at+next])
			at += next
			continue
		case module:
			module = false
		default:
			next = writeProse(&out, src[at:])
			at += next
			blank = trimmed == ""
			continue
		}
		blank = trimmed == ""
		out.Write(src[at : at+next])
		at += next
	}
	return out.Bytes()
}

// writeProse writes a line of text and what a tag that it opens takes of the next ones. It
// returns how many bytes of src these are.
func writeProse(out *bytes.Buffer, src []byte) int {
	for i := 0; i < len(src); {
		n := 1
		switch b := src[i]; {
		case b == '\n':
			out.WriteByte(b)
			return i + 1
		case b == '\\' && i+1 < len(src) && src[i+1] != '\n':
			n = 2
		case b == '`':
			n = codeSpan(src[i:])
		case b == '{' && bytes.HasPrefix(src[i+1:], []byte("/*")):
			if end := bytes.Index(start(src[i:]), []byte("*/}")); end > 0 {
				keepLines(out, src[i:i+end])
				i += end + len("*/}")
				continue
			}
		case b == '<':
			if tag := jsxTag(src[i:]); tag > 0 {
				writeTag(out, src[i:i+tag])
				i += tag
				continue
			}
		}
		out.Write(src[i : i+n])
		i += n
	}
	return len(src)
}

// codeSpan returns how many bytes the code takes that begins with a backtick, on one line.
func codeSpan(src []byte) int {
	marks := len(start(src)) - len(bytes.TrimLeft(start(src), "`"))
	line, _ := cutLine(start(src))
	for i := marks; i < len(line); {
		run := len(line) - i - len(bytes.TrimLeft(line[i:], "`"))
		if run == marks {
			return i + run
		}
		i += max(run, 1)
	}
	return marks
}

// longestTag bounds what is read of a tag, a comment or a span of code, in bytes, so that
// many that never end take no time in the square of the text.
const longestTag = 2 << 10

func start(src []byte) []byte { return src[:min(len(src), longestTag)] }

// jsxTag returns how many bytes the tag takes that begins with <, or 0 if it is none.
func jsxTag(src []byte) int {
	src = start(src)
	name := bytes.TrimPrefix(src[1:], []byte("/"))
	if len(name) == 0 || name[0] != '>' && (!isAlnum(name[0]) || name[0] <= '9') {
		return 0
	}
	depth, quote := 0, byte(0)
	for i, b := range src {
		switch {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'' || b == '`' && depth > 0:
			quote = b
		case b == '{':
			depth++
		case b == '}':
			depth--
		case b == '>' && depth == 0:
			return i + 1
		case b == '<' && i > 0 && depth == 0:
			return 0
		}
	}
	return 0
}

// writeTag writes what is HTML in a tag: nothing of a component's, whose names begin with a
// capital or have a dot in them, and no attribute with an expression.
func writeTag(out *bytes.Buffer, tag []byte) {
	inner := strings.Trim(string(tag), "</>")
	name, _, _ := strings.Cut(inner, " ")
	name = strings.TrimSpace(name)
	switch {
	case name == "", name[0] >= 'A' && name[0] <= 'Z', strings.Contains(strings.SplitN(name, "\n", 2)[0], "."):
		keepLines(out, tag)
	case bytes.IndexByte(tag, '{') >= 0:
		out.WriteString("<" + strings.SplitN(name, "\n", 2)[0])
		keepLines(out, tag)
		if bytes.HasSuffix(tag, []byte("/>")) {
			out.WriteByte('/')
		}
		out.WriteByte('>')
	default:
		out.Write(tag)
	}
}

// keepLines writes the ends of lines that are left out.
func keepLines(out *bytes.Buffer, removed []byte) {
	for range bytes.Count(removed, []byte("\n")) {
		out.WriteByte('\n')
	}
}
