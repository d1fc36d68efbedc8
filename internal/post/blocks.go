package post

import "strings"

// block is what a line of Markdown belongs to, as far as summaries, reading
// times and titles need to know.
type block uint8

const (
	blank   block = iota
	prose         // a line of a paragraph, perhaps quoted
	item          // the first line of a list item
	heading       // without its marks
	code          // a line of code, without its fences
	row           // of a table
	note          // a footnote's text, without its mark
	more          // <!--more-->
	noise         // fences, comments, definitions, rules, scripts
)

// blocks tells the lines of a Markdown text apart in one pass without building
// a tree: for a hundred thousand posts a real parser takes ten times as long as
// everything else. Where Markdown is subtle it is a good guess.
type blocks struct {
	text  string
	from  int // where the line starts
	at    int // where the next line starts
	read  int // up to where tags and code spans have been read
	tag   int // where the next tag was last found to open
	fence fence
	raw   raw
	list  bool  // in a list, where indented lines are no code
	last  block // of the line before

	missing []string // ends that do not come any more
}

// fence is an open fenced code block.
type fence struct {
	mark   byte
	length int  // 0 if none is open
	quoted bool // inside a block quote, which also ends it
}

// raw is a block that goes on until a text appears.
type raw struct {
	until string // "" if none is open
	kind  block
}

// next returns the next line without what marks its block, or false at the end.
func (b *blocks) next() (line string, kind block, ok bool) {
	if b.at >= len(b.text) {
		return "", blank, false
	}
	b.from = b.at
	line = b.take()
	line, kind = b.classify(line)
	b.last = kind
	if (kind == prose || kind == item || kind == note) && b.at < len(b.text) && b.text[b.at] != '\n' {
		line = trimBreak(line)
	}
	return line, kind, true
}

// trimBreak removes the backslash with which a line breaks before the next one
// (CommonMark §6.7).
func trimBreak(line string) string {
	n := len(line)
	for n > 0 && line[n-1] == '\\' {
		n--
	}
	if (len(line)-n)%2 == 1 { // or else each of them escapes another
		return line[:len(line)-1]
	}
	return line
}

// take cuts the next line.
func (b *blocks) take() string {
	rest := b.text[b.at:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		b.at += i + 1
		return rest[:i]
	}
	b.at = len(b.text)
	return rest
}

func (b *blocks) classify(line string) (string, block) {
	if b.raw.until != "" {
		kind := b.raw.kind
		if strings.Contains(line, b.raw.until) {
			b.raw, kind = raw{}, noise
		}
		return line, kind
	}
	s, indent, quoted := unquote(line)
	if b.fence.length > 0 {
		return b.inFence(line, s, quoted)
	}
	if s == "" {
		return s, blank
	}
	if indent >= 4 && !b.list && !quoted && (b.last == blank || b.last == code) {
		return s, code
	}
	if indent == 0 && b.last == blank && b.list && !isItem(s) {
		b.list = false
	}
	return b.byMark(b.whole(line, s), quoted)
}

// whole returns s, what is left of a line, with the lines after it that its
// tags reach into. Within a tag nothing else means anything.
func (b *blocks) whole(line, s string) string {
	if b.tag <= b.from {
		b.tag = nextTag(b.text, b.from)
	}
	if b.tag > b.at+MaxTag { // or else a code span may reach up to it
		return s
	}
	if (s[0] == '`' || s[0] == '~') && runLength(s) >= 3 { // a fence
		return s
	}
	end, i := b.at, max(b.from, b.read)
	for i < end {
		n := strings.IndexAny(b.text[i:end], "`{")
		if n < 0 {
			break
		}
		i += n
		rest := b.text[i:]
		if rest[0] == '`' {
			i += CodeSpan(rest)
			continue
		}
		if _, n = ReadTag(rest); n == 0 {
			n = max(len(TagMark(rest)), 1)
			if _, _, length := Expression(rest); length > 0 {
				n = length
			}
		}
		if i += n; i > end {
			end = i + len(firstLine(b.text[i:]))
		}
	}
	b.read = i
	if end == b.at {
		return s
	}
	from := b.from + strings.Index(line, s)
	b.at = end
	return trimBlank(strings.TrimSuffix(b.text[from:end], "\n"))
}

// nextTag returns where the next tag opens in s, from an offset on, or else a
// place that is far behind its end.
func nextTag(s string, at int) int {
	for {
		i := strings.IndexByte(s[at:], '{')
		if i < 0 {
			return len(s) + 2*MaxTag
		}
		if at += i; TagMark(s[at:]) != "" {
			return at
		}
		at++
	}
}

// firstLine returns the first line of s with its end.
func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i+1]
	}
	return s
}

// unquote removes indentation and the marks of block quotes. indent counts
// columns, with tabs of four, before the first mark. What closes a shortcode,
// ">}}", quotes nothing.
func unquote(line string) (s string, indent int, quoted bool) {
	s = line
	for {
		i := 0
		for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			if s[i] == '\t' && !quoted {
				indent += 3 - indent%4
			}
			if !quoted {
				indent++
			}
			i++
		}
		s = s[i:]
		if s == "" || s[0] != '>' || indent >= 4 || strings.HasPrefix(s, ">}}") {
			return trimBlank(s), indent, quoted
		}
		s, quoted = s[1:], true
	}
}

