package plaintext

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzClean promises text that is safe for a terminal, that cleaning again
// leaves as it is, and that has as many lines as before.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"a\x1b[31m", "a\r\nb\rc", "\u202e\u2066\u2028", "\xed\xa0\x80\xff", "\u0080\u009f", "ok – 日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, body := Clean(s), CleanBody(s)
		isClean(t, "line", line, 0)
		isClean(t, "body", strings.NewReplacer("\n", "", "\t", "").Replace(body), 0)
		if Clean(line) != line || CleanBody(body) != body {
			t.Errorf("%q is not clean after cleaning", s)
		}
		if want := strings.Count(strings.ReplaceAll(s, "\r\n", "\n"), "\n") + strings.Count(strings.ReplaceAll(s, "\r\n", ""), "\r"); strings.Count(body, "\n") != want {
			t.Errorf("%q has %d line ends, and after cleaning %d", s, want, strings.Count(body, "\n"))
		}
	})
}

// isClean fails the test if s is not one clean line of at most so many bytes
// (any number if it is 0). It is written apart from what it tests.
func isClean(t *testing.T, what, s string, most int) {
	t.Helper()
	if most > 0 && len(s) > most {
		t.Errorf("%s has %d bytes, more than %d: %q", what, len(s), most, s)
	}
	if !utf8.ValidString(s) {
		t.Errorf("%s is not UTF-8: %q", what, s)
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			t.Errorf("%s holds %U: %q", what, r, s)
		}
	}
}
