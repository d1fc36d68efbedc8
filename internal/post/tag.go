package post

import "strings"

// MaxTag bounds a shortcode or a Liquid tag, in bytes, so that an open brace
// does not have all that follows searched for its end.
const MaxTag = 4 << 10

// Tag is a shortcode of Hugo's or a tag of Liquid's, with its arguments.
type Tag struct {
	Name string
	Args []string // arguments without a name

	named map[string]string
}

// ParseTag reads what stands between a tag's braces:
// `name "an argument" key=value key="a value"`.
func ParseTag(s string) Tag {
	s = strings.TrimSpace(s)
	t := Tag{named: make(map[string]string)}
	t.Name, s = word(s)
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		var first string
		first, s = word(s)
		if strings.HasPrefix(s, "=") && first != "" {
			t.named[strings.ToLower(first)], s = word(strings.TrimLeft(s[1:], " "))
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

// word reads a quoted string, or all up to a space or an equals sign.
func word(s string) (first, rest string) {
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
	end := strings.IndexAny(s, " \t\n=")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// TagEnd returns the offset at which the tag that s starts with ends with end,
// or -1. What stands in quotes ends nothing, unless a quote is left open.
func TagEnd(s, end string) int {
	s = s[:min(len(s), MaxTag)]
	first := strings.Index(s, end)
	if first < 0 || !strings.ContainsAny(s[:first], "\"'`") {
		return first
	}
	if blank := strings.Index(s, "\n\n"); blank > first { // an open quote takes no other paragraph
		s = s[:blank]
	}
	for i := len("{{"); i < len(s); i++ {
		if strings.HasPrefix(s[i:], end) {
			return i
		}
		if strings.IndexByte("\"'`", s[i]) >= 0 && strings.IndexByte(" \t\n=<%", s[i-1]) >= 0 {
			_, rest := word(s[i:])
			i = len(s) - len(rest) - 1
		}
	}
	return first
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

// ShowsImage tells whether a shortcode of that name, in lower case, shows an
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

// Expression reads the Liquid expression, {{ … }}, that s starts with. It
// returns the text that the expression starts with, "{{ 'a' | upcase }}", or
// the name of the variable that another engine would know, and its length; or
// 0, for braces with anything else between them are text.
func Expression(s string) (value, variable string, length int) {
	end := strings.Index(s[:min(len(s), MaxTag)], "}}")
	if end < len("{{") {
		return "", "", 0
	}
	expr := strings.Trim(s[len("{{"):end], "- \t\n")
	if strings.HasPrefix(expr, `"`) || strings.HasPrefix(expr, "'") {
		value, rest := word(expr)
		if rest = strings.TrimSpace(rest); rest == "" || rest[0] == '|' {
			return value, "", end + len("}}")
		}
	}
	object, _, found := strings.Cut(expr, ".")
	switch object {
	case "site", "page", "post", "layout", "include", "jekyll", "paginator":
		if found {
			variable, _, _ = strings.Cut(expr, " ")
			return "", variable, end + len("}}")
		}
	}
	return "", "", 0
}
