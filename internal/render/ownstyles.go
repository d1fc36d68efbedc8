package render

import (
	"reflect"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
	chromastyles "github.com/alecthomas/chroma/v2/styles"
)

// ownStyles are the elements that a theme's file styles, in place of what the
// palette makes of them.
type ownStyles struct {
	config glamour.StyleConfig
	fields []int         // of config that the file sets
	source *chroma.Style // nil if it says nothing of source code
}

// newOwnStyles takes from a file's styles those whose keys are given.
func newOwnStyles(c *glamour.StyleConfig, given map[string]bool) ownStyles {
	own := ownStyles{config: *c}
	t := reflect.TypeFor[glamour.StyleConfig]()
	for i := range t.NumField() {
		if f := t.Field(i); given[jsonKey(&f)] {
			own.fields = append(own.fields, i)
		}
	}
	switch code := c.CodeBlock; {
	case code.Chroma != nil:
		own.source = chromaFrom(code.Chroma)
	case code.Theme != "":
		own.source = chromastyles.Registry[code.Theme]
	}
	return own
}

// apply puts the styles in place of those in c.
func (o *ownStyles) apply(c *glamour.StyleConfig) {
	from, to := reflect.ValueOf(&o.config).Elem(), reflect.ValueOf(c).Elem()
	for _, i := range o.fields {
		to.Field(i).Set(from.Field(i))
	}
}

// chromaFrom returns glamour's styles of source code as a chroma style. Its
// fields are named as chroma's token types are.
func chromaFrom(c *glamour.Chroma) *chroma.Style {
	types := make(map[string]chroma.TokenType)
	for _, t := range chroma.TokenTypeValues() {
		types[t.String()] = t
	}
	entries := chroma.StyleEntries{}
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		t, known := types[v.Type().Field(i).Name]
		style, ok := reflect.TypeAssert[glamour.StylePrimitive](v.Field(i))
		if entry := chromaEntry(&style); known && ok && entry != "" {
			entries[t] = entry
		}
	}
	style, err := chroma.NewStyle("own", entries)
	if err != nil { // an entry that chroma cannot read: code without colours
		style, _ = chroma.NewStyle("own", chroma.StyleEntries{})
	}
	return style
}

// chromaEntry returns a style as chroma writes it. Chroma has no numbered
// colours, and backgrounds of code are left to the terminal.
func chromaEntry(s *glamour.StylePrimitive) string {
	var words []string
	for _, face := range []struct {
		on   *bool
		word string
	}{{s.Bold, "bold"}, {s.Italic, "italic"}, {s.Underline, "underline"}} {
		if face.on != nil && *face.on {
			words = append(words, face.word)
		}
	}
	if s.Color != nil {
		words = append(words, parseColour(*s.Color).absolute().hex())
	}
	return strings.Join(words, " ")
}
