package markdown

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

// loop returns the end of a loop of Liquid whose first tag ends at n. What it encloses is for its authors
// alone, as are comments in it.
func (e *expander) loop(name, s string, n, at int) int {
	for open, length := 1, 1; open > 0 && length > 0; open-- {
		var inner string
		inner, length = e.until(s[n:], "end"+name)
		e.comment(inner, at+n)
		n += length
		open += strings.Count(inner, "{% "+name+" ") + strings.Count(inner, "{%- "+name+" ")
	}
	return n
}

// liquid writes the Liquid tag of n bytes with that inside that s starts with,
// and returns its length with what it encloses. It stands at an offset of the
// body.
func (e *expander) liquid(inside, s string, n, at, depth int) int {
	inside = strings.Trim(inside, "-"+blank)
	if call := uncommented(inside); call != "" {
		e.put(piece{kind: pieceText, text: "{%" + call + "%}"})
		return n
	}
	if strings.HasPrefix(inside, "#") {
		e.comment(s[:n], at)
		return n
	}
	t := ParseTag(inside)
	before := len(e.out)
	if t.called {
		n += e.called(t, s[n:], at+n, depth)
		if len(e.out) == before {
			n += e.drop(s[n:])
		}
		return n
	}
	e.isLiquid = true
	switch t.Name {
	case "raw":
		inner, length := e.until(s[n:], "endraw")
		n += length
		e.write(inner)
		return n
	case "comment":
		inner, length := e.until(s[n:], "endcomment")
		e.comment(inner, at+n)
		n += length
	case "assign":
		if name, expression, ok := strings.Cut(inside[len("assign"):], "="); ok {
			v, _, _ := e.evaluate(expression)
			e.assign(name, v)
		}
	case "capture":
		inner, length := e.until(s[n:], "endcapture")
		if MayHaveComments(inner) { // it may be shown nowhere
			e.comment(inner, at+n)
		}
		e.assign(t.Get("0"), value{text: e.filled(inner), source: inner, at: at + n})
		n += length
	case "for", "tablerow": // logic, not text
		n = e.loop(t.Name, s, n, at)
		e.report(at, "Liquid's "+t.Name+" is not carried out; what it encloses is left out")
	case "highlight":
		if inner, length := e.until(s[n:], "endhighlight"); length > 0 {
			n += length
			e.code(t.Get("0"), inner)
		}
	case "note", "info", "tip", "warning", "danger", "important":
		if inner, length := e.until(s[n:], "end"+t.Name); length > 0 {
			e.ending = s[n+len(inner) : n+length]
			e.alert(Tag{}.Alert(t.Name), "", inner, at+n, depth)
			n += length
		}
	default:
		length, ok := e.hexo(t, s[n:], at+n, depth)
		if !ok {
			e.liquidSingle(t, at)
		}
		n += length
	}
	if len(e.out) == before {
		n += e.drop(s[n:])
	}
	return n
}

// called writes one of Zola's shortcodes with a body, which rest, at an offset of the
// body, starts with, and returns the length of that with its end.
func (e *expander) called(t Tag, rest string, at, depth int) int {
	if depth < maxShortcodeDepth {
		if inner, length := e.untilEnd(rest); length > 0 {
			e.ending = rest[len(inner):length]
			e.paired(t, inner, at, depth)
			return length
		}
	}
	e.single(t, at)
	return 0
}

// liquidSingle writes a tag that encloses nothing, or nothing special.
func (e *expander) liquidSingle(t Tag, at int) {
	switch name := t.Name; name {
	case "link", "post_url":
		e.put(piece{kind: pieceReference, target: t.Get("0")})
	case "include", "include_relative", "include_cached":
		e.include(t, at)
	case "gist", "youtube", "vimeo", "tweet", "twitter", "image", "img", "figure":
		e.single(t, at)
	case "if", "unless", "case":
		e.report(at, "Liquid's "+name+" is not carried out; all of its branches are shown")
	case "elsif", "else", "when", "increment", "decrement", "cycle", "break", "continue", "seo", "feed_meta", "toc":
	default:
		if !strings.HasPrefix(name, "end") {
			e.report(at, "there is no Liquid tag "+QuoteTag(name)+" here; it leaves only what it encloses")
		}
	}
}

// include writes what is known of a file that a theme has: an image or a video
// by its arguments.
func (e *expander) include(t Tag, at int) {
	file := strings.ToLower(t.Get("0"))
	id := t.Get("id")
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	switch {
	case ShowsImage(file) || t.Get("src", "image") != "":
		e.figure(t, t.Get("src", "image", "url", "path", "image_path"))
	case t.Alert(name) != "" && t.Get("content", "text") != "":
		e.alert(t.Alert(name), t.Get("title", "heading"), t.Get("content", "text"), at, maxShortcodeDepth)
	case id != "" && (strings.Contains(file, "youtube") || t.Get("provider") == "youtube"):
		e.link("Video", "https://www.youtube.com/watch?v="+id)
	case id != "" && (strings.Contains(file, "vimeo") || t.Get("provider") == "vimeo"):
		e.link("Video", "https://vimeo.com/"+id)
	default:
		what := "the file " + QuoteTag(t.Get("0")) + " cannot be included here; it is left out"
		if ext := path.Ext(file); ext == ".md" || ext == ".markdown" {
			e.lacks = true
			what += ", and so are the addresses that it may give to links"
		}
		e.report(at, what)
	}
}

