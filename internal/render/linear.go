package render

import "github.com/charmbracelet/colorprofile"

// Linear returns the theme for lines that are read one after the other, as by
// a screen reader: no colours, nothing drawn.
func (t *Themes) Linear() *Theme { return t.Pick(true, colorprofile.NoTTY) }
