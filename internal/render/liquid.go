package render

import (
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// liquid writes the Liquid tag of n bytes with that inside that s starts with,
// and returns its length with what it encloses. It stands at an offset of the
// body.
func (e *expander) liquid(inside, s string, n, at, depth int) int {
	t := post.ParseTag(strings.Trim(inside, "-"))
	before := len(e.out)
	switch t.Name {
	case "raw":
		inner, length := e.until(s[n:], "endraw")
		n += length
		e.write(inner)
		e.spared = append(e.spared, extent{before, len(e.out)})
		return n
	case "comment":
		_, length := e.until(s[n:], "endcomment")
		n += length
	case "for", "tablerow", "capture": // logic, not text
		_, length := e.until(s[n:], "end"+t.Name)
		n += length
		e.report(at, "Liquid's "+t.Name+" is not carried out; what it encloses is left out")
	case "highlight":
		if inner, length := e.until(s[n:], "endhighlight"); length > 0 {
			n += length
			e.code(t.Get("0"), inner)
		}
	case "note", "info", "tip", "warning", "danger", "important":
		if inner, length := e.until(s[n:], "end"+t.Name); length > 0 {
			e.alert(post.Tag{}.Alert(t.Name), "", inner, at+n, depth)
			n += length
		}
	default:
		e.liquidSingle(t, at)
	}
	if len(e.out) == before {
		n += e.drop(s[n:])
	}
	return n
}

// liquidSingle writes a tag that encloses nothing, or nothing special.
func (e *expander) liquidSingle(t post.Tag, at int) {
	switch name := t.Name; name {
	case "link", "post_url":
		e.reference(t.Get("0"))
	case "include", "include_relative", "include_cached":
		e.include(t, at)
	case "gist", "youtube", "vimeo", "tweet", "twitter", "image", "img", "figure":
		e.single(t, at)
	case "if", "unless", "case":
		e.report(at, "Liquid's "+name+" is not carried out; all of its branches are shown")
	case "elsif", "else", "when", "assign", "increment", "decrement", "cycle", "break", "continue", "seo", "feed_meta", "toc":
	default:
		if !strings.HasPrefix(name, "end") {
			e.report(at, "there is no Liquid tag "+quoteTag(name)+" here; it leaves only what it encloses")
		}
	}
}

// include writes what is known of a file that a theme has: an image or a video
// by its arguments.
func (e *expander) include(t post.Tag, at int) {
	file := strings.ToLower(t.Get("0"))
	id := t.Get("id")
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	switch {
	case post.ShowsImage(file) || t.Get("src", "image") != "":
		e.figure(t, t.Get("src", "image", "url", "path", "image_path"))
	case t.Alert(name) != "" && t.Get("content", "text") != "":
		e.alert(t.Alert(name), t.Get("title", "heading"), t.Get("content", "text"), at, maxShortcodeDepth)
	case id != "" && (strings.Contains(file, "youtube") || t.Get("provider") == "youtube"):
		e.link("Video", "https://www.youtube.com/watch?v="+id)
	case id != "" && (strings.Contains(file, "vimeo") || t.Get("provider") == "vimeo"):
		e.link("Video", "https://vimeo.com/"+id)
	default:
		e.report(at, "the file "+quoteTag(t.Get("0"))+" cannot be included here; it is left out")
	}
}

// until returns the text up to the tag of that name, and how long it is with
// the tag; if the tag does not come, nothing. What else opens there, even
// without an end, is text.
func (e *expander) until(s, name string) (inner string, length int) {
	const longest = 64 // bytes of a tag with nothing but a name
	if e.missing[name] {
		return "", 0
	}
	for i := 0; ; i += len("{%") {
		at := strings.Index(s[i:], "{%")
		if at < 0 || !e.searches() {
			e.missing[name] = true
			return "", 0
		}
		i += at
		inside := s[i+len("{%") : min(len(s), i+longest)]
		if end := strings.Index(inside, "%}"); end >= 0 && strings.Trim(inside[:end], "- \t\n") == name {
			return s[:i], i + len("{%") + end + len("%}")
		}
	}
}

// output writes what is known of a Liquid expression, {{ … }}, and returns its
// length, or 0 for braces that are text. Nothing is known of a site's variables.
func (e *expander) output(s string, at int) int {
	value, variable, n := post.Expression(s)
	e.write(value)
	if variable != "" && variable != "site.baseurl" && variable != "site.url" { // what is left is a path
		e.report(at, "nothing is known of "+quoteTag(variable)+" here; it is left out")
	}
	return n
}
