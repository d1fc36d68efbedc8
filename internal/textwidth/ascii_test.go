package textwidth

import "testing"

func TestASCII(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"plain \x1b[1mtext\x1b[m": "plain \x1b[1mtext\x1b[m",
		"┌──┐│▌•…":                "+--+|>*~",
		"“naïve café” – Ærø":      `"naive cafe" - Aro`,
		"\x1b[1m漢字\x1b[m 🚀!":      "\x1b[1m????\x1b[m ??!",
		"Привет ½ ①":              "?????? 1 1",
		"e\u0301 ﬁ":               "e f",
		"\xff\u009bA":             "?A",
	} {
		got := ASCII(text)
		if got != want || Of(got) != Of(text) {
			t.Errorf("%q becomes %q of %d cells, want %q of %d", text, got, Of(got), want, Of(text))
		}
	}
}
