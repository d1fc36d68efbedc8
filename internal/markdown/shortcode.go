package markdown

import (
	"bytes"
	"slices"
	"strings"
)

// expansion is a body in which placeholders stand for what other engines put between
// the Markdown and the page: Hugo's shortcodes, Zola's, Jekyll's Liquid tags. Of those
// that show nothing, and of kramdown's attribute lists, nothing is left. Code is left
// alone.
type expansion struct {
	body   string
	text   string
	marks  []mark  // where the text comes from, in its order
	pieces []piece // that the placeholders stand for
	rest   int     // of the body: from there on it is not in the text
	lacks  bool    // files that the text includes, which may define references

	comments []Span // of the body: what tags of other engines hide from all but its authors
}

// mark says that the text from offset out on, up to the next mark, comes from
// offset at of the body.
type mark struct{ out, at int }

// expand returns the expansion of a body, taken from a budget. It calls tell, unless
// it is nil, for what an author may want to know, with an offset of the body.
func expand(body string, b *Budget, tell func(at int, severe bool, what string)) *expansion {
	body = limitMarkers(unforged(body))
	if !mayHaveTags(body) {
		return &expansion{body: body, text: body, marks: []mark{{}}, rest: len(body)}
	}
	e := &expander{expansion: expansion{body: body, rest: len(body)}, tell: tell, missing: make(map[string]bool), variables: make(map[string]value), budget: b, search: maxSearched}
	e.ends, e.markdownInHTML = e.endsIn(body), strings.Contains(body, "markdown=")
	e.expand(body, 0, 0)
	done := e.expansion // without what it was made with
	done.text = string(e.out)
	return &done
}

