package render

import (
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"testing"

	"charm.land/glamour/v2/styles"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/theme"
)

var themes = sync.OnceValue(theme.NewSet)

// Dark and Light return a new theme, as the cache tells themes apart by their
// address.
func Dark(profile colorprofile.Profile) *theme.Theme {
	dark, _ := themes().Named("dark", true, profile)
	copied := *dark
	return &copied
}

func Light(profile colorprofile.Profile) *theme.Theme {
	light, _ := themes().Named("light", false, profile)
	copied := *light
	return &copied
}

// parsed returns the theme of a file's text, whose name is "own".
func parsed(t *testing.T, text string, profile colorprofile.Profile) *theme.Theme {
	t.Helper()
	scheme, err := theme.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	set, err := theme.OpenSet("own", scheme)
	if err != nil {
		t.Fatal(err)
	}
	return set.Pick(true, profile)
}

func TestProfiles(t *testing.T) {
	src := "## A\n\n*a* `b` [c](https://a.example/)\n\n```go\nx := 1\n```"
	tests := []struct {
		profile  colorprofile.Profile
		want     []string
		wantNone []string
	}{
		{colorprofile.TrueColor, []string{"\x1b[1;38;2;", "\x1b]8;"}, []string{"`"}},
		{colorprofile.ANSI256, []string{"\x1b[1;38;5;", "\x1b]8;"}, []string{";2;"}},
		{colorprofile.ANSI, []string{"\x1b[1;96mA", "\x1b]8;"}, []string{";5;", ";2;"}},
		{colorprofile.ASCII, []string{"\x1b[1mA\x1b[m", "\x1b[3ma", "`b`", "\x1b]8;"}, []string{";3", ";9"}},
		{colorprofile.NoTTY, []string{"*a* `b` c[1]"}, []string{"\x1b"}},
	}
	for _, tt := range tests {
		t.Run(tt.profile.String(), func(t *testing.T) {
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), src, "", 80, themes().Pick(true, tt.profile))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(stringsOf(page), "\n")
			for _, s := range tt.want {
				if !strings.Contains(got, s) {
					t.Errorf("%q is not in %q", s, got)
				}
			}
			for _, s := range tt.wantNone {
				if strings.Contains(got, s) {
					t.Errorf("%q is in %q", s, got)
				}
			}
		})
	}
}

// TestNoColours has every theme keep to the attributes where a terminal, or
// its user, wants no colours.
func TestNoColours(t *testing.T) {
	themes := themes()
	for _, name := range themes.Names() {
		for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.NoTTY} {
			look, _ := themes.Named(name, true, profile)
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), article(), "", 80, look)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range sgr.FindAllStringSubmatch(strings.Join(stringsOf(page), "\n"), -1) {
				for param := range strings.SplitSeq(m[1], ";") {
					if len(param) > 1 || profile == colorprofile.NoTTY {
						t.Fatalf("%s at %v writes %q", name, profile, m[0])
					}
				}
			}
		}
	}
}

// TestThemeFile has a page look as a theme's file says.
func TestThemeFile(t *testing.T) {
	look := parsed(t, `{"name": "own", "background": "dark",
		"h2": {"color": "#ff0000", "bold": true, "prefix": "§ "}, "code": {"color": "203"}, "strong": {},
		"code_block": {"chroma": {"keyword": {"color": "#00ff00", "bold": true}, "comment": {"color": "#778"}}}}`, colorprofile.TrueColor)
	page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "## A\n\n**b** `c`\n\n### D\n\n```go\nfunc // e\n```", "", 40, look)
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
}

// TestDocumentColour paints all text in the colour of the document, as
// glamour's own styles have one.
func TestDocumentColour(t *testing.T) {
	look := parsed(t, `{"name": "own", "background": "light", "document": {"color": "#123456", "margin": 2, "block_prefix": "\n"}}`, colorprofile.TrueColor)
	page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "a\n\n- b\n", "", 40, look)
	if err != nil {
		t.Fatal(err)
	}
	if page.Lines.At(0) != "\x1b[38;2;18;52;86ma\x1b[m" || !strings.Contains(page.Lines.At(2), "38;2;18;52;86mb") {
		t.Errorf("got %q", stringsOf(page))
	}
}

// TestFormat has a template of a theme's file write a control character, which does not
// reach the page.
func TestFormat(t *testing.T) {
	look := parsed(t, `{"name": "own", "background": "dark", "emph": {"format": "{{printf \"%c\" 27}}[2J{{ToUpper .text}}"}}`, colorprofile.NoTTY)
	page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "a *b* c", "", 40, look)
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, page)
	if got := strings.Join(stringsOf(page), "\n"); !strings.Contains(got, "[2JB") {
		t.Errorf("got %q", got)
	}
}

// TestGlamourStyles takes the styles that glamour comes with, and renders
// with them.
func TestGlamourStyles(t *testing.T) {
	for _, config := range styles.DefaultStyles {
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
		for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.NoTTY} {
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), article(), "", 60, parsed(t, string(text), profile))
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, page)
		}
	}
}

// FuzzThemeFile promises an answer, and that a theme that is taken can be rendered
// with.
func FuzzThemeFile(f *testing.F) {
	f.Add(`{"name":"own","background":"light","hr":{"format":"{{ToUpper .text}}"},"task":{"ticked":"x"}}`)
	f.Add(`{"name":"own","background":"dark","hr":{"format":"{{printf \"%c\" 27}}[2J"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		scheme, err := theme.Parse([]byte(text))
		if err != nil {
			return
		}
		set, err := theme.OpenSet("own", scheme)
		if err != nil {
			return
		}
		page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "# a\n\n- [ ] b `c`\n\n---\n", "", 20, set.Pick(true, colorprofile.TrueColor))
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
	})
}
