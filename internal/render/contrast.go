package render

import (
	"fmt"
	"reflect"
	"slices"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
)

// minContrast is the least contrast of text with its background by WCAG 2.2,
// 1.4.3 (AA).
const minContrast = 4.5

// LowContrast names the colours of the design that are hard to read on its
// page: those with less than 4.5:1, as "link.color #303030 has 1.5:1".
func (d *Design) LowContrast() []string {
	var low []string
	for _, p := range d.pairs() {
		if c := contrastOf(p.text, p.page); c < minContrast {
			low = append(low, fmt.Sprintf("%s %s has %.1f:1", p.name, p.text.hex(), c))
		}
	}
	return low
}

// pair is text and what it stands on.
type pair struct {
	name       string
	text, page hue
}

// pairs returns every colour of text in the design with its background.
func (d *Design) pairs() []pair {
	page, text := hexHue(d.page), hexHue(d.text)
	pairs := []pair{{"reader.text", text, page}, {"reader.text on reader.match", text, hexHue(d.match)}}
	v := reflect.ValueOf(d.palette)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "match" {
			pairs = append(pairs, pair{name, hexHue(v.Field(i).String()), page})
		}
	}
	config := d.palette.styleConfig()
	d.own.apply(&config)
	stylePairs(reflect.ValueOf(config), "", text, page, &pairs)
	source := d.chromaStyle()
	types := source.Types()
	slices.Sort(types)
	for _, t := range types {
		if c := source.Get(t).Colour; c.IsSet() && t != chroma.Background {
			pairs = append(pairs, pair{"source code's " + t.String(), rgb(int(c.Red()), int(c.Green()), int(c.Blue())), page})
		}
	}
	return pairs
}

// stylePairs finds the styles of glamour's in v.
func stylePairs(v reflect.Value, path string, text, page hue, to *[]pair) {
	if s, ok := reflect.TypeAssert[glamour.StylePrimitive](v); ok {
		if s.Color == nil && s.BackgroundColor == nil {
			return
		}
		if s.Color != nil {
			text = parseColour(*s.Color).absolute()
		}
		if s.BackgroundColor != nil {
			page = parseColour(*s.BackgroundColor).absolute()
		}
		*to = append(*to, pair{path + "color", text, page})
		return
	}
	if v.Kind() != reflect.Struct {
		return // what is behind a pointer is no style, or chroma's
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		at := path
		if !f.Anonymous {
			at += jsonKey(&f) + "."
		}
		stylePairs(v.Field(i), at, text, page, to)
	}
}
