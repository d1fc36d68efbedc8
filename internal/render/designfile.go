package render

import (
	"encoding/json"
	"fmt"

	glamour "charm.land/glamour/v2/ansi"
)

// MaxDesign is how large a theme's file may be, in bytes.
const MaxDesign = 64 << 10

// designFile is a theme as a file has it: a style of glamour's, and keys of
// our own for what glamour has no word for.
type designFile struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Background  string     `json:"background"`
	Reader      readerFile `json:"reader"`
	glamour.StyleConfig
}

// readerFile are the colours of the reader's own lines, of alerts, and of the
// page that all colours are for. Each is "#rrggbb".
type readerFile struct {
	Page      string `json:"page"`
	Text      string `json:"text"`
	Accent    string `json:"accent"`
	Dim       string `json:"dim"`
	Faint     string `json:"faint"`
	Match     string `json:"match"`
	Error     string `json:"error"`
	Note      string `json:"note"`
	Tip       string `json:"tip"`
	Important string `json:"important"`
	Warning   string `json:"warning"`
	Caution   string `json:"caution"`
}

// ParseDesign reads a theme from a file's text: JSON with the keys of
// glamour's styles, and beside them "name" (lower-case letters, digits and
// hyphens), "background" ("dark" or "light"), which must both be there,
// "description", and "reader" with the colours of the reader's own lines. An
// element that the file styles looks as it says; what it leaves out is as in
// the built-in theme for that background. Margins, indents and separators are
// accepted and have no effect: the layout is not glamour's.
//
// An error names the key, the value, and what is allowed.
func ParseDesign(text []byte) (*Design, error) {
	if len(text) > MaxDesign {
		return nil, fmt.Errorf("%d bytes are too many for a theme; want at most %d", len(text), MaxDesign)
	}
	given, err := checkDesign(text)
	if err != nil {
		return nil, err
	}
	var f designFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("not a theme: %w", err)
	}
	for _, key := range []string{"name", "background"} {
		if !given[key] {
			return nil, fmt.Errorf("%s: it is missing; want %s", key, wanted(key))
		}
	}
	d := light()
	if f.Background == "dark" {
		d = dark()
	}
	d.name, d.description = f.Name, f.Description
	f.Reader.apply(d)
	if c := f.Code.Color; c != nil {
		d.code = parseColour(*c).absolute().hex() // keys look like code
	}
	d.own = newOwnStyles(&f.StyleConfig, given)
	return d, nil
}

func (c *readerFile) apply(d *Design) {
	for _, set := range []struct {
		to   *string
		from string
	}{
		{&d.page, c.Page},
		{&d.text, c.Text},
		{&d.accent, c.Accent},
		{&d.dim, c.Dim},
		{&d.faint, c.Faint},
		{&d.match, c.Match},
		{&d.bad, c.Error},
		{&d.note, c.Note},
		{&d.tip, c.Tip},
		{&d.important, c.Important},
		{&d.warning, c.Warning},
		{&d.caution, c.Caution},
	} {
		if set.from != "" {
			*set.to = set.from
		}
	}
}
