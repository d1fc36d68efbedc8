package render

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

// Dark and Light return a new theme, as the cache tells themes apart by their
// address.
func Dark(profile colorprofile.Profile) *Theme  { return newTheme(dark(), profile) }
func Light(profile colorprofile.Profile) *Theme { return newTheme(light(), profile) }

func TestPick(t *testing.T) {
	themes := NewThemes()
	if a, b := themes.Pick(true, colorprofile.ANSI), themes.Pick(true, colorprofile.ANSI); a != b {
		t.Error("two sessions of one kind get two themes")
	}
	if got := themes.Pick(false, colorprofile.Unknown); got.Dark || got.Profile != colorprofile.ASCII {
		t.Errorf("an unknown profile gets %s at %v", got.Name, got.Profile)
	}
}

func TestNamed(t *testing.T) {
	themes := NewThemes()
	tests := []struct {
		name string
		dark bool
		want string
	}{
		{"auto", true, "dark"},
		{"auto", false, "light"},
		{"light", true, "light"},
		{"paper", true, "paper"},
		{"paper", false, "paper"},
		{"tide", false, "tide"},
	}
	for _, tt := range tests {
		got, ok := themes.Named(tt.name, tt.dark, colorprofile.TrueColor)
		if !ok || got.Name != tt.want || got.Dark != (tt.dark && tt.name != "light") || got.Background == nil || got.Foreground == nil {
			t.Errorf("%s on a dark=%v terminal is %+v", tt.name, tt.dark, got)
		}
	}
	if _, ok := themes.Named("nosuch", true, colorprofile.TrueColor); ok {
		t.Error("a theme that does not exist was found")
	}
}

// TestList has a reader meet what suits the terminal first, and every theme.
func TestList(t *testing.T) {
	for _, dark := range []bool{true, false} {
		list := NewThemes().List(dark)
		if len(list) != 6 || list[0].Dark != dark || list[0].Name != map[bool]string{true: "dark", false: "light"}[dark] {
			t.Errorf("on a dark=%v terminal: %+v", dark, list)
		}
		turns := 0
		for i, info := range list {
			if info.Description == "" || strings.HasSuffix(info.Description, ".") {
				t.Errorf("%s is described as %q", info.Name, info.Description)
			}
			if i > 0 && info.Dark != list[i-1].Dark {
				turns++
			}
		}
		if turns != 1 {
			t.Errorf("dark and light themes alternate: %+v", list)
		}
	}
}

func TestOpenThemes(t *testing.T) {
	harbour, err := ParseDesign([]byte(`{"name": "harbour", "background": "dark"}`))
	if err != nil {
		t.Fatal(err)
	}
	themes, err := OpenThemes("harbour", harbour)
	if err != nil {
		t.Fatal(err)
	}
	if got := themes.Pick(false, colorprofile.ANSI256); got.Name != "harbour" || themes.Standard() != "harbour" {
		t.Errorf("the standard theme is %s", got.Name)
	}
	if names := themes.Names(); !slices.Contains(names, "harbour") || names[0] != AutoTheme {
		t.Errorf("the names are %v", names)
	}
	if _, err := OpenThemes("harbor", harbour); err == nil || !strings.Contains(err.Error(), `"harbor"; want one of auto, dark, light, paper, tide, phosphor, contrast, harbour`) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenThemes("auto", harbour, harbour); err == nil || !strings.Contains(err.Error(), `two themes "harbour"`) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenThemes("auto", paper()); err == nil || !strings.Contains(err.Error(), `"paper" already`) {
		t.Errorf("got %v", err)
	}
}

// TestSixteenColours has everything that a theme writes in a terminal's own 16
// colours readable by the palette of a PC and by xterm's.
func TestSixteenColours(t *testing.T) {
	for _, d := range append(designs(), neutral()) {
		theme, ground := newTheme(d, colorprofile.ANSI), rgb(0xff, 0xff, 0xff)
		if d.dark {
			ground = rgb(0, 0, 0)
		}
		page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), article(), "", 80, theme)
		if err != nil {
			t.Fatal(err)
		}
		written := stringsOf(page)
		for _, field := range reflect.ValueOf(*theme).Fields() {
			if field.Type() == reflect.TypeFor[Style]() {
				written = append(written, field.String())
			}
		}
		for _, a := range theme.alerts {
			written = append(written, string(newStyle(a.ink, theme.tones)))
		}
		for _, p := range d.pairs() {
			written = append(written, string(newStyle(ink{fg: p.text}, theme.tones)))
		}
		colours := map[hue]bool{}
		for _, m := range sgr.FindAllStringSubmatch(strings.Join(written, "\n"), -1) {
			i := ink{}.apply(m[1])
			if i.fg == 0 || i.bg != 0 {
				continue
			}
			colours[i.fg] = true
			if c := min(contrastOf(i.fg, ground), contrastOf(xterm(int(i.fg&0xff)), ground)); c < contrast16 {
				t.Errorf("%s, dark=%v: %q has %.2f:1", d.name, d.dark, m[0], c)
			}
		}
		if len(colours) < 2 {
			t.Errorf("%s, dark=%v: %d colours were found", d.name, d.dark, len(colours))
		}
	}
}

// TestUpright has a terminal that inverts italics show none: emphasis is underlined,
// and a comment is not.
func TestUpright(t *testing.T) {
	const source = "#### Title\n\nsome *stress* here\n\n```go\n// remark\n```\n"
	for _, d := range append(designs(), neutral()) {
		for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI, colorprofile.TrueColor} {
			theme := newTheme(d, profile).Upright()
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), source, "", 80, theme)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(stringsOf(page), "\n")
			found := 0
			for _, m := range regexp.MustCompile("\x1b\\[([0-9;]*)m(stress|// remark)?").FindAllStringSubmatch(text, -1) {
				face := ink{}.apply(m[1]).face
				if face&italic != 0 || m[2] == "stress" && face&underline == 0 || m[2] == "// remark" && face&underline != 0 {
					t.Errorf("%s, %v: %q", d.name, profile, m[0])
				}
				if m[2] == "stress" {
					found++
				}
			}
			if found != 1 || !strings.Contains(text, "// remark") {
				t.Errorf("%s, %v: the text is %q", d.name, profile, text)
			}
			if theme.Upright() != theme {
				t.Error("an upright theme is not its own")
			}
		}
	}
}
