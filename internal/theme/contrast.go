package theme

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	glamour "charm.land/glamour/v2/ansi"
	"github.com/alecthomas/chroma/v2"
)

// minContrast is the least contrast of text with its background by WCAG 2.2,
// 1.4.3 (AA).
const minContrast = 4.5

// LowContrast names the colours of the scheme that are hard to read on its
// page: those with less than 4.5:1, as "link.color #303030 has 1.5:1".
func (s *Scheme) LowContrast() []string {
	var low []string
	for _, p := range s.pairs() {
		if c := contrastOf(p.text, p.page); c < minContrast {
			low = append(low, fmt.Sprintf("%s %s has %.1f:1", p.name, p.text, c))
		}
	}
	return low
}

// pair is text and what it stands on.
type pair struct {
	name       string
	text, page Color
}

// pairs returns every colour of text in the scheme with its background.
func (s *Scheme) pairs() []pair {
	page, text := ParseColor(s.Page), ParseColor(s.Text)
	pairs := []pair{{"reader.text on reader.match", text, ParseColor(s.Match)}}
	v := reflect.ValueOf(s.colors)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := strings.ToLower(f.Name)
		if key := jsonKey(&f); key != "" {
			name = "reader." + key
		}
		if name != "reader.match" && name != "reader.page" {
			pairs = append(pairs, pair{name, ParseColor(v.Field(i).String()), page})
		}
	}
	config := s.colors.styleConfig()
	s.own.apply(&config)
	stylePairs(reflect.ValueOf(config), "", text, page, &pairs)
	types := s.source.Types()
	slices.Sort(types)
	for _, t := range types {
		if c := chromaLook(s.source.Get(t)).Fg; c != 0 && t != chroma.Background {
			pairs = append(pairs, pair{"source code's " + t.String(), c, page})
		}
	}
	return pairs
}

// stylePairs finds the styles of glamour's in v.
func stylePairs(v reflect.Value, path string, text, page Color, to *[]pair) {
	if s, ok := reflect.TypeAssert[glamour.StylePrimitive](v); ok {
		if s.Color == nil && s.BackgroundColor == nil {
			return
		}
		if s.Color != nil {
			text = ParseColor(*s.Color)
		}
		if s.BackgroundColor != nil {
			page = ParseColor(*s.BackgroundColor)
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
