package render

import (
	"html"
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// hugo writes the shortcode of n bytes with that inside that s starts with, and
// returns its length with what it encloses. It stands at an offset of the body.
func (e *expander) hugo(inside, s string, n, at, depth int) int {
	inside = strings.TrimSpace(inside)
	if text, ok := strings.CutPrefix(inside, "/*"); ok { // escaped: it is to be read
		e.write(`{\{` + s[2:3] + strings.TrimSuffix(text, "*/") + s[n-3:n])
		return n
	}
	t := post.ParseTag(strings.TrimSuffix(inside, "/"))
	if strings.HasPrefix(inside, "/") || t.Name == "" {
		return n + e.drop(s[n:])
	}
	before := len(e.out)
	inner, length := "", 0
	if depth < maxShortcodeDepth {
		inner, length = e.enclosed(s[n:], t.Name)
	}
	if length > 0 {
		e.paired(t, inner, at+n, depth)
		n += length
	} else {
		e.single(t, at)
	}
	if len(e.out) == before {
		n += e.drop(s[n:])
	}
	return n
}

// enclosed returns the text up to the end of the shortcode with that name, and
// how long it is with the end.
func (e *expander) enclosed(s, name string) (inner string, length int) {
	if e.missing[name] || !e.ends[name] {
		return "", 0
	}
	for i := 0; ; {
		at := strings.Index(s[i:], "{{")
		if at < 0 || !e.searches() {
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

// endsIn returns the names of the shortcodes that end somewhere in a text, or seem
// to: with many that never do, looking for each would take quadratic time.
func (e *expander) endsIn(s string) map[string]bool {
	names := make(map[string]bool)
	for {
		e.budget.tick()
		_, after, ok := strings.Cut(s, "{{")
		if !ok {
			return names
		}
		s = after
		tail := strings.TrimLeft(strings.TrimLeft(after[:min(len(after), 256)], "<%"), " ")
		if name, ok := strings.CutPrefix(tail, "/"); ok {
			name = strings.TrimLeft(name, " ")
			if end := strings.IndexAny(name, " >%}"); end > 0 {
				e.budget.grow(costOfName)
				names[name[:end]] = true
			}
		}
	}
}

// single writes a shortcode that encloses nothing.
func (e *expander) single(t post.Tag, at int) {
	id := t.Get("id", "0")
	title := func(what string) string {
		if text := t.Get("title", "alt", "caption"); text != "" {
			return what + ": " + text
		}
		return what
	}
	switch name := strings.ToLower(t.Name); {
	case name == "ref" || name == "relref":
		e.reference(t.Get("path", "0"))
	case post.ShowsImage(name):
		e.figure(t, t.Get("src", "url", "image", "path", "link", "0"))
	case t.Alert(name) != "" && t.Get("text", "content") != "":
		e.alert(t.Alert(name), t.Title(), t.Get("text", "content"), at, maxShortcodeDepth)
	case strings.HasPrefix(name, "youtube"):
		e.link(title("Video"), "https://www.youtube.com/watch?v="+id)
	case name == "vimeo":
		e.link(title("Video"), "https://vimeo.com/"+id)
	case (name == "video" || name == "audio") && t.Get("src", "url", "0") != "":
		e.link(title(strings.ToUpper(name[:1])+name[1:]), t.Get("src", "url", "0"))
	case name == "tweet" || name == "x" || name == "twitter":
		user := t.Get("user")
		if user == "" {
			user = "i"
		}
		e.link("Post on X", "https://x.com/"+user+"/status/"+id)
	case name == "gist":
		e.link("Gist", "https://gist.github.com/"+strings.Join(t.Args, "/"))
	case name == "toc": // the reader has an outline
	case t.Get("href", "url") != "":
		e.link(t.Get("text", "title", "label", "url", "href"), t.Get("href", "url"))
	default:
		e.report(at, "there is no shortcode "+quoteTag(t.Name)+" here; nothing is shown for it")
	}
}

// quoteTag returns a name for a message.
func quoteTag(name string) string {
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "…"
	}
	return strconv.Quote(post.Clean(name))
}

// paired writes a shortcode that encloses text, which starts at an offset of
// the body.
func (e *expander) paired(t post.Tag, inner string, at, depth int) {
	name := strings.ToLower(t.Name)
	switch kind := t.Alert(name); {
	case name == "highlight" || name == "code":
		e.code(t.Get("lang", "language", "0"), inner)
	case name == "mermaid" || name == "math" || name == "katex":
		e.code(name, inner)
	case post.ShowsImage(name):
		e.single(t, at)
		e.expand(inner, at, depth+1)
	case kind != "":
		e.alert(kind, t.Title(), inner, at, depth)
	case name == "details":
		e.details(t.Get("summary", "title", "0"), inner, at, depth)
	case name == "quote" || name == "blockquote" || name == "pullquote":
		e.quote("", inner, at, depth)
	case t.Get("href", "url", "link") != "":
		e.link(strings.TrimSpace(inner), t.Get("href", "url", "link"))
	case name == "tabs", name == "rawhtml":
		e.expand(inner, at, depth+1)
	case name == "tab":
		e.tab(t.Get("title", "name", "header", "label", "0"), inner, at, depth)
	default:
		e.report(at, "there is no shortcode "+quoteTag(t.Name)+" here; it leaves only what it encloses")
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
		if len(e.out) > maxExpanded {
			break
		}
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
