package markdown

import (
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// hugo writes the shortcode of n bytes with that inside that s starts with, and
// returns its length with what it encloses. It stands at an offset of the body.
func (e *expander) hugo(inside, s string, n, at, depth int) int {
	inside = strings.TrimSpace(inside)
	if text, ok := strings.CutPrefix(inside, "/*"); ok { // escaped: it is to be read
		e.put(piece{kind: pieceText, text: s[:3] + strings.TrimSuffix(text, "*/") + s[n-3:n]})
		return n
	}
	t := ParseTag(strings.TrimSuffix(inside, "/"))
	if strings.HasPrefix(inside, "/") || t.Name == "" {
		return n + e.drop(s[n:])
	}
	before := len(e.out)
	inner, length := "", 0
	if depth < maxShortcodeDepth {
		inner, length = e.enclosed(s[n:], t.Name)
	}
	if length > 0 {
		e.ending = s[n+len(inner) : n+length]
		e.paired(t, inner, at+n, depth)
		n += length
	} else {
		e.single(t, at)
	}
	if len(e.out) == before {
		n += e.dropTarget(s[n:])
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
		e.budget.Tick()
		_, after, ok := strings.Cut(s, "{{")
		if !ok {
			return names
		}
		s = after
		tail := strings.TrimLeft(strings.TrimLeft(after[:min(len(after), 256)], "<%"), " ")
		if name, ok := strings.CutPrefix(tail, "/"); ok {
			name = strings.TrimLeft(name, " ")
			if end := strings.IndexAny(name, " >%}"); end > 0 {
				e.budget.Grow(costOfName)
				names[name[:end]] = true
			}
		}
	}
}

// single writes a shortcode that encloses nothing.
func (e *expander) single(t Tag, at int) {
	id := t.Get("id", "0")
	title := func(what string) string {
		if text := t.Get("title", "alt", "caption"); text != "" {
			return what + ": " + text
		}
		return what
	}
	switch name := strings.ToLower(t.Name); {
	case name == "param" && e.budget.Page != nil && e.budget.Page(id) != "":
		e.put(piece{kind: pieceText, text: e.budget.Page(id)})
	case name == "ref" || name == "relref":
		e.put(piece{kind: pieceReference, target: t.Get("path", "0")})
	case ShowsImage(name):
		e.figure(t, t.Get("src", "url", "image", "path", "link", "light_src", "default_src", "0"))
	case t.Alert(name) != "" && t.Get("text", "content") != "":
		e.alert(t.Alert(name), t.Title(), t.Get("text", "content"), at, maxShortcodeDepth)
	case strings.HasPrefix(name, "youtube") && id != "":
		e.link(title("Video"), "https://www.youtube.com/watch?v="+id)
	case name == "vimeo" && id != "":
		e.link(title("Video"), "https://vimeo.com/"+id)
	case (name == "video" || name == "audio") && t.Get("src", "url", "0") != "":
		e.link(title(strings.ToUpper(name[:1])+name[1:]), t.Get("src", "url", "0"))
	case (name == "tweet" || name == "x" || name == "twitter") && id != "":
		user := t.Get("user")
		if user == "" {
			user = "i"
		}
		e.link("Post on X", "https://x.com/"+user+"/status/"+id)
	case name == "streamable" && id != "":
		e.link(title("Video"), "https://streamable.com/"+id)
	case name == "gist" && t.Get("url") == "":
		e.link("Gist", "https://gist.github.com/"+strings.Join(t.Args, "/"))
	case name == "toc": // the reader has an outline
	case t.Get("href", "url") != "":
		e.link(t.Get("text", "title", "label", "url", "href"), t.Get("href", "url"))
	case t.Get("text", "original") != "":
		e.report(at, "there is no shortcode "+QuoteTag(t.Name)+" here; it leaves only its text")
		e.put(piece{kind: pieceText, text: e.plain(t.Get("text", "original"))})
	default:
		e.report(at, "there is no shortcode "+QuoteTag(t.Name)+" here; nothing is shown for it")
	}
}

// QuoteTag returns a name for a message.
func QuoteTag(name string) string {
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "…"
	}
	return strconv.Quote(plaintext.Clean(name))
}

// paired writes a shortcode that encloses text, which starts at an offset of
// the body.
func (e *expander) paired(t Tag, inner string, at, depth int) {
	name := strings.ToLower(t.Name)
	switch kind := t.Alert(name); {
	case name == "comment":
		e.comment(inner, at)
	case name == "highlight" || name == "code":
		e.code(t.Get("lang", "language", "0"), inner)
	case name == "mermaid" || name == "math" || name == "katex":
		e.code(name, inner)
	case ShowsImage(name):
		e.single(t, at)
		e.expand(inner, at, depth+1)
	case kind != "":
		e.alert(kind, t.Title(), inner, at, depth)
	case name == "details":
		e.within(piece{kind: pieceDetails, text: t.Get("summary", "title", "0")}, inner, at, depth)
	case name == "quote" || name == "blockquote" || name == "pullquote":
		e.within(piece{kind: pieceQuote, text: e.plain(t.Get("author", "cite", "source", "by"))}, inner, at, depth)
	case t.Get("href", "url", "link") != "":
		e.link(strings.TrimSpace(inner), t.Get("href", "url", "link"))
	case name == "tabs", name == "rawhtml":
		e.expand(inner, at, depth+1)
	case name == "tab":
		e.within(piece{kind: pieceTab, text: e.plain(t.Get("title", "name", "header", "label", "0"))}, inner, at, depth)
	default:
		e.report(at, "there is no shortcode "+QuoteTag(t.Name)+" here; it leaves only what it encloses")
		e.expand(inner, at, depth+1)
	}
}

// link puts a link.
func (e *expander) link(text, target string) {
	e.put(piece{kind: pieceLink, text: e.plain(text), target: target})
}

// alert puts an alert, if it starts on a line of its own, or else its text.
func (e *expander) alert(kind, title, inner string, at, depth int) {
	e.within(piece{kind: pieceAlert, target: kind, text: e.plain(title)}, inner, at, depth)
}
