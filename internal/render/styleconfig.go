package render

import (
	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
	"github.com/charmbracelet/colorprofile"
)

// styleConfig returns the design as glamour's styles for a colour profile.
func (d *Design) styleConfig(profile colorprofile.Profile) glamour.StyleConfig {
	c := d.palette.styleConfig()
	d.own.apply(&c)
	if profile <= colorprofile.ASCII && c.Code.Prefix == "" {
		// Without colours, code in running text needs a mark of its own.
		c.Code.Prefix, c.Code.Suffix = "`", "`"
	}
	if profile <= colorprofile.NoTTY {
		c.Emph.BlockPrefix, c.Emph.BlockSuffix = "*", "*"
		c.Strong.BlockPrefix, c.Strong.BlockSuffix = "**", "**"
		c.Strikethrough.BlockPrefix, c.Strikethrough.BlockSuffix = "~~", "~~"
	}
	return c
}

// styleConfig returns the palette as glamour's styles. Margins, indents and
// separators stay empty: the layout is not glamour's.
func (p *palette) styleConfig() glamour.StyleConfig {
	var c glamour.StyleConfig
	c.Heading = block(glamour.StylePrimitive{Bold: new(true)})
	c.H1 = block(glamour.StylePrimitive{Color: colour(&p.accent), Underline: new(true)})
	c.H2 = block(glamour.StylePrimitive{Color: colour(&p.accent)})
	// Many terminals show neither italics nor colours, and then a bold paragraph
	// looks as these do.
	c.H3 = block(glamour.StylePrimitive{Prefix: "### "})
	c.H4 = block(glamour.StylePrimitive{Prefix: "#### ", Italic: new(true)})
	c.H5 = block(glamour.StylePrimitive{Prefix: "##### ", Bold: new(false), Italic: new(true)})
	c.H6 = block(glamour.StylePrimitive{Prefix: "###### ", Bold: new(false), Italic: new(true), Color: colour(&p.dim)})

	c.Emph = glamour.StylePrimitive{Italic: new(true)}
	c.Strong = glamour.StylePrimitive{Bold: new(true)}
	c.Strikethrough = glamour.StylePrimitive{CrossedOut: new(true)}
	c.Code = block(glamour.StylePrimitive{Color: colour(&p.code)})
	c.LinkText = glamour.StylePrimitive{Underline: new(true)}
	c.Link = glamour.StylePrimitive{ // the number of a link: quiet in any surroundings
		Color: colour(&p.dim), Bold: new(false), Italic: new(false), Underline: new(false), CrossedOut: new(false),
	}
	c.ImageText = glamour.StylePrimitive{Color: colour(&p.dim), Italic: new(true), Prefix: "Image: "}
	c.HorizontalRule = glamour.StylePrimitive{Color: colour(&p.faint), Format: "* * *"}
	c.Item = glamour.StylePrimitive{Color: colour(&p.accent), Prefix: "• "}
	c.Enumeration = glamour.StylePrimitive{BlockPrefix: ". "}
	c.Task = glamour.StyleTask{
		StylePrimitive: glamour.StylePrimitive{Color: colour(&p.accent)},
		Ticked:         "[✓] ", Unticked: "[ ] ",
	}
	c.DefinitionTerm = glamour.StylePrimitive{Bold: new(true)}
	return c
}

func block(p glamour.StylePrimitive) glamour.StyleBlock {
	return glamour.StyleBlock{StylePrimitive: p}
}

// chromaStyle returns the design as a chroma style. It is not registered:
// chroma's registry is one for the process, and the first theme to enter it
// would colour everyone's code.
func (d *Design) chromaStyle() *chroma.Style {
	if d.own.source != nil {
		return d.own.source
	}
	p := &d.palette
	style, err := chroma.NewStyle(d.name, chroma.StyleEntries{
		chroma.Comment:           "italic " + p.comment,
		chroma.CommentPreproc:    "noitalic " + p.keyword,
		chroma.Keyword:           p.keyword,
		chroma.KeywordType:       p.kind,
		chroma.NameBuiltin:       p.kind,
		chroma.NameClass:         p.kind,
		chroma.NameTag:           p.keyword,
		chroma.NameAttribute:     p.function,
		chroma.NameFunction:      p.function,
		chroma.NameDecorator:     p.function,
		chroma.NameConstant:      p.number,
		chroma.NameVariable:      p.code,
		chroma.LiteralString:     p.literal,
		chroma.LiteralNumber:     p.number,
		chroma.LiteralDate:       p.number,
		chroma.GenericDeleted:    p.caution,
		chroma.GenericInserted:   p.tip,
		chroma.GenericHeading:    "bold",
		chroma.GenericSubheading: p.function,
		chroma.GenericEmph:       "italic",
		chroma.GenericStrong:     "bold",
		chroma.GenericPrompt:     p.comment,
		chroma.GenericOutput:     "",
	})
	if err != nil { // an entry that chroma cannot read: code without colours
		style, _ = chroma.NewStyle(d.name, chroma.StyleEntries{})
	}
	return style
}

// alert is how one of GitHub's alerts looks.
type alert struct {
	title string
	ink   ink
}

// alerts are the five of
// https://docs.github.com/en/get-started/writing-on-github#alerts by their
// name in the source.
func (p *palette) alerts() map[string]alert {
	return map[string]alert{
		"NOTE":      {"Note", ink{fg: parseColour(p.note), face: bold}},
		"TIP":       {"Tip", ink{fg: parseColour(p.tip), face: bold}},
		"IMPORTANT": {"Important", ink{fg: parseColour(p.important), face: bold}},
		"WARNING":   {"Warning", ink{fg: parseColour(p.warning), face: bold}},
		"CAUTION":   {"Caution", ink{fg: parseColour(p.caution), face: bold}},
	}
}

// colour returns a colour as glamour takes it: nil is the terminal's own.
func colour(s *string) *string {
	if *s == "" {
		return nil
	}
	return s
}
