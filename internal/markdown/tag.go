package markdown

import "strings"

// MaxTag bounds a tag and a code span, in bytes, so that an open brace or
// backtick does not have all that follows searched for its end.
const MaxTag = 4 << 10

// Tag is a shortcode of Hugo's or Zola's or a tag of Liquid's, with its arguments.
type Tag struct {
	Name string
	Args []string // arguments without a name

	named  map[string]string
	called bool // as a function: it is Zola's
}

// ParseTag reads what stands between a tag's braces:
// `name "an argument" key=value key="a value"`, or Zola's `name(key="a value", key=1)`.
func ParseTag(s string) Tag {
	s = strings.TrimSpace(s)
	t := Tag{named: make(map[string]string)}
	ends := blank
	if name, args, ok := strings.Cut(s, "("); ok && isCalled(name) && strings.HasSuffix(args, ")") {
		t.Name, t.called, s, ends = name, true, args[:len(args)-1], blank+",[]"
	} else {
		t.Name, s = word(s, ends)
	}
	for s = strings.Trim(s, ends); s != ""; s = strings.TrimLeft(s, ends) {
		var first string
		first, s = word(s, ends)
		if value, ok := strings.CutPrefix(strings.TrimLeft(s, blank), "="); ok && first != "" {
			t.named[strings.ToLower(first)], s = word(strings.TrimLeft(value, ends), ends)
			continue
		}
		if first == "" { // a stray sign, or nothing in quotes
			s = strings.TrimPrefix(s, "=")
			continue
		}
		t.Args = append(t.Args, first)
	}
	return t
}

// isCalled reports whether arguments in parentheses may follow a text: it is a name.
func isCalled(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool { return !alphanumeric(r) && r != '_' && r != ':' }) < 0
}

// blank is the space that ends a word in a tag.
const blank = " \t\n"

// word reads a quoted string, or all up to an equals sign or one of ends.
func word(s, ends string) (first, rest string) {
	if s == "" {
		return "", ""
	}
	if q := s[0]; q == '"' || q == '\'' || q == '`' {
		for i := 1; i < len(s); i++ {
			if s[i] == '\\' && q != '`' {
				i++
			} else if s[i] == q {
				return strings.ReplaceAll(s[1:i], `\`+string(q), string(q)), s[i+1:]
			}
		}
		return s[1:], ""
	}
	end := strings.IndexAny(s, ends+"=")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// TagMark returns the mark with which s opens a tag, or "".
func TagMark(s string) string {
	if len(s) < len("{%") || s[0] != '{' {
		return ""
	}
	for _, mark := range [...]string{"{{<", "{{%", "{%"} {
		if strings.HasPrefix(s, mark) {
			return mark
		}
	}
	return ""
}

// TagEnd returns the mark that closes what the mark opens.
func TagEnd(mark string) string {
	switch mark {
	case "{{<":
		return ">}}"
	case "{{%":
		return "%}}"
	}
	return "%}"
}

// ReadTag returns what stands between the marks of the tag that s starts with, and
// the tag's length; or 0 if what opens there is no tag. A tag is closed in its
// paragraph: a blank line ends it even in quotes, since an opening mark in
// prose must not take the paragraphs after it; but Jekyll's include, whose parameters authors set apart, may
// have blank lines. Nor does a tag hold the opening
// mark of another, but in quotes. What stands in quotes closes nothing, unless
// a quote is left open.
func ReadTag(s string) (inside string, length int) {
	open := TagMark(s)
	if open == "" {
		return "", 0
	}
	s, end := s[:min(len(s), MaxTag)], TagEnd(open)
	closes := strings.Index(s[len(open):], end)
	if closes < 0 || opensAgain(s[len(open):len(open)+closes], open) {
		return "", 0 // whatever the paragraph has, which takes a look at each of its lines
	}
	if !includes(s[len(open):]) || open != "{%" {
		s = s[:paragraph(s)]
	}
	if !strings.Contains(s[len(open):], end) {
		return "", 0
	}
	at := closing(s, open, end, "\"'`")
	if at < 0 {
		at = closing(s, open, end, "")
	}
	if at < 0 {
		return "", 0
	}
	return s[len(open):at], at + len(end)
}

// includes reports whether what stands after Liquid's opening mark begins as an include.
func includes(s string) bool {
	name, rest, ok := strings.Cut(strings.TrimLeft(s, "- "), " ")
	return ok && strings.HasPrefix(name, "include") && strings.Trim(name[len("include"):], "_abcdefghijklmnopqrstuvwxyz") == "" && rest != ""
}

// opensAgain reports whether a tag of the same kind opens in s, with no quote before.
func opensAgain(s, open string) bool {
	for at := 0; ; at++ {
		next := strings.IndexByte(s[at:], '{')
		if next < 0 {
			return false
		}
		if at += next; len(TagMark(s[at:])) == len(open) {
			return !strings.ContainsAny(s[:at], "\"'`")
		}
	}
}

// closing returns the offset of the mark that closes the tag which s starts
// with, or -1 if another tag opens before. quotes are those that hide marks.
func closing(s, open, end, quotes string) int {
	for i := len(open); i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], end):
			return i
		case len(TagMark(s[i:])) == len(open): // of the same kind
			return -1
		case strings.IndexByte(quotes, s[i]) >= 0 && strings.IndexByte(" \t\n=<%", s[i-1]) >= 0:
			_, rest := word(s[i:], blank)
			i = len(s) - len(rest) - 1
		}
	}
	return -1
}

