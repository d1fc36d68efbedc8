package render

import (
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

// TestNeutral holds everything that the neutral theme writes to what can be read on
// black and on white: the terminal's own colour, or one of its 16 with 3:1 on both.
func TestNeutral(t *testing.T) {
	themes := NewThemes()
	for profile := colorprofile.NoTTY; profile <= colorprofile.TrueColor; profile++ {
		theme, ok := themes.Named(NeutralTheme, true, profile)
		if !ok {
			t.Fatalf("there is no neutral theme for %v", profile)
		}
		var written []string
		v := reflect.ValueOf(*theme)
		for _, field := range v.Fields() {
			if field.Type() == reflect.TypeFor[Style]() {
				written = append(written, field.String())
			}
		}
		page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), article(), "", 80, theme)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range theme.alerts {
			written = append(written, string(newStyle(a.ink, theme.tones)))
		}
		written = append(written, stringsOf(page)...)
		found := 0
		for _, m := range sgr.FindAllStringSubmatch(strings.Join(written, "\n"), -1) {
			found++
			i := ink{}.apply(m[1])
			if i.bg != 0 || i.face&(faint|blink) != 0 {
				t.Errorf("%v: %q has a background or is faint", profile, m[0])
			}
			if i.face&reverse != 0 && i.face&bold != 0 { // bold black is grey on many terminals
				t.Errorf("%v: %q is both bold and inverted", profile, m[0])
			}
			if i.fg == 0 {
				continue
			}
			n := int(i.fg &^ hueKind)
			if i.fg&hueKind != hueIndexed || n >= 16 {
				t.Errorf("%v: %q is none of the terminal's 16 colours", profile, m[0])
				continue
			}
			for _, ground := range []hue{rgb(0, 0, 0), rgb(0xff, 0xff, 0xff)} {
				if c := contrastOf(xterm(n), ground); c < 3 {
					t.Errorf("%v: %q has %.2f:1 on %s", profile, m[0], c, ground.hex())
				}
			}
		}
		if profile > colorprofile.NoTTY && found < 20 {
			t.Errorf("%v: only %d styles were found", profile, found)
		}
		if profile > colorprofile.NoTTY && (theme.Selected == theme.Title || theme.Match == "" || theme.Tab == theme.TabActive) {
			t.Errorf("%v: what is chosen or found looks like the rest", profile)
		}
	}
}
