package theme

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/plaintext"
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

func TestParse(t *testing.T) {
	d, err := Parse([]byte(harbour))
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
	if low := d.LowContrast(); len(low) != 1 || low[0] != "source code's Comment #777788 has 4.2:1" {
		t.Errorf("low contrast: %q", low)
	}
}

// TestParseRefuses names the key and what is allowed.
func TestParseRefuses(t *testing.T) {
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
		{"too large", strings.Repeat(" ", MaxFile+1), "65537 bytes are too many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if err != nil && plaintext.Clean(err.Error()) != err.Error() {
				t.Errorf("the message holds control characters: %q", err)
			}
		})
	}
}
