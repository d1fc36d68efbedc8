package post

import "strings"

// brace skips a shortcode or a Liquid tag, {{< x >}} or {% x %}, and an attribute
// list, {: .x}. Of an expression, {{ x }}, it keeps what is known, and other
// braces are text.
func (p *inliner) brace() {
	rest := p.rest()
	switch {
	case p.at < p.rawEnd:
		p.emit(1)
	case TagMark(rest) != "":
		p.tag()
	case strings.HasPrefix(rest, "{{"):
		value, _, n := Expression(rest)
		if n == 0 {
			n = len("{{")
			if TagMark(rest[1:]) != "" {
				n = 1 // the next brace opens one
			}
			p.emit(n)
			return
		}
		p.out = append(p.out, value...)
		p.at += n
	case strings.HasPrefix(rest, "{:"), strings.HasPrefix(rest, "{#"), strings.HasPrefix(rest, "{."):
		if !p.skipTo("}") {
			p.emit(1)
		}
	default:
		p.emit(1)
	}
}

// tag skips a shortcode or a Liquid tag, unless it is meant to be read or shows
// some of its arguments. Of what only opens like one it skips the mark.
func (p *inliner) tag() {
	rest := p.rest()
	mark := TagMark(rest)
	inside, n := ReadTag(rest)
	liquid := mark == "{%"
	switch inside = strings.Trim(inside, "- "); {
	case n == 0:
		p.at += len(mark)
	case strings.HasPrefix(inside, "/*"): // {{</* x */>}}
		p.out = append(p.out, Literal(rest[:n])...)
		p.at += n
	case liquid && inside == "raw":
		p.at += n
		if i, _ := liquidTag(p.rest(), "endraw"); i > 0 {
			p.rawEnd = p.at + i
		}
	case p.all && !strings.HasPrefix(inside, "/"):
		p.replace(n, ParseTag(inside).shown(liquid))
	default:
		p.at += n
	}
}

// looseEnd skips what closes a tag where none is open.
func (p *inliner) looseEnd() {
	if n := LooseEnd(p.in, p.at); n > 0 && p.at >= max(p.rawEnd, p.shownEnd) {
		p.at += n
		return
	}
	p.emit(1)
}

// replace puts Markdown in the place of the next n bytes, which is shorter than
// they are: there is an end to replacing what stands in it.
func (p *inliner) replace(n int, text string) {
	if text = strings.TrimSpace(text); text == "" {
		p.at += n
		return
	}
	p.in = p.in[:p.at] + " " + text + " " + p.in[p.at+n:]
	p.shownEnd = p.at + len(text) + len("  ")
	p.angleEnd = unsought
}

// Literal returns code as it is meant to be read: a part of it between Liquid's
// raw tags without them, and Hugo's escaped shortcodes, {{</* x */>}}, as
// shortcodes. A tag without its partner stays.
func Literal(code string) string {
	if !strings.Contains(code, "{%") && !strings.Contains(code, "{{") {
		return code
	}
	var b strings.Builder
	for {
		from, n := liquidTag(code, "raw")
		if from < 0 {
			break
		}
		to, m := liquidTag(code[from+n:], "endraw")
		if to < 0 {
			break
		}
		to += from + n
		b.WriteString(code[:from])
		b.WriteString(code[from+n : to])
		code = code[to+m:]
	}
	b.WriteString(code)
	code = b.String()
	for _, pair := range [...][2]string{{"{{</*", "{{<"}, {"*/>}}", ">}}"}, {"{{%/*", "{{%"}, {"*/%}}", "%}}"}} {
		code = strings.ReplaceAll(code, pair[0], pair[1])
	}
	return code
}

// liquidTag returns the offset of the next tag of that name without arguments,
// and its length; or -1.
func liquidTag(s, name string) (at, length int) {
	const longest = len("{%-         endraw         -%}")
	for {
		i := strings.Index(s[at:], "{%")
		if i < 0 {
			return -1, 0
		}
		at += i
		tag := s[at:min(len(s), at+longest)]
		end := strings.Index(tag, "%}")
		if end >= len("{%") && strings.Trim(tag[len("{%"):end], "- ") == name {
			return at, end + len("%}")
		}
		at += len("{%")
	}
}
