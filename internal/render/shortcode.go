package render

import "strings"

// expand replaces what other engines put between the Markdown and the page:
// Hugo's shortcodes and Jekyll's Liquid tags. Those that stand for something
// that text can show become Markdown, and of the others only the text between
// them stays. Code is left alone.
func expand(body string) string {
	if !strings.Contains(body, "{{") && !strings.Contains(body, "{%") {
		return body
	}
	e := newExpander()
	e.expand(body, 0)
	return e.out.String()
}

// maxShortcodeDepth bounds how deep shortcodes nest; deeper ones stay as they
// are written.
const maxShortcodeDepth = 8

// maxTag bounds a tag and a code span, in bytes, so that an open brace or
// backtick does not have all that follows searched for its end.
const maxTag = 4 << 10

// expander writes expanded text.
type expander struct {
	out     strings.Builder
	missing map[string]bool // ends that do not come any more
	escapes *strings.Replacer
}

func newExpander() *expander {
	return &expander{
		missing: make(map[string]bool),
		escapes: strings.NewReplacer("{{</*", "{{<", "*/>}}", ">}}", "{{%/*", "{{%", "*/%}}", "%}}"),
	}
}

func (e *expander) expand(s string, depth int) {
	if depth > maxShortcodeDepth {
		e.out.WriteString(s)
		return
	}
	for start := true; s != ""; {
		n := 0
		switch {
		case start && fence(s) != "":
			n = fenced(s)
			e.verbatim(s[:n])
		case s[0] == '`':
			n = codeSpan(s)
			e.verbatim(s[:n])
		case strings.HasPrefix(s, "{{<"), strings.HasPrefix(s, "{{%"):
			n = e.hugo(s, depth)
		case strings.HasPrefix(s, "{%"):
			n = e.liquid(s, depth)
		case strings.HasPrefix(s, "{{"):
			n = e.output(s)
		}
		if n == 0 { // text
			n = 1 + strings.IndexAny(s[1:], "`{\n")
			switch {
			case n == 0:
				n = len(s)
			case s[n] == '\n':
				n++
			}
			if s[0] == '\n' {
				n = 1
			}
			e.out.WriteString(s[:n])
		}
		start = s[n-1] == '\n'
		s = s[n:]
	}
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

// codeSpan returns the length of the code span that s starts with, or of the
// backticks alone if they start none.
func codeSpan(s string) int {
	ticks := len(s) - len(strings.TrimLeft(s, "`"))
	within := s[:min(len(s), maxTag)]
	if blank := strings.Index(within, "\n\n"); blank >= 0 {
		within = within[:blank]
	}
	for i := ticks; i < len(within); {
		at := strings.IndexByte(within[i:], '`')
		if at < 0 {
			break
		}
		i += at
		run := len(within[i:]) - len(strings.TrimLeft(within[i:], "`"))
		i += run
		if run == ticks {
			return i
		}
	}
	return ticks
}

// verbatim writes code: without Liquid's raw tags, and with Hugo's escaped
// shortcodes as they are meant to be read.
func (e *expander) verbatim(s string) {
	for i := 0; ; {
		at := strings.Index(s[i:], "{%")
		if at < 0 {
			break
		}
		at += i
		end := strings.Index(s[at:min(len(s), at+32)], "%}")
		i = at + 2
		if end < 0 {
			continue
		}
		if tag := strings.Trim(s[at+2:at+end], "- "); tag == "raw" || tag == "endraw" {
			_, _ = e.escapes.WriteString(&e.out, s[:at])
			s, i = s[at+end+2:], 0
		}
	}
	_, _ = e.escapes.WriteString(&e.out, s)
}

// drop ends a tag that leaves nothing: if it stood alone on its line, the line
// goes too. It returns how much of rest, the text after the tag, goes with it.
func (e *expander) drop(rest string) int {
	out := e.out.String()
	line := out[strings.LastIndexByte(out, '\n')+1:]
	if strings.TrimSpace(line) != "" {
		return 0
	}
	n := len(rest) - len(strings.TrimLeft(rest, " \t"))
	if n < len(rest) && rest[n] == '\n' {
		return n + 1
	}
	return 0
}

// indent returns the spaces with which the line being written starts, and
// whether there is anything else on it.
func (e *expander) indent() (spaces string, alone bool) {
	out := e.out.String()
	line := out[strings.LastIndexByte(out, '\n')+1:]
	rest := strings.TrimLeft(line, " ")
	return line[:len(line)-len(rest)], rest == ""
}

// code writes text as a fenced code block.
func (e *expander) code(lang, text string) {
	spaces, alone := e.indent()
	if !alone {
		e.out.WriteString("\n\n")
	}
	mark := strings.Repeat("~", 8)
	e.out.WriteString(mark + lang + "\n")
	e.verbatim(strings.Trim(text, "\n"))
	e.out.WriteString("\n" + spaces + mark + "\n")
}

// image writes an image, or nothing without a target.
func (e *expander) image(alt, target string) {
	if target != "" {
		e.out.WriteString("!")
		e.link(alt, target)
	}
}

// link writes a link.
func (e *expander) link(text, target string) {
	text = strings.NewReplacer("[", `\[`, "]", `\]`, "\n", " ").Replace(text)
	target = strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20", "\n", "").Replace(target)
	e.out.WriteString("[" + text + "](<" + target + ">)")
}

// path writes the path of another post where a link's target stands.
func (e *expander) path(target string) {
	_, _ = strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "\n", "").WriteString(&e.out, target)
}
