package markdown

import (
	"cmp"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// value is what an expression of Liquid's comes to. One of which nothing is known is zero.
type value struct {
	text   string
	source string // what a capture holds, which may be Markdown, at an offset of the body
	at     int
}

// What Liquid may make, as each tag can double what it is given.
const (
	maxValue   = 1 << 10 // bytes of a value with filters
	maxFilters = 16      // in an expression
)

// liquidToken is a string, a name or a sign in an expression of Liquid's.
var liquidToken = regexp.MustCompile(`"[^"]*"|'[^']*'|[|:,]|[^\s|:,"'\[]+(?:\[[^\]]*\][^\s|:,"'\[]*)*`)

// evaluate returns what an expression of Liquid's comes to, the name of the variable if
// nothing is known of it, and whether it is one: braces stand in other languages, too.
func (e *expander) evaluate(expression string) (v value, unknown string, ok bool) {
	tokens := liquidToken.FindAllString(expression, 2*maxFilters)
	if len(tokens) == 0 {
		return v, "", false
	}
	v, unknown, ok = e.operand(tokens[0])
	if (v.text == "now" || v.text == "today") && len(tokens) > 1 { // a page is the same at any time
		v, unknown = value{}, v.text
	}
	for tokens = tokens[1:]; len(tokens) > 1 && tokens[0] == "|"; {
		name := tokens[1]
		var args []string
		for tokens = tokens[2:]; len(tokens) > 1 && (tokens[0] == ":" || tokens[0] == ","); tokens = tokens[2:] {
			arg, _, _ := e.operand(tokens[1])
			args = append(args, arg.text)
		}
		e.budget.Tick()
		result, known := filtered(v, name, append(args, "", ""))
		v, ok = result, ok || known
	}
	return v, unknown, ok && (len(tokens) == 0 || unknown != "")
}

// operand returns the value of a string, a number or a variable; see evaluate.
func (e *expander) operand(token string) (v value, unknown string, ok bool) {
	if token[0] == '"' || token[0] == '\'' {
		return value{text: token[1 : len(token)-1]}, "", true
	}
	if _, err := strconv.ParseFloat(token, 64); err == nil {
		return value{text: token}, "", false
	}
	object, name, dotted := token, "", false
	if at := strings.IndexAny(token, ".["); at > 0 {
		object, name, dotted = token[:at], strings.Trim(token[at:], `.[]"'`), true
	}
	if v, ok := e.variables[object]; ok && !dotted && v != (value{}) {
		return v, "", true
	} else if ok {
		return value{}, token, true
	}
	switch object {
	case "page":
		if e.budget.Page != nil {
			v.text = e.budget.Page(name)
			if name == "tags" || name == "categories" {
				v.text = strings.ReplaceAll(v.text, ", ", nextElement)
			}
		}
	case "site":
		if name == "baseurl" || name == "url" { // what is left is a path
			return v, "", true
		}
	case "post", "layout", "include", "jekyll", "paginator":
	default:
		return v, token, (e.isLiquid || e.inTarget()) && alphanumeric(rune(token[0]))
	}
	return v, token, dotted
}

// inTarget reports whether what is written next begins the target of a link, of Markdown's or of HTML's.
func (e *expander) inTarget() bool {
	line := e.line()
	return strings.HasSuffix(line, "](") || strings.HasSuffix(line, `href="`) || strings.HasSuffix(line, `src="`)
}

// assign gives a variable its value.
func (e *expander) assign(name string, v value) {
	e.budget.Grow(costOfName + len(v.text))
	e.variables[strings.TrimSpace(name)] = v
}

// insert writes what a capture holds. In HTML, it is Markdown between blank lines.
func (e *expander) insert(v value, depth int) {
	if e.inserted += len(v.source); depth >= maxShortcodeDepth || e.inserted > maxExpanded {
		return
	}
	inner := strings.TrimSpace(v.source)
	around := ""
	if strings.Contains(inner, "\n") && e.inHTML() {
		around = "\n\n"
	}
	e.write(around)
	e.expand(inner, v.at+strings.Index(v.source, inner), depth+1)
	e.write(around)
}

// filled returns the text of a capture with the values of its expressions, as far as a
// filter may have it.
func (e *expander) filled(s string) string {
	if len(s) > maxValue {
		return ""
	}
	var b strings.Builder
	for s != "" && b.Len() <= maxValue {
		at := strings.IndexByte(s, '{')
		if at < 0 {
			at = len(s)
		}
		b.WriteString(s[:at])
		s = s[at:]
		if inside, n := ReadBraces(s); n > 0 && strings.HasPrefix(s, "{{") {
			v, _, _ := e.evaluate(inside)
			b.WriteString(v.text)
			s = s[n:]
		} else if _, n := ReadTag(s); n > 0 {
			s = s[n:]
		} else if s != "" {
			b.WriteByte('{')
			s = s[1:]
		}
	}
	return strings.TrimSpace(b.String())
}

// filtered returns a value as one of Liquid's filters has it, and reports whether the
// filter is known. It needs at least two arguments, which may be "".
func filtered(v value, name string, args []string) (value, bool) {
	filter, ok := filters[name]
	if !ok || filter == nil || name == "default" && v.text != "" {
		return v, ok // one that is not known is of what only a site has, or a plugin's
	}
	out := filter(v.text, args[0], args[1])
	if len(out) > maxValue {
		out = v.text
	}
	return value{text: out}, true
}

// filters are Liquid's, by what they make of a text with two arguments; nil for those
// that a page shows alike.
// https://shopify.github.io/liquid/, https://jekyllrb.com/docs/liquid/filters/
var filters = map[string]func(in, a, b string) string{ //nolint:gochecknoglobals // it never changes
	"strip": nil, "lstrip": nil, "rstrip": nil, "markdownify": nil, "smartify": nil, "escape": nil, "escape_once": nil,
	"xml_escape": nil, "relative_url": nil, "absolute_url": nil, "array_to_sentence_string": nil,

	"default":             func(_, a, _ string) string { return a },
	"split":               func(in, a, _ string) string { return replaced(in, a, nextElement, -1) },
	"first":               func(in, _, _ string) string { first, _, _ := strings.Cut(in, nextElement); return first },
	"last":                func(in, _, _ string) string { return in[strings.LastIndex(in, nextElement)+1:] },
	"join":                func(in, a, _ string) string { return replaced(in, nextElement, cmp.Or(a, " "), -1) },
	"plus":                func(in, a, _ string) string { return sum(in, a, 1) },
	"minus":               func(in, a, _ string) string { return sum(in, a, -1) },
	"size":                func(in, _, _ string) string { return strconv.Itoa(utf8.RuneCountInString(in)) },
	"date":                func(in, a, _ string) string { return dated(in, a) },
	"date_to_string":      func(in, _, _ string) string { return dated(in, "%d %b %Y") },
	"date_to_long_string": func(in, _, _ string) string { return dated(in, "%d %B %Y") },
	"date_to_xmlschema":   func(in, _, _ string) string { return dated(in, "%FT%T%z") },
	"upcase":              func(in, _, _ string) string { return strings.ToUpper(in) },
	"downcase":            func(in, _, _ string) string { return strings.ToLower(in) },
	"capitalize":          func(in, _, _ string) string { return capitalized(in) },
	"append":              func(in, a, _ string) string { return in + a },
	"prepend":             func(in, a, _ string) string { return a + in },
	"replace":             func(in, a, b string) string { return replaced(in, a, b, -1) },
	"replace_first":       func(in, a, b string) string { return replaced(in, a, b, 1) },
	"remove":              func(in, a, _ string) string { return replaced(in, a, "", -1) },
	"remove_first":        func(in, a, _ string) string { return replaced(in, a, "", 1) },
	"truncate":            func(in, a, _ string) string { return truncated(in, a) },
	"strip_newlines":      func(in, _, _ string) string { return strings.ReplaceAll(in, "\n", "") },
	"strip_html":          func(in, _, _ string) string { return html.UnescapeString(angle.ReplaceAllString(in, "")) },
	"slugify": func(in, _, _ string) string {
		return strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(in), "-"), "-")
	},
	"url_encode": func(in, _, _ string) string { return url.QueryEscape(in) },
	"cgi_escape": func(in, _, _ string) string { return url.QueryEscape(in) },
	"uri_escape": func(in, _, _ string) string { return url.PathEscape(in) },
}