// untilEnd returns the text up to the end of one of Zola's shortcodes, and how long it is
// with that; if it does not come, nothing. Those in the text have ends of their own.
func (e *expander) untilEnd(s string) (inner string, length int) {
	for open, i := 1, 0; ; i += len("{%") {
		at := strings.Index(s[i:], "{%")
		if at < 0 || !e.searches() {
			return "", 0
		}
		i += at
		inside, n := ReadTag(s[i:])
		switch inside = strings.Trim(inside, "-"+blank); {
		case inside == "end":
			if open--; open == 0 {
				return s[:i], i + n
			}
		case strings.HasSuffix(inside, ")") && ParseTag(inside).called:
			open++
		}
	}
}

// until returns the text up to the tag of that name, and how long it is with
// the tag; if the tag does not come, nothing. What else opens there, even
// without an end, is text.
func (e *expander) until(s, name string) (inner string, length int) {
	at, n := -1, 0
	if !e.missing[name] {
		at, n = liquidTag(s, name, e.searches)
	}
	if at < 0 {
		e.missing[name] = true
		return "", 0
	}
	return s[:at], at + n
}

// output writes what is known of what stands in braces, {{ … }}: one of Zola's
// shortcodes, or an expression of Liquid's. It returns their length, or 0 for text.
func (e *expander) output(s string, at, depth int) int {
	inside, n := ReadBraces(s)
	if n == 0 || len(e.out) > 0 && e.out[len(e.out)-1] == '$' { // GitHub's workflows have ${{ … }}
		return 0
	}
	e.tagAt, e.tagged, e.ending = at, s[:n], ""
	if call := uncommented(inside); call != "" {
		e.put(piece{kind: pieceText, text: "{{" + call + "}}"})
		return n
	}
	before := len(e.out)
	if t := ParseTag(inside); t.called {
		e.single(t, at)
		if len(e.out) == before {
			n += e.drop(s[n:])
		}
		return n
	}
	v, unknown, ok := e.evaluate(inside)
	switch {
	case !ok:
		return 0
	case v.source != "":
		e.insert(v, depth)
	case v.text != "":
		e.put(piece{kind: pieceText, text: strings.ReplaceAll(v.text, nextElement, ", ")})
	case unknown != "":
		e.report(at, "nothing is known of "+QuoteTag(unknown)+" here; it is left out")
		n += e.dropTarget(s[n:])
	}
	if len(e.out) == before && bytes.HasSuffix(e.out, []byte("<")) && strings.HasPrefix(s[n:], ">") { // an address
		e.out = e.out[:before-1]
		return n + 1
	}
	return n
}

// uncommented returns the shortcode in a comment of Zola's, which is how it is written
// to be read, or "".
func uncommented(inside string) string {
	if !strings.HasPrefix(inside, "/*") || !strings.HasSuffix(inside, "*/") {
		return ""
	}
	call := strings.Trim(inside, "/*")
	if !ParseTag(call).called && strings.TrimSpace(call) != "end" {
		return ""
	}
	return call
}

// zolaComment is one of Zola's shortcodes in code that is written to be read.
var zolaComment = regexp.MustCompile(`(\{[{%])/\*(\s*(?:[\w:]+\([^{}]*\)|end)\s*)\*/([}%]\})`)

// Literal returns code as it is meant to be read: a part of it between Liquid's
// raw tags without them, and Hugo's and Zola's escaped shortcodes, {{</* x */>}}, as
// shortcodes. A tag without its partner stays.
func Literal(code string) string {
	if !strings.Contains(code, "{%") && !strings.Contains(code, "{{") {
		return code
	}
	var b strings.Builder
	always := func() bool { return true }
	for {
		from, n := liquidTag(code, "raw", always)
		if from < 0 {
			break
		}
		to, m := liquidTag(code[from+n:], "endraw", always)
		if to < 0 {
			break
		}
		to += from + n
		b.WriteString(code[:from])
		b.WriteString(code[from+n : to])
		code = code[to+m:]
	}
	b.WriteString(code)
	code = zolaComment.ReplaceAllString(b.String(), "$1$2$3")
	for _, pair := range [...][2]string{{"{{</*", "{{<"}, {"*/>}}", ">}}"}, {"{{%/*", "{{%"}, {"*/%}}", "%}}"}} {
		code = strings.ReplaceAll(code, pair[0], pair[1])
	}
	return code
}

// liquidTag returns the offset of the next tag of that name without arguments,
// and its length; or -1, also where it may look at no more tags.
func liquidTag(s, name string, more func() bool) (at, length int) {
	const longest = 64 // bytes of a tag with nothing but a name
	for ; ; at += len("{%") {
		i := strings.Index(s[at:], "{%")
		if i < 0 || !more() {
			return -1, 0
		}
		at += i
		tag := s[at+len("{%") : min(len(s), at+longest)]
		if end := strings.Index(tag, "%}"); end >= 0 && strings.Trim(tag[:end], "-"+blank) == name {
			return at, len("{%") + end + len("%}")
		}
	}
}
