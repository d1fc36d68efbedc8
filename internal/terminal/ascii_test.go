package terminal

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestASCIIOnly(t *testing.T) {
	for environ, want := range map[string]bool{
		"": false, "LANG=": false, "LANG=C": true, "LC_ALL=POSIX": true, "LANG=de_DE.ISO-8859-15@euro": true,
		"LANG=C.UTF-8": false, "LANG=en_US.utf8": false, "LANG=en_US": false, "LC_CTYPE=UTF-8": false,
		"LC_ALL=C LANG=en_US.UTF-8": true, "LC_CTYPE=de_DE.UTF-8 LANG=C": false, "LC_ALL=ru_RU.KOI8-R": true,
	} {
		if got := ASCIIOnly(strings.Fields(environ)); got != want {
			t.Errorf("%q: %t", environ, got)
		}
	}
}

// Nothing that is written to a terminal whose locale is not UTF-8 is beyond ASCII.
func TestOnlyASCIIIsWritten(t *testing.T) {
	s := screen{features: featuresOf("xterm")}
	s.features.ascii = true
	s.resize(20, 3)
	v := tea.NewView("│ “naïve” 漢字\n━━━")
	v.WindowTitle = "Café"
	out := string(s.draw(v)) + string(s.restore("Bis später – tschüss"))
	if i := strings.IndexFunc(out, func(r rune) bool { return r > '~' }); i >= 0 {
		t.Errorf("%q is written", out[i:])
	}
	for _, want := range []string{`| "naive" ????`, "===", "Cafe", "Bis spater - tschuss"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %q", want, out)
		}
	}
}
