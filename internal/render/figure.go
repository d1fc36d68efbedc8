package render

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// image writes an image, or nothing without a target. Where a line starts with
// it, it is a paragraph of its own.
func (e *expander) image(alt, target string) {
	if target == "" {
		return
	}
	spaces, alone := e.indent()
	inHTML := e.inHTML()
	if inHTML {
		e.write(`<img src="` + attribute(target) + `" alt="` + attribute(alt) + `">`)
	} else {
		e.write("!")
		e.link(alt, target)
	}
	if alone && !inHTML {
		e.write("\n\n" + spaces)
	}
}

// figure writes an image, and what stands below it unless that is what stands
// for it already.
func (e *expander) figure(t post.Tag, target string) {
	alt := t.Get("alt", "caption", "title", "description")
	spaces, alone := e.indent()
	inHTML := e.inHTML()
	e.image(alt, target)
	var below []string
	for _, key := range []string{"title", "caption", "description", "attr"} {
		if text := strings.TrimSpace(t.Get(key)); text != "" && text != alt && !slices.Contains(below, text) {
			below = append(below, text)
		}
	}
	switch text := strings.Join(below, ": "); {
	case text == "":
	case inHTML:
		e.write(" (" + attribute(text) + ")")
	case alone:
		e.write(replace(text, "\n", " ") + "\n\n" + spaces)
	default:
		e.write(" (" + replace(text, "\n", " ") + ")")
	}
}
