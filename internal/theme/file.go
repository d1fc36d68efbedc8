package theme

import (
	"encoding/json"
	"fmt"

	glamour "charm.land/glamour/v2/ansi"
	chromastyles "github.com/alecthomas/chroma/v2/styles"
)

// MaxFile is how large a theme's file may be, in bytes.
const MaxFile = 64 << 10

// file is a theme as a file has it: a style of glamour's, and keys of our own for
// what glamour has no word for.
type file struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Background  string `json:"background"`
	Reader      colors `json:"reader"`
	glamour.StyleConfig
}

// Parse reads a theme from a file's text: JSON with the keys of
// glamour's styles, and beside them "name" (lower-case letters, digits and
// hyphens), "background" ("dark" or "light"), which must both be there,
// "description", and "reader" with the colours of the reader's own lines. An
// element that the file styles looks as it says; what it leaves out is as in
// the built-in theme for that background. Margins, indents and separators are
// accepted and have no effect: the layout is not glamour's.
//
// An error names the key, the value, and what is allowed.
func Parse(text []byte) (*Scheme, error) {
	if len(text) > MaxFile {
		return nil, fmt.Errorf("%d bytes are too many for a theme; want at most %d", len(text), MaxFile)
	}
	given, err := check(text)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"name", "background"} {
		if !given[key] {
			want, _ := rule(key, "")
			return nil, fmt.Errorf("%s: it is missing; want %s", key, want)
		}
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("not a theme: %w", err)
	}
	for _, base := range builtIn()[:2] { // "dark" and "light"
		if base.name == f.Background {
			f.Reader = base.colors
		}
	}
	if err := json.Unmarshal(text, &f); err != nil { // again, over these colours
		return nil, fmt.Errorf("not a theme: %w", err)
	}
	if c := f.Code.Color; c != nil {
		f.Reader.Code = ParseColor(*c).String() // keys look like code
	}
	s := &Scheme{
		name: f.Name, description: f.Description, dark: f.Background == "dark", colors: f.Reader,
		own: own{config: f.StyleConfig, given: given},
	}
	switch code := &f.CodeBlock; {
	case code.Chroma != nil:
		s.source = chromaFrom(code.Chroma)
	case code.Theme != "":
		s.source = chromastyles.Registry[code.Theme]
	default:
		s.source = s.chromaStyle()
	}
	return s, nil
}
