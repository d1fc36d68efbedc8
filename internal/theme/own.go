package theme

import (
	"reflect"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
)

// own is what a theme's file styles, in place of what the colours make of it.
type own struct {
	config glamour.StyleConfig
	given  map[string]bool // keys of config that the file has
}

// apply puts the styles in place of those in c.
func (o *own) apply(c *glamour.StyleConfig) {
	from, to := reflect.ValueOf(&o.config).Elem(), reflect.ValueOf(c).Elem()
	for i := range from.NumField() {
		if f := from.Type().Field(i); o.given[jsonKey(&f)] {
			to.Field(i).Set(from.Field(i))
		}
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
	return newChroma(entries)
}

// chromaEntry returns a style as chroma writes it. Chroma has no numbered
// colours, and backgrounds of code are left to the terminal.
func chromaEntry(g *glamour.StylePrimitive) string {
	var words []string
	s := StyleOf(g)
	for attribute, word := range map[Attributes]string{Bold: "bold", Italic: "italic", Underline: "underline"} {
		if s.Attributes&attribute != 0 {
			words = append(words, word)
		}
	}
	if s.Fg != 0 {
		words = append(words, s.Fg.String())
	}
	return strings.Join(words, " ")
}
