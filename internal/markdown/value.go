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
		return v, token, e.isLiquid && alphanumeric(rune(token[0]))
	}
	return v, token, dotted
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
// https://shopify.github.io/liquid/, https://jekyllrb.com/docs/liquid/filters/
func filtered(v value, name string, args []string) (value, bool) {
	var out string
	in := v.text
	switch name {
	case "strip", "lstrip", "rstrip", "markdownify", "smartify", "escape", "escape_once", "xml_escape",
		"relative_url", "absolute_url", "array_to_sentence_string": // which a page shows alike
		return v, true
	case "default":
		if in != "" {
			return v, true
		}
		out = args[0]
	case "split":
		out = replaced(in, args[0], nextElement, -1)
	case "first":
		out, _, _ = strings.Cut(in, nextElement)
	case "last":
		out = in[strings.LastIndex(in, nextElement)+1:]
	case "join":
		out = replaced(in, nextElement, cmp.Or(args[0], " "), -1)
	case "plus":
		out = sum(in, args[0], 1)
	case "minus":
		out = sum(in, args[0], -1)
	case "size":
		out = strconv.Itoa(utf8.RuneCountInString(in))
	case "date":
		out = dated(in, args[0])
	case "date_to_string":
		out = dated(in, "%d %b %Y")
	case "date_to_long_string":
		out = dated(in, "%d %B %Y")
	case "date_to_xmlschema":
		out = dated(in, "%FT%T%z")
	default:
		text, ok := filteredText(in, name, args)
		if !ok { // it is of what only a site has, or a plugin's
			return v, false
		}
		out = text
	}
	if len(out) > maxValue {
		out = in
	}
	return value{text: out}, true
}

// filteredText returns a text as one of Liquid's filters for texts has it.
func filteredText(in, name string, args []string) (out string, ok bool) {
	switch name {
	case "upcase":
		return strings.ToUpper(in), true
	case "downcase":
		return strings.ToLower(in), true
	case "capitalize":
		_, n := utf8.DecodeRuneInString(in)
		return strings.ToUpper(in[:n]) + strings.ToLower(in[n:]), true
	case "append":
		return in + args[0], true
	case "prepend":
		return args[0] + in, true
	case "replace":
		return replaced(in, args[0], args[1], -1), true
	case "replace_first":
		return replaced(in, args[0], args[1], 1), true
	case "remove":
		return replaced(in, args[0], "", -1), true
	case "remove_first":
		return replaced(in, args[0], "", 1), true
	case "truncate":
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 0 || utf8.RuneCountInString(in) <= n {
			return in, true
		}
		return string([]rune(in)[:max(n-len("..."), 0)]) + "...", true
	case "strip_newlines":
		return strings.ReplaceAll(in, "\n", ""), true
	case "strip_html":
		return html.UnescapeString(angle.ReplaceAllString(in, "")), true
	case "slugify":
		return strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(in), "-"), "-"), true
	case "url_encode", "cgi_escape":
		return url.QueryEscape(in), true
	case "uri_escape":
		return url.PathEscape(in), true
	}
	return "", false
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
