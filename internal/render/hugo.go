package render

import (
	"html"
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// call is a shortcode or tag with its arguments.
type call struct {
	name  string
	named map[string]string
	rest  []string // arguments without a name
}

// get returns the first argument that is given of those with the names, where
// "0" is the first one without a name.
func (c call) get(names ...string) string {
	for _, name := range names {
		if name == "0" && len(c.rest) > 0 {
			return c.rest[0]
		}
		if v := c.named[name]; v != "" {
			return v
		}
	}
	return ""
}

// title returns what stands above a note: {{% notice warning "Look out" %}}
// has it second.
func (c call) title() string {
	title := c.get("title", "heading")
	if title == "" && len(c.rest) > 1 {
		title = c.rest[1]
	}
	return title
}

// parseCall reads `name "an argument" key=value key="a value"`.
func parseCall(s string) call {
	s = strings.TrimSpace(s)
	c := call{named: make(map[string]string)}
	c.name, s = word(s)
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		var first string
		first, s = word(s)
		if strings.HasPrefix(s, "=") && first != "" {
			c.named[strings.ToLower(first)], s = word(strings.TrimLeft(s[1:], " "))
			continue
		}
		if first == "" { // a stray sign
			s = s[1:]
			continue
		}
		c.rest = append(c.rest, first)
	}
	return c
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

// hugo writes the shortcode that s starts with and returns its length, with
// what it encloses. It stands at an offset of the body.
func (e *expander) hugo(s string, at, depth int) int {
	within := s[:min(len(s), maxTag)]
	end := strings.Index(within, s[2:3]+"}}")
	if s[2] == '<' {
		end = strings.Index(within, ">}}")
	}
	if end < 3 {
		e.report(at, s[:3]+" has no end after it; it is shown as it stands")
		e.write(s[:3])
		return 3
	}
	inside, n := strings.TrimSpace(within[3:end]), end+3
	if text, ok := strings.CutPrefix(inside, "/*"); ok { // escaped: it is to be read
		e.write(`{\{` + s[2:3] + strings.TrimSuffix(text, "*/") + s[end:end+1] + "}}")
		return n
	}
	c := parseCall(strings.TrimSuffix(inside, "/"))
	if strings.HasPrefix(inside, "/") || c.name == "" {
		return n + e.drop(s[n:])
	}
	before := len(e.out)
	inner, length := "", 0
	if depth < maxShortcodeDepth {
		inner, length = e.enclosed(s[n:], c.name)
	}
	if length > 0 {
		e.paired(c, inner, at+n, depth)
		n += length
	} else {
		e.single(c, at)
	}
	if len(e.out) == before {
		n += e.drop(s[n:])
	}
	return n
}

// enclosed returns the text up to the end of the shortcode with that name, and
// how long it is with the end.
func (e *expander) enclosed(s, name string) (inner string, length int) {
	if e.missing[name] {
		return "", 0
	}
	for i := 0; ; {
		at := strings.Index(s[i:], "{{")
		if at < 0 {
			e.missing[name] = true
			return "", 0
		}
		i += at
		tail := s[i+2:]
		if tail = strings.TrimLeft(strings.TrimLeft(tail, "<%"), " "); strings.HasPrefix(tail, "/") {
			tail = strings.TrimLeft(tail[1:], " ")
			if after, ok := strings.CutPrefix(tail, name); ok {
				if end := strings.Index(after[:min(len(after), 64)], "}}"); end >= 0 && strings.Trim(after[:end], " >%") == "" {
					return s[:i], len(s) - len(after) + end + 2
				}
			}
		}
		i += 2
	}
}

// single writes a shortcode that encloses nothing.
func (e *expander) single(c call, at int) {
	id := c.get("id", "0")
	title := func(what string) string {
		if t := c.get("title", "alt", "caption"); t != "" {
			return what + ": " + t
		}
		return what
	}
	switch name := strings.ToLower(c.name); {
	case name == "ref" || name == "relref":
		e.reference(c.get("path", "0"))
	case isImage(name):
		e.figure(c, c.get("src", "url", "image", "path", "link", "0"))
	case alertKind(name, c) != "" && c.get("text", "content") != "":
		e.alert(alertKind(name, c), c.title(), c.get("text", "content"), at, maxShortcodeDepth)
	case strings.HasPrefix(name, "youtube"):
		e.link(title("Video"), "https://www.youtube.com/watch?v="+id)
	case name == "vimeo":
		e.link(title("Video"), "https://vimeo.com/"+id)
	case (name == "video" || name == "audio") && c.get("src", "url", "0") != "":
		e.link(title(strings.ToUpper(name[:1])+name[1:]), c.get("src", "url", "0"))
	case name == "tweet" || name == "x" || name == "twitter":
		user := c.get("user")
		if user == "" {
			user = "i"
		}
		e.link("Post on X", "https://x.com/"+user+"/status/"+id)
	case name == "gist":
		e.link("Gist", "https://gist.github.com/"+strings.Join(c.rest, "/"))
	case name == "toc": // the reader has an outline
	case c.get("href", "url") != "":
		e.link(c.get("text", "title", "label", "url", "href"), c.get("href", "url"))
	default:
		e.report(at, "there is no shortcode "+quoteTag(c.name)+" here; nothing is shown for it")
	}
}

// quoteTag returns a name for a message.
func quoteTag(name string) string {
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "…"
	}
	return strconv.Quote(post.Clean(name))
}

