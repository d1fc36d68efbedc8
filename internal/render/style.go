package render

// Style is how a piece of the reader's own text looks: the SGR sequence that
// starts it, or "" for the terminal's default.
type Style string

// Render returns text in the style, and the terminal's default after it.
func (s Style) Render(text string) string {
	if s == "" || text == "" {
		return text
	}
	return string(s) + text + "\x1b[m"
}

// newStyle returns the style of an ink in a terminal's tones.
func newStyle(i ink, t *tones) Style {
	params := i.params(nil, t)
	if len(params) == 0 {
		return ""
	}
	return Style("\x1b[" + string(params) + "m")
}