// LooseEnd returns the length of the mark at an offset of s that closes a tag,
// where no tag is open, or 0. A percent sign and a brace behind a word are
// none: they stand in CSS and TeX, {width: 10%}.
func LooseEnd(s string, at int) int {
	for _, mark := range [...]string{">}}", "%}}", "%}"} {
		if strings.HasPrefix(s[at:], mark) && (mark[0] == '>' || at == 0 || strings.IndexByte(" \t\n-", s[at-1]) >= 0) {
			return len(mark)
		}
	}
	return 0
}

// paragraph returns the length of what s has up to a blank line, which in a
// block quote has its marks.
func paragraph(s string) int {
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '\n')
		if i < 0 {
			return len(s)
		}
		at += i + len("\n")
		end := at
		for end < len(s) && (s[end] == ' ' || s[end] == '\t' || s[end] == '>') {
			end++
		}
		if end < len(s) && s[end] == '\n' {
			return at - len("\n")
		}
	}
}

// CodeSpan returns the length of the code span that s starts with, or of the
// backticks alone if they start none.
func CodeSpan(s string) int {
	ticks := runLength(s)
	s = s[:max(paragraph(s[:min(len(s), MaxTag)]), ticks)]
	for i := ticks; i < len(s); {
		at := strings.IndexByte(s[i:], '`')
		if at < 0 {
			break
		}
		i += at
		run := runLength(s[i:])
		if i += run; run == ticks {
			return i
		}
	}
	return ticks
}

// Get returns the first argument that is given of those with the names, where
// "0" is the first one without a name.
func (t Tag) Get(names ...string) string {
	for _, name := range names {
		if name == "0" && len(t.Args) > 0 {
			return t.Args[0]
		}
		if v := t.named[name]; v != "" {
			return v
		}
	}
	return ""
}

// Title returns what stands above a note: {{% notice warning "Look out" %}}
// has it second.
func (t Tag) Title() string {
	title := t.Get("title", "heading")
	if title == "" && len(t.Args) > 1 {
		title = t.Args[1]
	}
	return title
}

// ShowsImage reports whether a shortcode of that name, in lower case, shows an
// image: figure, img, img-right, legacy-img, responsive_image and the like.
func ShowsImage(name string) bool {
	return name == "figure" || name == "picture" || strings.Contains(name, "img") || strings.Contains(name, "image")
}

// Alert returns the GitHub alert that comes nearest to a tag of that name, in
// lower case, with t's arguments, or "".
func (t Tag) Alert(name string) string {
	switch name {
	case "notice", "alert", "callout", "admonition", "hint", "aside", "note":
		if kind := (Tag{}).Alert(strings.ToLower(t.Get("type", "kind", "style", "color", "0"))); kind != "" {
			return kind
		}
		return "NOTE"
	case "info", "default", "primary":
		return "NOTE"
	case "tip", "success":
		return "TIP"
	case "important":
		return "IMPORTANT"
	case "warning", "warn":
		return "WARNING"
	case "danger", "caution", "error":
		return "CAUTION"
	}
	return ""
}

// ReadBraces returns what stands between the braces, {{ … }}, that s starts with, and
// their length; or 0 for braces that are not closed in their paragraph, or before others
// open.
func ReadBraces(s string) (inside string, length int) {
	end := strings.Index(s[:min(len(s), MaxTag)], "}}")
	if end < len("{{") || paragraph(s[:end]) < end || strings.Contains(s[len("{{"):end], "{{") {
		return "", 0
	}
	return strings.Trim(s[len("{{"):end], "-"+blank), end + len("}}")
}

// PostScheme marks the target of a link as another post. Shortcodes are turned
// into it; authors may write [text](post:slug) too.
const PostScheme = "post:"

// runLength counts how often s repeats its first byte.
func runLength(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}
