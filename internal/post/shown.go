package post

import (
	"path"
	"slices"
	"strings"
)

// shown returns the Markdown that a page shows of the arguments of a shortcode
// or, if liquid is set, of a Liquid tag; "" for none.
func (t Tag) shown(liquid bool) string {
	if !liquid {
		return t.shownAs(strings.ToLower(t.Name))
	}
	switch t.Name {
	case "include", "include_relative", "include_cached":
		file := strings.ToLower(t.Get("0"))
		name := strings.TrimSuffix(path.Base(file), path.Ext(file))
		switch {
		case ShowsImage(file) || t.Get("src", "image") != "":
			return t.shownAs("image")
		case t.Alert(name) != "":
			return t.Get("title", "heading") + " " + t.Get("content", "text")
		}
	case "youtube", "vimeo", "image", "img", "figure":
		return t.shownAs(t.Name)
	}
	return ""
}

// shownAs returns what a shortcode of that name, in lower case, shows of t's
// arguments.
func (t Tag) shownAs(name string) string {
	switch {
	case ShowsImage(name):
		return t.captions()
	case t.Alert(name) != "":
		return t.Title() + " " + t.Get("text", "content")
	case name == "details":
		return t.Get("summary", "title", "0")
	case name == "tab":
		return t.Get("title", "name", "header", "label", "0")
	case strings.HasPrefix(name, "youtube"), name == "vimeo", name == "video", name == "audio":
		return t.Get("title", "alt", "caption")
	case t.Get("href", "url") != "":
		return t.Get("text", "title", "label")
	}
	return ""
}

// captions returns what stands for an image and below it, each once.
func (t Tag) captions() string {
	var all []string
	for _, key := range [...]string{"alt", "title", "caption", "description", "attr"} {
		if text := strings.TrimSpace(t.Get(key)); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, " ")
}