func capitalized(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + strings.ToLower(s[n:])
}

// truncated cuts a text to so many characters, three dots included.
func truncated(s, characters string) string {
	n, err := strconv.Atoi(characters)
	if err != nil || n < 0 || utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-len("..."), 0)]) + "..."
}

// nextElement parts the elements of an array; no text has it.
const nextElement = "\x1f"

// sum returns a sum, or a text that is no number as it is.
func sum(a, b string, sign float64) string {
	x, err := strconv.ParseFloat(a, 64)
	y, other := strconv.ParseFloat(b, 64)
	if err != nil || other != nil {
		return a
	}
	return strconv.FormatFloat(x+sign*y, 'f', -1, 64)
}

var notInSlug = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// replaced is strings.Replace, as far as a value may be long.
func replaced(s, before, after string, n int) string {
	if before == "" || strings.Count(s, before)*len(after) > maxValue {
		return s
	}
	return strings.Replace(s, before, after, n)
}

// dated returns a date in a format of strftime's, or a text that is none as it is.
func dated(date, format string) string {
	for _, layout := range [...]string{"2006-01-02 15:04:05 -0700", time.RFC3339, "2006-01-02 15:04:05", time.DateOnly, "January 2, 2006", "2 January 2006"} {
		if t, err := time.Parse(layout, date); err == nil {
			return strftime(t, format)
		}
	}
	return date
}

// strftime writes a date as C's and Ruby's strftime do.
func strftime(t time.Time, format string) string {
	var b strings.Builder
	for format != "" {
		before, after, ok := strings.Cut(format, "%")
		b.WriteString(before)
		directive := strings.TrimLeft(after, "-^0_")
		if !ok || directive == "" {
			break
		}
		flags, text := after[:len(after)-len(directive)], "%"
		if layout := strftimeLayout(directive[0]); layout != "" {
			text = t.Format(layout)
		} else if directive[0] != '%' {
			text += directive[:1]
		}
		if strings.Contains(flags, "-") {
			text = strings.TrimLeft(text, "0 ")
		}
		if strings.Contains(flags, "^") {
			text = strings.ToUpper(text)
		}
		b.WriteString(text)
		format = directive[1:]
	}
	return b.String()
}

// strftimeLayout returns the layout of the time package that means the same as a
// directive of strftime's, or "".
func strftimeLayout(directive byte) string {
	const directives = "YymdejBbhAaHkIlMSpPZzFTRDcxX"
	layouts := [...]string{
		"2006", "06", "01", "02", "_2", "002", "January", "Jan", "Jan", "Monday", "Mon", "15", "15", "03", "3", "04", "05", "PM", "pm",
		"MST", "-0700", "2006-01-02", "15:04:05", "15:04", "01/02/06", "Mon Jan _2 15:04:05 2006", "01/02/06", "15:04:05",
	}
	if i := strings.IndexByte(directives, directive); i >= 0 {
		return layouts[i]
	}
	return ""
}
