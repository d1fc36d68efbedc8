package render

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"charm.land/glamour/v2/styles"
	"github.com/charmbracelet/colorprofile"
)

const harbour = `{
  "name": "harbour",
  "description": "fog and buoys",
  "background": "dark",
  "reader": {"page": "#101418", "text": "#dddddd", "accent": "#ff8800", "dim": "#aaaaaa"},
  "h2": {"color": "#ff0000", "bold": true, "prefix": "§ "},
  "code": {"color": "203"},
  "strong": {},
  "code_block": {"chroma": {"keyword": {"color": "#00ff00", "bold": true}, "comment": {"color": "#778"}}}
}`

func TestParseDesign(t *testing.T) {
	d, err := ParseDesign([]byte(harbour))
	if err != nil {
		t.Fatal(err)
	}
	theme := newTheme(d, colorprofile.TrueColor)
	if theme.Name != "harbour" || !theme.Dark || d.description != "fog and buoys" {
		t.Errorf("got %q, dark %v, %q", theme.Name, theme.Dark, d.description)
	}
	if got := theme.Accent.Render("a"); got != "\x1b[38;2;255;136;0ma\x1b[m" {
		t.Errorf("accent is %q", got)
	}
	if r, g, b, _ := theme.Background.RGBA(); r>>8 != 0x10 || g>>8 != 0x14 || b>>8 != 0x18 {
		t.Errorf("the page is %v", theme.Background)
	}
	page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "## A\n\n**b** `c`\n\n### D\n\n```go\nfunc // e\n```", "", 40, theme)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(stringsOf(page), "\n")
	for _, want := range []string{
		"\x1b[1;38;2;255;0;0m§ A", // styled by the file
		"b \x1b[38;5;203mc",       // strong is styled as nothing
		"\x1b[1m### D",            // as in the built-in theme
		";1;38;2;0;255;0mfunc",    // source code
		"\x1b[0;38;2;119;119;136m// e",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%q", want, got)
		}
	}
	if low := d.LowContrast(); len(low) != 1 || low[0] != "source code's Comment #777788 has 4.2:1" {
		t.Errorf("low contrast: %q", low)
	}
}

// TestDocumentColour paints all text in the colour of the document, as
// glamour's own styles have one.
func TestDocumentColour(t *testing.T) {
	d, err := ParseDesign([]byte(`{"name": "a", "background": "light", "document": {"color": "#123456", "margin": 2, "block_prefix": "\n"}}`))
	if err != nil {
		t.Fatal(err)
	}
	page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "a\n\n- b\n", "", 40, newTheme(d, colorprofile.TrueColor))
	if err != nil {
		t.Fatal(err)
	}
	if page.Lines.At(0) != "\x1b[38;2;18;52;86ma\x1b[m" || !strings.Contains(page.Lines.At(2), "38;2;18;52;86mb") {
		t.Errorf("got %q", stringsOf(page))
	}
}

// TestParseDesignRefuses names the key and what is allowed.
func TestParseDesignRefuses(t *testing.T) {
	with := func(rest string) string { return `{"name": "a", "background": "dark", ` + rest + `}` }
	tests := []struct{ name, text, want string }{
		{"no JSON", `name: a`, "not JSON at byte"},
		{"half", `{"name": "a"`, "not JSON at byte 12"},
		{"more", with(`"h1": {}`) + "\n{}", "line 2: there is more"},
		{"a list", `[]`, "a theme: want an object"},
		{"no name", `{"background": "dark"}`, "name: it is missing; want up to 30"},
		{"no background", `{"name": "a"}`, `background: it is missing; want "dark" or "light"`},
		{"reserved name", `{"name": "auto", "background": "dark"}`, `name: "auto" is not allowed`},
		{"name", `{"name": "My Theme", "background": "dark"}`, `name: "My Theme" is not allowed; want up to 30 lower-case`},
		{"background", `{"name": "a", "background": "grey"}`, `background: "grey" is not allowed; want "dark" or "light"`},
		{"key", with(`"header": {}`), `"header": there is no such key; a theme may have name, description, background, reader, document`},
		{"key in another case", with(`"H1": {}`), `"H1": there is no such key`},
		{"inner key", with(`"h1": {"colour": "#ffffff"}`), `"h1.colour": there is no such key; h1 may have block_prefix`},
		{"key of code", with(`"code_block": {"chroma": {"word": {}}}`), `code_block.chroma may have text, error, comment`},
		{"key twice", with(`"h1": {}, "h1": {}`), "h1: it stands there twice"},
		{"colour", with(`"h1": {"color": "red"}`), `h1.color: "red" is not allowed; want a colour as "#rrggbb" or a number`},
		{"colour number", with(`"h1": {"color": "256"}`), `h1.color: "256" is not allowed`},
		{"number as a colour", with(`"h1": {"color": 203}`), `h1.color: "203" is not allowed; want a colour`},
		{"own colour", with(`"reader": {"dim": "12"}`), `reader.dim: "12" is not allowed; want a colour as "#rrggbb"`},
		{"switch", with(`"h1": {"bold": "yes"}`), `h1.bold: "yes" is not allowed; want true or false`},
		{"null", with(`"h1": {"bold": null}`), `h1.bold: "<nil>" is not allowed`},
		{"margin", with(`"document": {"margin": "2"}`), `document.margin: "2" is not allowed; want a number`},
		{"negative margin", with(`"document": {"margin": -2}`), "document.margin"},
		{"object", with(`"h1": "#ffffff"`), "h1: want an object in braces"},
		{"style of code", with(`"code_block": {"theme": "nosuch"}`), `code_block.theme: "nosuch" is not allowed; want the name of a style of chroma's, as `},
		{"template", with(`"hr": {"format": "{{.text"}`), `hr.format: "{{.text" is not allowed; want a Go template`},
		{"escape", with(`"h1": {"prefix": "\u001b[31m"}`), `h1.prefix: "[31m" is not allowed; want text without control`},
		{"too large", strings.Repeat(" ", MaxDesign+1), "65537 bytes are too many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseDesign([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if err != nil && strings.ContainsFunc(err.Error(), unclean) {
				t.Errorf("the message holds control characters: %q", err)
			}
		})
	}
}

// TestGlamourStyles takes the styles that glamour comes with, and renders
// with them.
func TestGlamourStyles(t *testing.T) {
	for name, config := range styles.DefaultStyles {
		text, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(text, &keys); err != nil {
			t.Fatal(err)
		}
		maps.Copy(keys, map[string]any{"name": "own", "background": "dark"})
		if text, err = json.Marshal(keys); err != nil {
			t.Fatal(err)
		}
		d, err := ParseDesign(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.NoTTY} {
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), article(), "", 60, newTheme(d, profile))
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, page)
		}
	}
}

// FuzzParseDesign promises an answer, and that a design that is taken can be
// rendered with.
func FuzzParseDesign(f *testing.F) {
	f.Add(harbour)
	f.Add(`{"name":"a","background":"light","hr":{"format":"{{upper .text}}"},"task":{"ticked":"x"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDesign([]byte(text))
		if err != nil {
			return
		}
		page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "# a\n\n- [ ] b `c`\n\n---\n", "", 20, newTheme(d, colorprofile.TrueColor))
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
	})
}