// isImage tells whether a shortcode of that name shows an image: figure, img,
// img-right, legacy-img, responsive_image and the like.
func isImage(name string) bool {
	return name == "figure" || name == "picture" || strings.Contains(name, "img") || strings.Contains(name, "image")
}

// paired writes a shortcode that encloses text, which starts at an offset of
// the body.
func (e *expander) paired(c call, inner string, at, depth int) {
	name := strings.ToLower(c.name)
	switch kind := alertKind(name, c); {
	case name == "highlight" || name == "code":
		e.code(c.get("lang", "language", "0"), inner)
	case name == "mermaid" || name == "math" || name == "katex":
		e.code(name, inner)
	case isImage(name):
		e.single(c, at)
		e.expand(inner, at, depth+1)
	case kind != "":
		e.alert(kind, c.title(), inner, at, depth)
	case name == "details":
		e.details(c.get("summary", "title", "0"), inner, at, depth)
	case name == "quote" || name == "blockquote" || name == "pullquote":
		e.quote("", inner, at, depth)
	case c.get("href", "url", "link") != "":
		e.link(strings.TrimSpace(inner), c.get("href", "url", "link"))
	case name == "tabs", name == "rawhtml":
		e.expand(inner, at, depth+1)
	case name == "tab":
		e.tab(c.get("title", "name", "header", "label", "0"), inner, at, depth)
	default:
		e.report(at, "there is no shortcode "+quoteTag(c.name)+" here; it leaves only what it encloses")
		e.expand(inner, at, depth+1)
	}
}

// tab writes one of several texts of which a page would show one at a time.
func (e *expander) tab(label, inner string, at, depth int) {
	if _, alone := e.indent(); alone && label != "" {
		e.write("**" + replace(label, "*", `\*`, "\n", " ") + "**\n\n")
	}
	e.expand(inner, at, depth+1)
	if _, alone := e.indent(); !alone {
		e.write("\n\n")
	}
}

// alertKind returns the GitHub alert that comes nearest to a shortcode, or "".
func alertKind(name string, c call) string {
	switch name {
	case "notice", "alert", "callout", "admonition", "hint", "aside", "note":
		if kind := alertKind(strings.ToLower(c.get("type", "kind", "style", "color", "0")), call{}); kind != "" {
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

// alert writes an alert, if it starts on a line of its own, or else its text.
func (e *expander) alert(kind, title, inner string, at, depth int) {
	head := "[!" + kind + "]"
	if title != "" {
		head += " " + strings.ReplaceAll(title, "\n", " ")
	}
	e.quote(head, inner, at, depth)
}

// quote writes a block quote, if it starts on a line of its own, or else its
// text.
func (e *expander) quote(head, inner string, at, depth int) {
	spaces, alone := e.indent()
	from, marks, spared := len(e.out), len(e.marks), len(e.spared)
	lead := len(inner) - len(strings.TrimLeft(inner, " \t\n"))
	e.expand(strings.TrimSpace(inner), at+lead, depth+1)
	if !alone {
		return
	}
	text := string(e.out[from:])
	if head != "" {
		text = head + "\n" + text
	}
	e.out = e.out[:from]
	for line := range strings.Lines(text) {
		if len(e.out) > from {
			e.write("\n" + spaces)
		}
		e.write("> " + strings.TrimRight(line, "\n"))
	}
	e.write("\n\n")
	// The text was written anew, and of its inside only the beginning is known.
	e.marks = e.marks[:marks]
	if len(e.spared) > spared {
		e.spared = append(e.spared[:spared], extent{from, len(e.out)})
	}
}

// details writes a block that a browser would fold, in HTML.
func (e *expander) details(summary, inner string, at, depth int) {
	if _, alone := e.indent(); !alone {
		e.expand(inner, at, depth+1)
		return
	}
	e.write("<details>\n<summary>" + html.EscapeString(summary) + "</summary>\n\n")
	e.expand(inner, at, depth+1)
	e.write("\n\n</details>\n\n")
}