// trimBlank removes spaces and tabs at the end. TrimRight would build a set of
// them for every line of every post.
func trimBlank(s string) string {
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// inFence returns a line of a fenced block as code, and its end as noise.
func (b *blocks) inFence(line, s string, quoted bool) (string, block) {
	if b.fence.quoted && !quoted {
		b.fence = fence{}
		return b.classify(line)
	}
	if s != "" && s[0] == b.fence.mark {
		if n := runLength(s); n >= b.fence.length && n == len(s) {
			b.fence = fence{}
			return "", noise
		}
	}
	return s, code
}

// byMark classifies a line that is not blank by how it starts.
func (b *blocks) byMark(s string, quoted bool) (string, block) {
	switch s[0] {
	case '#':
		if n := runLength(s); n <= 6 && (n == len(s) || s[n] == ' ' || s[n] == '\t') {
			return trimHeading(s[n:]), heading
		}
	case '`', '~':
		if n := runLength(s); n >= 3 && (s[0] == '~' || !strings.Contains(s[n:], "`")) {
			b.fence = fence{mark: s[0], length: n, quoted: quoted}
			return "", noise
		}
	case '|':
		return s, row
	case '<':
		if kind, ok := b.openHTML(s); ok {
			return s, kind
		}
	case '{':
		if kind, ok := b.openTag(s); ok {
			return s, kind
		}
	case '[':
		if title, ok := alertTitle(s); ok && quoted {
			if title == "" {
				return "", noise
			}
			return title, prose
		}
		if text, ok := definition(s); ok {
			if s[1] == '^' {
				return text, note
			}
			return "", noise
		}
	}
	if isRule(s) {
		return "", noise
	}
	if isItem(s) {
		b.list = true
		return trimItem(s), item
	}
	return b.paragraph(s)
}

// paragraph classifies a line that starts with text; the next line may still
// make it a heading or the head of a table.
func (b *blocks) paragraph(s string) (string, block) {
	if b.last == row && strings.Contains(s, "|") {
		return s, row
	}
	if b.at >= len(b.text) || strings.IndexByte("=-|: ", b.text[b.at]) < 0 {
		return s, prose
	}
	at := b.at
	below := strings.TrimSpace(b.take())
	switch {
	case below != "" && (below[0] == '=' || below[0] == '-') && runLength(below) == len(below):
		return s, heading // and the underline is consumed
	case strings.Contains(s, "|") && isDelimiterRow(below):
		return s, row
	}
	b.at = at
	return s, prose
}

// isRule tells whether a line is a thematic break: three or more of one of
// "-*_", with spaces at most.
func isRule(s string) bool {
	if s[0] != '-' && s[0] != '*' && s[0] != '_' {
		return false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case s[0]:
			n++
		case ' ', '\t':
		default:
			return false
		}
	}
	return n >= 3
}

// isItem tells whether a line starts a list item: "- ", "* ", "+ ", "1. ", "1) ".
func isItem(s string) bool { return itemMark(s) > 0 }

// itemMark returns the length of a list item's mark, or 0.
func itemMark(s string) int {
	n := 0
	for n < len(s) && n < 9 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	marks := "-*+"
	if n > 0 {
		marks = ".)"
	}
	if n < len(s) && strings.IndexByte(marks, s[n]) >= 0 && (n+1 == len(s) || s[n+1] == ' ' || s[n+1] == '\t') {
		return n + 1
	}
	return 0
}

// trimItem removes the mark of a list item, and a task's box.
func trimItem(s string) string {
	s = strings.TrimLeft(s[itemMark(s):], " \t")
	for _, box := range [...]string{"[ ] ", "[x] ", "[X] "} {
		if text, ok := strings.CutPrefix(s, box); ok {
			return text
		}
	}
	return s
}

// trimHeading removes the spaces around a heading and its closing marks.
func trimHeading(s string) string {
	s = strings.TrimSpace(s)
	if t := strings.TrimRight(s, "#"); t == "" || strings.HasSuffix(t, " ") {
		s = strings.TrimSpace(t)
	}
	return s
}

// definition returns what a line says of a link or a footnote, "[x]: …".
func definition(s string) (text string, ok bool) {
	i := strings.Index(s, "]:")
	if i <= 1 || strings.Contains(s[1:i], "]") {
		return "", false
	}
	return strings.TrimSpace(s[i+len("]:"):]), true
}

// alertTitle returns what follows the mark of an alert, "[!NOTE]" or "[!TIP]- ".
func alertTitle(s string) (title string, ok bool) {
	mark, title, closed := strings.Cut(s, "]")
	kind, ok := strings.CutPrefix(mark, "[!")
	if !closed || !ok || kind == "" {
		return "", false
	}
	for i := range len(kind) {
		if c := kind[i] | 0x20; c < 'a' || c > 'z' {
			return "", false
		}
	}
	return strings.TrimSpace(strings.TrimLeft(title, "+-")), true
}

// isDelimiterRow tells whether a line is what stands below a table's head.
func isDelimiterRow(s string) bool {
	return strings.Contains(s, "-") && strings.Trim(s, "|-: \t") == ""
}
