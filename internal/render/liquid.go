package render

import "strings"

// liquid writes the Liquid tag that s starts with and returns its length, with
// what it encloses, or 0 if it does not end.
func (e *expander) liquid(s string, depth int) int {
	end := strings.Index(s[:min(len(s), maxTag)], "%}")
	if end < 2 {
		return 0
	}
	n := end + 2
	c := parseCall(strings.Trim(s[2:end], "-"))
	before := e.out.Len()
	switch c.name {
	case "raw":
		inner, length := e.until(s[n:], "endraw")
		n += length
		e.out.WriteString(inner)
		return n
	case "comment", "for", "tablerow", "capture": // logic, not text
		_, length := e.until(s[n:], "end"+c.name)
		n += length
	case "highlight":
		if inner, length := e.until(s[n:], "endhighlight"); length > 0 {
			n += length
			e.code(c.get("0"), inner)
		}
	case "link", "post_url":
		e.path(c.get("0"))
	case "include", "include_relative":
		if file := c.get("0"); isImage(strings.ToLower(file)) || c.get("src", "image") != "" {
			e.image(c.get("alt", "caption", "title", "description"), c.get("src", "image", "url", "path"))
		}
	case "gist", "youtube", "vimeo", "tweet", "twitter", "image", "img", "figure":
		e.single(c)
	case "note", "info", "tip", "warning", "danger", "important":
		if inner, length := e.until(s[n:], "end"+c.name); length > 0 {
			n += length
			e.alert(alertKind(c.name, call{}), "", inner, depth)
		}
	}
	if e.out.Len() == before {
		n += e.drop(s[n:])
	}
	return n
}

// until returns the text up to the tag of that name, and how long it is with
// the tag; if the tag does not come, nothing.
func (e *expander) until(s, name string) (inner string, length int) {
	if e.missing[name] {
		return "", 0
	}
	for i := 0; ; {
		at := strings.Index(s[i:], "{%")
		if at < 0 {
			e.missing[name] = true
			return "", 0
		}
		i += at
		tag := s[i:min(len(s), i+maxTag)]
		end := strings.Index(tag, "%}")
		if end < 0 {
			e.missing[name] = true
			return "", 0
		}
		if strings.Trim(tag[2:end], "- \t\n") == name {
			return s[:i], i + end + 2
		}
		i += end + 2
	}
}

// output writes what is known of a Liquid expression, {{ … }}: a string that
// it starts with. Nothing is known of a site's variables. Braces with anything
// else between them are text. It returns the length, or 0 for text.
func (e *expander) output(s string) int {
	end := strings.Index(s[:min(len(s), maxTag)], "}}")
	if end < 2 {
		return 0
	}
	expr := strings.Trim(s[2:end], "- \t\n")
	if strings.HasPrefix(expr, `"`) || strings.HasPrefix(expr, "'") {
		value, rest := word(expr)
		if rest = strings.TrimSpace(rest); rest == "" || rest[0] == '|' {
			e.out.WriteString(value)
			return end + 2
		}
	}
	object, _, found := strings.Cut(expr, ".")
	switch object {
	case "site", "page", "post", "layout", "include", "jekyll", "paginator":
		if found {
			return end + 2
		}
	}
	return 0
}
