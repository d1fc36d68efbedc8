package markdown

import "testing"

// The ends of an inline element are no edges of a line: what is beside them counts.
func TestLineBreaksBesideElements(t *testing.T) {
	for body, want := range map[string]string{
		"<b>中文\n</b>中文":        "中文中文",
		"中文<b>\n中文</b>":        "中文中文",
		"<i><b>中文</b>\n</i>中文": "中文中文",
		"<b>one\n</b>two":      "one two",
	} {
		for p := range Parse(body, Unlimited(), nil).Passages() {
			if p.Text != want {
				t.Errorf("%q: %q, want %q", body, p.Text, want)
			}
		}
	}
}
