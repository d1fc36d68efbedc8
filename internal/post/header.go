package post

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// mostHeaderLines is how far front matter is looked for that is not where it belongs.
const mostHeaderLines = 200

// metaLine returns the key of a line of front matter, in whichever language, and its value.
func metaLine(line string) (key, value string, ok bool) {
	end := strings.IndexAny(line, ":=")
	if end < 1 {
		return "", "", false
	}
	key = strings.Trim(strings.TrimSpace(line[:end]), `"'`)
	value = strings.TrimLeft(line[end:], ":=") // Obsidian's Dataview writes two colons
	if strings.ContainsFunc(key, func(r rune) bool { return !isSlugRune(unicode.ToLower(r)) && r != '-' }) {
		return "", "", false
	}
	return key, strings.TrimSpace(value), key != "" && (value == "" || value[0] == ' ' || value[0] == '\t' || value[0] == '"')
}

// header is a run of lines of front matter.
type header struct {
	size, lines int // up to the line that ends it
	known       int // keys that mean something here
	telling     bool
	draft       bool // one of them says whether it is published
}

// certain reports whether these lines can hardly be text.
func (h *header) certain() bool { return h.known >= 2 || h.telling }

// readHeader reads the lines of front matter that a text begins with, up to one that ends
// them. It returns false if another line comes first. What only YAML and JSON have between
// keys counts as another line unless it may be there.
func readHeader(text []byte, structured bool, ends func(line string) bool) (h header, ok bool) {
	for h.size < len(text) && h.lines < mostHeaderLines {
		line, next := cutLine(text[h.size:])
		s := strings.TrimRight(string(line), " \t")
		if ends(s) {
			return h, true
		}
		key, _, isMeta := metaLine(s)
		switch k := lookupKey(key); {
		case isMeta && k != unknown:
			h.known++
			h.draft = h.draft || k == keyDraft || k == keyPublished || k == keyStatus
			h.telling = h.telling || k == keyTitle || k == keyDraft
		case isMeta, s != "" && h.lines > 0 && (s[0] == ' ' || s[0] == '\t'):
		case structured && (s == "" || strings.ContainsAny(s[:1], "-#{}[]")):
		default:
			return h, false
		}
		h.size += next
		h.lines++
	}
	return h, h.size == len(text) && ends("")
}

func isBlank(line string) bool { return line == "" }

// splitOpen finds front matter that begins without a line that opens it: Pelican's, which
// ends at the first other line (python-markdown.github.io/extensions/meta_data), and
// Hexo's, which a line of dashes or, as JSON, of semicolons ends (hexo.io/docs/front-matter).
func (p parts) splitOpen(src []byte) (parts, bool, error) {
	first, _ := cutLine(src)
	if key, _, ok := metaLine(string(first)); !ok || lookupKey(key) == unknown || first[0] == ' ' || first[0] == '\t' {
		return p, false, nil
	}
	end := ""
	h, ok := readHeader(src, true, func(line string) bool {
		if len(line) >= 3 && (strings.Trim(line, "-") == "" || strings.Trim(line, ";") == "") {
			end = line
		}
		return end != "" || line == ""
	})
	if end == "" && isAlnum(first[0]) {
		h, ok = readHeader(src, false, isBlank)
		ok = ok || h.known >= 2
	}
	if !ok || !h.certain() {
		return p, false, nil
	}
	p.format, p.meta, p.metaLine = formatLines, src[:h.size], p.openLine
	rest, line := src[h.size:], p.openLine+h.lines
	if end != "" {
		_, next := cutLine(rest)
		rest, line = rest[next:], line+1
		p.format = formatYAML
		if end[0] == ';' {
			p = p.asJSON()
		}
	}
	p, err := p.withBody(rest, line)
	return p, true, err
}

// asJSON puts Hexo's JSON, which has no braces around it, in braces.
func (p parts) asJSON() parts {
	p.format = formatJSON
	if !opensJSON(bytes.TrimLeft(p.meta, " \t\n")) {
		p.meta = append(append([]byte("{"), p.meta...), '}')
	}
	return p
}

// decodeLines reads Pelican's metadata. Lists are in one text, at semicolons or else at commas.
func decodeLines(meta []byte, first int) []value {
	var out []value
	line := first - 1
	for text := range strings.Lines(string(meta)) {
		line++
		key, s, ok := metaLine(strings.TrimRight(text, "\n"))
		if !ok || text[0] == ' ' || text[0] == '\t' {
			if n := len(out); n > 0 {
				out[n-1].text += " " + strings.TrimSpace(text)
			}
			continue
		}
		out = append(out, value{name: key, line: line, kind: scalar, text: s})
	}
	for i, v := range out {
		if k := lookupKey(v.name); (k == keyTags || k == keyAuthors) && strings.Contains(v.text, ";") {
			out[i].kind = list
			for name := range strings.SplitSeq(v.text, ";") {
				out[i].list = append(out[i].list, value{line: v.line, kind: scalar, text: name})
			}
		}
	}
	return out
}

