package markdown

import (
	"html"
	"slices"
	"strings"
)

// image writes an image, or nothing without a target. Where a line starts with
// it, it is a paragraph of its own.
func (e *expander) image(alt, target string) {
	if target == "" {
		return
	}
	spaces, alone := e.indent()
	inHTML := e.inHTML()
	e.put(piece{kind: pieceImage, text: e.plain(alt), target: target})
	if alone && !inHTML {
		e.write("\n\n" + spaces)
	}
}

// figure writes an image, and what stands below it unless that is what stands
// for it already.
func (e *expander) figure(t Tag, target string) {
	alt := t.Get("alt", "default_alt", "caption", "title", "description")
	spaces, alone := e.indent()
	inHTML := e.inHTML()
	e.image(alt, target)
	var below []string
	for _, key := range []string{"title", "caption", "description", "attr"} {
		if text := strings.TrimSpace(t.Get(key)); text != "" && text != alt && !slices.Contains(below, text) {
			below = append(below, text)
		}
	}
	text := replace(strings.Join(below, ": "), "\n", " ")
	e.leftOver(text)
	switch {
	case text == "":
	case inHTML:
		e.write(" (" + html.EscapeString(html.UnescapeString(text)) + ")")
	case alone:
		e.write(text + "\n\n" + spaces)
	default:
		e.write(" (" + text + ")")
	}
}