// mayHaveTags reports whether anything in a text begins or ends as a tag does.
func mayHaveTags(s string) bool {
	if strings.Contains(s, "markdown=") || strings.Contains(s, "\n^\n") || strings.Contains(s, "*[") && strings.Contains(s, "]:") {
		return true
	}
	if indexFold(s, "<script") >= 0 || indexFold(s, "<style") >= 0 {
		return true
	}
	if strings.IndexByte(s, '}') < 0 && strings.IndexByte(s, '{') < 0 {
		return false
	}
	for _, mark := range [...]string{"{{", "{%", "{:", ">}}", "%}", "{.", "{#", "\n{"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

// maxShortcodeDepth bounds how deep shortcodes nest. Of deeper ones all that
// is between them stays.
const maxShortcodeDepth = 8

// maxExpanded bounds the text of an expansion, in bytes. What would become
// longer ends before the tag that makes it so.
const maxExpanded = 2 * MaxSize

// maxSearched bounds how many tags are looked at to find the ends of others. Tags
// that end in another order than they open would take quadratic time; when it is
// used up, those that follow enclose nothing.
const maxSearched = 500_000

// expander writes an expansion.
type expander struct {
	expansion

	budget *Budget
	search int // tags that may still be looked at

	out     []byte
	tell    func(at int, severe bool, what string)
	missing map[string]bool // ends that do not come any more
	ends    map[string]bool // names of Hugo's shortcodes that end somewhere in the body
	tagAt   int             // of the body: where the tag that is being written stands
	tagged  string          // the tag that is being written, without what it encloses
	ending  string          // the tag that ends it

	variables      map[string]value // of Liquid's
	inserted       int              // bytes of captures that have been written, each time anew
	isLiquid       bool             // the text has tags of Liquid's
	markdownInHTML bool             // a tag may have markdown="1"
}

func (e *expander) write(s string) {
	e.budget.Grow(len(s) * costOfExpanded)
	e.out = append(e.out, s...)
}

// searches counts a tag that is looked at for being the end of another, and
// reports whether that may be.
func (e *expander) searches() bool {
	e.budget.Tick()
	e.search--
	return e.search >= 0
}

// comment remembers that a part of the body, which starts at an offset, is for its authors alone.
func (e *expander) comment(inner string, at int) {
	if inner != "" {
		e.budget.Grow(costOfTag)
		e.comments = append(e.comments, Span{at, at + len(inner)})
	}
}

// report reports a warning for the author.
func (e *expander) report(at int, what string) {
	if e.tell != nil {
		e.tell(at, false, what)
	}
}

// expand writes s, which starts at an offset of the body.
func (e *expander) expand(s string, at, depth int) {
	e.marks = append(e.marks, mark{len(e.out), at})
	in := indented{blank: true}
	whole := s
	for start := true; s != "" && len(e.out) <= maxExpanded; {
		e.budget.Tick()
		n, tag := 0, true
		before := len(e.out)
		if start && depth == 0 { // between a shortcode's tags, authors indent others
			n = in.code(s)
		}
		switch {
		case n > 0:
			tag = false
			e.write(s[:n])
		case start && fence(s) != "":
			n, tag = fenced(s), false
			e.write(s[:n])
		case s[0] == '`':
			n, tag = CodeSpan(s), false
			e.write(s[:n])
		case TagMark(s) != "":
			n = e.tag(s, at, depth)
		case s[0] == '>' || s[0] == '%':
			n = e.looseEnd(whole, len(whole)-len(s), at)
		case strings.HasPrefix(s, "{{"):
			n = e.output(s, at, depth)
		case strings.HasPrefix(s, "{::"):
			n = e.extension(s, at)
		case strings.HasPrefix(s, "{:"):
			n = e.attributes(s)
		case s[0] == '{':
			n = e.blockAttributes(s)
		case start:
			if n = e.lineStart(s); n == 0 && s[0] <= '<' && depth == 0 {
				n = e.torn(s)
			}
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
	e.budget.Grow(costOfTag)
	mark := TagMark(s)
	inside, n := ReadTag(s)
	e.tagAt, e.tagged, e.ending = at, s[:n], ""
	switch {
	case n == 0:
		e.report(at, mark+" has no "+TagEnd(mark)+" in its paragraph; it is left out, and what comes after it is shown as text")
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
	n := LooseEnd(s, offset)
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

// dropTarget returns the length of what is left of a link's target whose beginning is not known: it
// would lead elsewhere.
func (e *expander) dropTarget(rest string) int {
	defined := bytes.HasSuffix(e.out, []byte("]: "))
	if !defined && !slices.ContainsFunc([]string{"](", `href="`, "href='", `src="`, "src='"}, func(begins string) bool { return bytes.HasSuffix(e.out, []byte(begins)) }) {
		return 0
	}
	if defined { // without any it would be text
		e.out = append(e.out, "<>"...)
	}
	return max(0, strings.IndexAny(rest, ")\"' \t\n"))
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

// block puts a placeholder on a line of its own, and says where the next line starts.
func (e *expander) block(p piece) {
	spaces, alone := e.indent()
	if !alone {
		e.write("\n\n")
		spaces = ""
	}
	e.put(p)
	e.write("\n" + spaces)
}

// code puts a block of code. As Jekyll and Hugo do it; the closing tag may be indented.
func (e *expander) code(lang, text string) {
	text = strings.TrimRight(strings.TrimLeft(text, "\n"), " \t\n")
	if spaces, alone := e.indent(); alone && spaces != "" { // those of a list's item
		text = strings.ReplaceAll("\n"+text, "\n"+spaces, "\n")
		text = strings.TrimPrefix(text, "\n")
	}
	e.block(piece{kind: pieceCode, target: lang, text: Literal(text) + "\n"})
}

// within puts a text, which starts at an offset of the body, into a block, if that
// starts on a line of its own.
func (e *expander) within(p piece, inner string, at, depth int) {
	_, alone := e.indent()
	lead := len(inner) - len(strings.TrimLeft(inner, " \t\n"))
	inner, at = strings.TrimSpace(inner), at+lead
	if !alone {
		e.expand(inner, at, depth+1)
		e.quoted(p, " ")
		return
	}
	end := piece{kind: pieceEnd, source: e.ending, opens: len(e.pieces)}
	e.block(p)
	spaces, _ := e.indent()
	e.expand(inner, at, depth+1)
	e.quoted(p, "\n\n"+spaces)
	if _, alone := e.indent(); !alone {
		e.write("\n" + spaces)
	}
	e.block(end)
}

// quoted writes whom a quote quotes, behind what it says.
func (e *expander) quoted(p piece, space string) {
	if p.kind == pieceQuote && p.text != "" {
		e.write(space)
		e.put(piece{kind: pieceText, text: "— " + p.text})
	}
}

// inHTML reports whether what is being written is in a block of HTML, where
// Markdown is none: one that starts with a tag and has no blank line since.
func (e *expander) inHTML() bool {
	block := e.out[max(len(e.out)-MaxTag, 0):]
	if i := bytes.LastIndex(block, []byte("\n\n")); i >= 0 {
		block = block[i:]
	}
	block = bytes.TrimLeft(block, " \n")
	return len(block) > 1 && block[0] == '<' && (block[1] == '/' || alphanumeric(rune(block[1])))
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
