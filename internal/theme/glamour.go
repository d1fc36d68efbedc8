package theme

import (
	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
	"github.com/charmbracelet/colorprofile"
)

// styleConfig returns the scheme as glamour's styles for a colour profile.
func (s *Scheme) styleConfig(profile colorprofile.Profile) glamour.StyleConfig {
	c := s.colors.styleConfig()
	s.own.apply(&c)
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

// styleConfig returns the colours as glamour's styles. Margins, indents and
// separators stay empty: the layout is not glamour's.
func (s *colors) styleConfig() glamour.StyleConfig {
	var c glamour.StyleConfig
	c.Heading = block(glamour.StylePrimitive{Bold: new(true)})
	c.H1 = block(glamour.StylePrimitive{Color: colour(&s.Accent), Underline: new(true)})
	c.H2 = block(glamour.StylePrimitive{Color: colour(&s.Accent)})
	// Many terminals show neither italics nor colours, and then a bold paragraph
	// looks as these do.
	c.H3 = block(glamour.StylePrimitive{Prefix: "### "})
	c.H4 = block(glamour.StylePrimitive{Prefix: "#### ", Italic: new(true)})
	c.H5 = block(glamour.StylePrimitive{Prefix: "##### ", Bold: new(false), Italic: new(true)})
	c.H6 = block(glamour.StylePrimitive{Prefix: "###### ", Bold: new(false), Italic: new(true), Color: colour(&s.Dim)})

	c.Emph = glamour.StylePrimitive{Italic: new(true)}
	c.Strong = glamour.StylePrimitive{Bold: new(true)}
	c.Strikethrough = glamour.StylePrimitive{CrossedOut: new(true)}
	c.Code = block(glamour.StylePrimitive{Color: colour(&s.Code)})
	c.LinkText = glamour.StylePrimitive{Underline: new(true)}
	c.Link = glamour.StylePrimitive{ // the number of a link: quiet in any surroundings
		Color: colour(&s.Dim), Bold: new(false), Italic: new(false), Underline: new(false), CrossedOut: new(false),
	}
	c.ImageText = glamour.StylePrimitive{Color: colour(&s.Dim), Italic: new(true), Prefix: "Image: "}
	c.HorizontalRule = glamour.StylePrimitive{Color: colour(&s.Faint), Format: "* * *"}
	c.Item = glamour.StylePrimitive{Color: colour(&s.Accent), Prefix: "• "}
	c.Enumeration = glamour.StylePrimitive{BlockPrefix: ". "}
	c.Task = glamour.StyleTask{
		StylePrimitive: glamour.StylePrimitive{Color: colour(&s.Accent)},
		Ticked:         "[✓] ", Unticked: "[ ] ",
	}
	c.DefinitionTerm = glamour.StylePrimitive{Bold: new(true)}
	return c
}

func block(p glamour.StylePrimitive) glamour.StyleBlock {
	return glamour.StyleBlock{StylePrimitive: p}
}

// chromaStyle returns the colours as a chroma style. It is not registered:
// chroma's registry is one for the process, and the first theme to enter it
// would colour everyone's code.
func (s *colors) chromaStyle() *chroma.Style {
	return newChroma(chroma.StyleEntries{
		chroma.Comment:           "italic " + s.Comment,
		chroma.CommentPreproc:    "noitalic " + s.Keyword,
		chroma.Keyword:           s.Keyword,
		chroma.KeywordType:       s.Kind,
		chroma.NameBuiltin:       s.Kind,
		chroma.NameClass:         s.Kind,
		chroma.NameTag:           s.Keyword,
		chroma.NameAttribute:     s.Function,
		chroma.NameFunction:      s.Function,
		chroma.NameDecorator:     s.Function,
		chroma.NameConstant:      s.Number,
		chroma.NameVariable:      s.Code,
		chroma.LiteralString:     s.Literal,
		chroma.LiteralNumber:     s.Number,
		chroma.LiteralDate:       s.Number,
		chroma.GenericDeleted:    s.Caution,
		chroma.GenericInserted:   s.Tip,
		chroma.GenericHeading:    "bold",
		chroma.GenericSubheading: s.Function,
		chroma.GenericEmph:       "italic",
		chroma.GenericStrong:     "bold",
		chroma.GenericPrompt:     s.Comment,
		chroma.GenericOutput:     "",
	})
}

// newChroma returns a style of chroma's. If chroma cannot read an entry, code has no
// colours.
func newChroma(entries chroma.StyleEntries) *chroma.Style {
	style, err := chroma.NewStyle("own", entries)
	if err != nil {
		style, _ = chroma.NewStyle("own", chroma.StyleEntries{})
	}
	return style
}

// chromaLook returns the style of a token of source code.
func chromaLook(e chroma.StyleEntry) Style {
	var s Style
	if e.Colour.IsSet() {
		s.Fg = RGB(e.Colour.Red(), e.Colour.Green(), e.Colour.Blue())
	}
	for bit, on := range [...]chroma.Trilean{e.Bold, 0, e.Italic, e.Underline} {
		if on == chroma.Yes {
			s.Attributes |= 1 << bit
		}
	}
	return s
}

// Over returns a style of glamour's with what it leaves open taken from the one
// under it. It has no affixes.
func Over(under, style glamour.StylePrimitive) glamour.StylePrimitive {
	return glamour.StylePrimitive{
		Format:          style.Format,
		Color:           or(style.Color, under.Color),
		BackgroundColor: or(style.BackgroundColor, under.BackgroundColor),
		Underline:       or(style.Underline, under.Underline),
		Bold:            or(style.Bold, under.Bold),
		Upper:           or(style.Upper, under.Upper),
		Lower:           or(style.Lower, under.Lower),
		Title:           or(style.Title, under.Title),
		Italic:          or(style.Italic, under.Italic),
		CrossedOut:      or(style.CrossedOut, under.CrossedOut),
		Faint:           or(style.Faint, under.Faint),
		Conceal:         or(style.Conceal, under.Conceal),
		Inverse:         or(style.Inverse, under.Inverse),
		Blink:           or(style.Blink, under.Blink),
	}
}

func or[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// StyleOf returns how text in a style of glamour's looks, which shows neither what is
// faint nor what is concealed.
func StyleOf(g *glamour.StylePrimitive) Style {
	var s Style
	if g.Color != nil {
		s.Fg = ParseColor(*g.Color)
	}
	if g.BackgroundColor != nil {
		s.Bg = ParseColor(*g.BackgroundColor)
	}
	for bit, on := range [...]*bool{g.Bold, nil, g.Italic, g.Underline, g.Blink, g.Inverse, g.CrossedOut} {
		if on != nil && *on {
			s.Attributes |= 1 << bit
		}
	}
	return s
}

// alerts are GitHub's five by their name in the source.
// https://docs.github.com/en/get-started/writing-on-github#alerts
func (s *colors) alerts() map[string]Style {
	alerts := make(map[string]Style)
	for name, c := range map[string]string{
		"NOTE": s.Note, "TIP": s.Tip, "IMPORTANT": s.Important, "WARNING": s.Warning, "CAUTION": s.Caution,
	} {
		alerts[name] = Style{Fg: ParseColor(c), Attributes: Bold}
	}
	return alerts
}

// colour returns a colour as glamour takes it: nil is the terminal's own.
func colour(hex *string) *string {
	if *hex == "" {
		return nil
	}
	return hex
}
