package render

import (
	"bytes"
	"html"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// expansion is a body without what other engines put between the Markdown and
// the page: Hugo's shortcodes, Jekyll's Liquid tags and kramdown's attribute
// lists. Those that stand for something that text can show have become
// Markdown or HTML, and of the others only the text between them is left. Code
// is left alone.
type expansion struct {
	text   string
	marks  []mark   // where the text comes from, in its order
	spared []extent // of text, where a tag is meant to be read
	rest   int      // of the body: from there on it is not in the text
}

// mark says that the text from offset out on, up to the next mark, comes from
// offset at of the body.
type mark struct{ out, at int }

// extent is a part of a text, from one offset up to another.
type extent struct{ from, to int }

// expand returns the expansion of a body, taken from a budget. It calls tell, unless
// it is nil, for what an author may want to know, with an offset of the body.
func expand(body string, b *budget, tell func(at int, what string)) *expansion {
	if !slices.ContainsFunc([]string{"{{", "{%", "{:", ">}}", "%}"}, func(mark string) bool { return strings.Contains(body, mark) }) {
		return &expansion{text: body, marks: []mark{{}}, rest: len(body)}
	}
	e := &expander{rest: len(body), tell: tell, missing: make(map[string]bool), budget: b, search: maxSearched}
	e.ends = e.endsIn(body)
	e.expand(body, 0, 0)
	return &expansion{text: string(e.out), marks: e.marks, spared: e.spared, rest: e.rest}
}

// maxShortcodeDepth bounds how deep shortcodes nest. Of deeper ones all that
// is between them stays.
const maxShortcodeDepth = 8

// maxExpanded bounds the text of an expansion, in bytes. What would become
// longer ends before the tag that makes it so.
const maxExpanded = 2 * post.MaxSize

// maxSearched bounds how many tags are looked at to find the ends of others. Tags
// that end in another order than they open would take quadratic time; when it is
// used up, those that follow enclose nothing.
const maxSearched = 500_000

// expander writes an expansion.
type expander struct {
	budget *budget
	search int // tags that may still be looked at

	out     []byte
	marks   []mark
	spared  []extent
	rest    int
	tell    func(at int, what string)
	missing map[string]bool // ends that do not come any more
	ends    map[string]bool // names of Hugo's shortcodes that end somewhere in the body
}

func (e *expander) write(s string) {
	e.budget.grow(len(s) * costOfExpanded)
	e.out = append(e.out, s...)
}

// searches counts a tag that is looked at for being the end of another, and
// reports whether that may be.
func (e *expander) searches() bool {
	e.budget.tick()
	e.search--
	return e.search >= 0
}

// report tells what an author may want to know.
func (e *expander) report(at int, what string) {
	if e.tell != nil {
		e.tell(at, what)
	}
}

// expand writes s, which starts at an offset of the body.
func (e *expander) expand(s string, at, depth int) {
	e.marks = append(e.marks, mark{len(e.out), at})
	in := indented{blank: true}
	whole := s
	for start := true; s != "" && len(e.out) <= maxExpanded; {
		e.budget.tick()
		n, tag := 0, true
		before := len(e.out)
		if start && depth == 0 { // between a shortcode's tags, authors indent others
			n = in.code(s)
		}
		switch {
		case n > 0:
			tag = false
			e.verbatim(s[:n])
		case start && fence(s) != "":
			n, tag = fenced(s), false
			e.verbatim(s[:n])
		case s[0] == '`':
			n, tag = post.CodeSpan(s), false
			e.verbatim(s[:n])
		case post.TagMark(s) != "":
			n = e.tag(s, at, depth)
		case s[0] == '>' || s[0] == '%':
			n = e.looseEnd(whole, len(whole)-len(s), at)
		case strings.HasPrefix(s, "{{"):
			n = e.output(s, at)
		case strings.HasPrefix(s, "{:"):
			n = e.attributes(s)
		}
		if n == 0 { // text
			tag = false
			n = 1 + strings.IndexAny(s[1:], "`{>%\n")
			switch {
			case n == 0:
				n = len(s)
			case s[n] == '\n':
				n++
			}
			if s[0] == '\n' {
				n = 1
			}
			e.write(s[:n])
		}
		if depth == 0 && len(e.out) > maxExpanded {
			e.out, e.rest = e.out[:before], at
			return
		}
		start = s[n-1] == '\n'
		s, at = s[n:], at+n
		if tag {
			e.marks = append(e.marks, mark{len(e.out), at})
		}
	}
}

// tag writes the tag that s starts with and returns its length, with what it
// encloses. It stands at an offset of the body. What only opens like a tag is
// left out, and the text after it stays.
func (e *expander) tag(s string, at, depth int) int {
	e.budget.grow(costOfTag)
	mark := post.TagMark(s)
	inside, n := post.ReadTag(s)
	switch {
	case n == 0:
		e.report(at, mark+" has no "+post.TagEnd(mark)+" in its paragraph; it is left out, and what comes after it is shown as text")
		return len(mark) + e.close(s[len(mark):])
	case mark == "{%":
		return e.liquid(inside, s, n, at, depth)
	}
	return e.hugo(inside, s, n, at, depth)
}

// looseEnd leaves out what closes a tag where none is open, at an offset of s
// and of the body, and returns its length, or 0 for text. It may be the end of
// a tag of HTML, too.
func (e *expander) looseEnd(s string, offset, at int) int {
	n := post.LooseEnd(s, offset)
	if n == 0 {
		return 0
	}
	line := e.line()
	if i := strings.LastIndexByte(line, '<'); s[offset] == '>' && i > strings.LastIndexByte(line, '>') && i+1 < len(line) &&
		(line[i+1] == '/' || alphanumeric(rune(line[i+1]))) {
		return 0
	}
	mark := s[offset : offset+n]
	e.report(at, mark+" closes nothing that opens in its paragraph; it is left out")
	return n + e.close(s[offset+n:])
}

// fence returns the backticks or tildes with which a fenced code block starts
// on the first line of s, or "".
func fence(s string) string {
	s = strings.TrimLeft(s, " \t>")
	if !strings.HasPrefix(s, "```") && !strings.HasPrefix(s, "~~~") {
		return ""
	}
	return s[:len(s)-len(strings.TrimLeft(s, s[:1]))]
}

// fenced returns the length of the fenced code block that s starts with.
func fenced(s string) int {
	open, n := fence(s), 0
	for line := range strings.Lines(s) {
		n += len(line)
		if end := fence(line); n > len(line) && len(end) >= len(open) && end[0] == open[0] &&
			strings.Trim(line, " \t\n>"+open[:1]) == "" {
			break
		}
	}
	return n
}

// verbatim writes code.
func (e *expander) verbatim(s string) { e.write(post.Literal(s)) }

// line returns what is written of the line being written, or its end if it is
// so long that looking for the beginning time and again would take long.
func (e *expander) line() string {
	tail := e.out[max(len(e.out)-256, 0):]
	return string(tail[bytes.LastIndexByte(tail, '\n')+1:])
}

// drop ends a tag that leaves nothing: if it stood alone on its line, the line
// goes too. It returns how much of rest, the text after the tag, goes with it.
func (e *expander) drop(rest string) int {
	if strings.TrimSpace(e.line()) != "" {
		return 0
	}
	n := len(rest) - len(strings.TrimLeft(rest, " \t"))
	if n < len(rest) && rest[n] == '\n' {
		return n + 1
	}
	return 0
}

// close drops a mark as drop does, and the space after it at the start of a
// line, where with that before it it might become indented code.
func (e *expander) close(rest string) int {
	if n := e.drop(rest); n > 0 || strings.TrimSpace(e.line()) != "" {
		return n
	}
	return len(rest) - len(strings.TrimLeft(rest, " \t"))
}

// indent returns the spaces with which the line being written starts, and
// whether there is anything else on it.
func (e *expander) indent() (spaces string, alone bool) {
	line := e.line()
	rest := strings.TrimLeft(line, " ")
	return line[:len(line)-len(rest)], rest == ""
}

// code writes text as a fenced code block.
func (e *expander) code(lang, text string) {
	spaces, alone := e.indent()
	if !alone {
		e.write("\n\n")
	}
	mark := strings.Repeat("~", 8)
	e.write(mark + lang + "\n")
	// As Jekyll and Hugo do; the closing tag may be indented.
	e.verbatim(strings.TrimRight(strings.TrimLeft(text, "\n"), " \t\n"))
	e.write("\n" + spaces + mark + "\n")
}

// link writes a link.
func (e *expander) link(text, target string) {
	if e.inHTML() {
		e.write(`<a href="` + attribute(target) + `">` + attribute(text) + "</a>")
		return
	}
	text = replace(text, "[", `\[`, "]", `\]`, "\n", " ")
	e.write("[" + text + "](<" + replace(target, "<", "%3C", ">", "%3E", " ", "%20", "\n", "") + ">)")
}

// inHTML tells whether what is being written is in a block of HTML, where
// Markdown is none: one that starts with a tag and has no blank line since.
func (e *expander) inHTML() bool {
	block := e.out[max(len(e.out)-post.MaxTag, 0):]
	if i := bytes.LastIndex(block, []byte("\n\n")); i >= 0 {
		block = block[i:]
	}
	block = bytes.TrimLeft(block, " \n")
	return len(block) > 1 && block[0] == '<' && (block[1] == '/' || alphanumeric(rune(block[1])))
}

// attribute returns a text as the value of an HTML attribute, in one line that
// has a meaning neither in HTML nor in a table.
func attribute(s string) string {
	return replace(html.EscapeString(html.UnescapeString(s)), "\n", " ", "|", "&#124;")
}

// replace replaces the texts in pairs, one pair after the other. A Replacer
// costs 10 KB to make, which for one short text is too much.
func replace(s string, pairs ...string) string {
	for len(pairs) >= 2 {
		s = strings.ReplaceAll(s, pairs[0], pairs[1])
		pairs = pairs[2:]
	}
	return s
}

// reference writes the target of a link to another post.
func (e *expander) reference(target string) {
	line := e.line()
	target = replace(target, " ", "%20", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22", "\n", "")
	switch trimmed := strings.TrimRight(line, " "); {
	case strings.HasSuffix(line, "]("), strings.HasSuffix(line, "](<"), strings.HasSuffix(line, `="`), strings.HasSuffix(line, "='"),
		strings.HasSuffix(line, "="), strings.HasSuffix(trimmed, "]:"), strings.HasSuffix(trimmed, "]: <"):
		e.write(postScheme + target)
	case line == "" || strings.HasSuffix(line, " "): // on its own in the text
		e.link(target, postScheme+target)
	default: // the end of an address
		e.write(target)
	}
}