// mostBefore is how many lines may come before front matter that is not at its place.
const mostBefore = 20

// misread returns what is wrong with front matter that no engine would read as such, and
// its line from 0; nil if there is none in sight. Where the lines are those of front matter
// without a doubt, a post must not go out with them as its text: it may be a draft.
func misread(src []byte) (line int, err error) {
	before, fence := "", ""
	for at := 0; line < mostBefore && at < len(src); {
		text, next := cutLine(src[at:])
		s, rest := bare(string(text)), src[at+next:]
		why := opens(string(text), before)
		if why != "" && !framed(rest, before) {
			why = ""
		}
		switch {
		case fence != "":
			why = ""
			if strings.HasPrefix(s, fence) {
				fence = ""
			}
		case why != "", s == "":
		case strings.HasPrefix(s, "```"), strings.HasPrefix(s, "~~~"):
			fence, before = s[:3], "the text"
		case strings.HasPrefix(s, "<!--"):
			if h, ok := readHeader(rest, true, func(line string) bool { return strings.HasPrefix(bare(line), "-->") }); ok && h.known > 1 {
				why = "it is in a comment; put it between two lines of --- instead"
			}
			end := bytes.Index(src[at:], []byte("-->"))
			if end < 0 {
				return 0, nil
			}
			_, next = cutLine(src[at+end:])
			next += end
			before = "the comment"
		default:
			if h, ok := readHeader(src[at:], false, isBlank); ok && h.known > 1 && h.draft && before != "" {
				why = "it has to come first; move " + before + " below it"
			}
			before = "the text"
			if s[0] == '#' {
				before = "the heading"
			}
		}
		if why != "" {
			return line, fmt.Errorf("this looks like front matter, and is not read as such: %s", why)
		}
		line += bytes.Count(src[at:at+next], []byte("\n"))
		at += next
	}
	return 0, nil
}

// repeated reports whether a body begins with front matter once more, or with all of it behind two
// lines that open it.
func repeated(p *parts) bool {
	line, next := cutLine(p.body)
	if isDelimiter(line, "---") || isDelimiter(line, "+++") {
		return framed(p.body[next:], "the first")
	}
	return len(bytes.TrimSpace(p.meta)) == 0 && framed(p.body, "the first")
}

// framed reports whether the lines behind one that may open front matter are such, up to one
// that may close it or, at the start of a file, to a blank one.
func framed(rest []byte, before string) bool {
	if inner, next := cutLine(rest); before == "" && isDelimiter(inner, "---") { // in a block of code
		rest = rest[next:]
	}
	h, ok := readHeader(rest, true, func(line string) bool { return opens(line, before) != "" })
	if !ok && before == "" { // never closed
		h, ok = readHeader(rest, false, isBlank)
		ok = ok && h.known > 1
	}
	return ok && h.certain()
}

// bare returns a line without space around it, what cannot be seen, and a backslash before it.
func bare(line string) string {
	return strings.TrimLeft(strings.TrimFunc(line, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }), `\`)
}

// opens returns why a line that seems to open or close front matter does not, or "".
func opens(line, before string) string {
	s := bare(line)
	marks, _, _ := strings.Cut(s, " #")
	marks = strings.TrimRight(strings.ToLower(marks), "abcdefghijklmnopqrstuvwxyz ")
	marks = strings.ReplaceAll(marks, " ", "")
	switch {
	case before != "" && (s == "---" || s == "+++"):
		return "it has to come first; move " + before + " below it"
	case before != "" || s == "":
		return ""
	case strings.HasPrefix(s, "```") || strings.HasPrefix(s, "~~~"):
		if len(strings.Fields(s)) > 1 {
			return ""
		}
		return "it is in a block of code; put it between two lines of --- instead"
	case marks == "{" || s == "}":
		return "keys of JSON need quotes"
	case len(marks) < 2 || strings.Trim(marks, "-+–—−‐‑=*_;.%\"") != "":
		return ""
	case s == "---" || s == "+++":
		return "something stands before its first line; write " + s + " at the start of a line"
	}
	return "a line of --- opens and closes it, and not " + quoted(s)
}
