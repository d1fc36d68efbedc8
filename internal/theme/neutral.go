package theme

import (
	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
)

// Colours of the terminal's 16 that have 3:1 on black and on white by xterm's
// palette (WCAG 2.2, 1.4.11, what is asked of large text and of signs).
const (
	red     = "1"
	magenta = "5"
)

// neutral is for a terminal that has not told its background, and most likely never
// does. Text has the terminal's own colour, which can be read on whatever there is;
// attributes tell the rest apart.
func neutral() *Scheme {
	var c glamour.StyleConfig
	c.Code = block(glamour.StylePrimitive{Color: new(magenta)})
	return &Scheme{
		name: Neutral, description: "the terminal's own colours, on any background",
		colors: colors{Error: red, Caution: red, Important: magenta},
		own:    own{config: c, given: map[string]bool{"code": true}},
		source: newChroma(chroma.StyleEntries{
			chroma.Comment:           "italic",
			chroma.CommentPreproc:    "noitalic bold",
			chroma.Keyword:           "bold",
			chroma.NameTag:           "bold",
			chroma.GenericHeading:    "bold",
			chroma.GenericSubheading: "bold",
			chroma.GenericEmph:       "italic",
			chroma.GenericStrong:     "bold",
		}),
	}
}
