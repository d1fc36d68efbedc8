package markdown

import "testing"

// References that an included file may define are shown without brackets; of a text that includes none, and of
// a theme's HTML, they stay.
func TestReferencesOfIncludedFiles(t *testing.T) {
	const text = "a [b *c*][d] [e][] [f] [1] [!NOTE] [^g] [h](i)\n"
	for include, want := range map[string]string{
		"{% include links.md %}\n\n":    "a b c e f [1] [!NOTE] [^g] h",
		"{% include button.html %}\n\n": "a [b c][d] [e][] [f] [1] [!NOTE] [^g] h",
		"":                              "a [b c][d] [e][] [f] [1] [!NOTE] [^g] h",
	} {
		tree := Parse(include+text, Unlimited(), nil)
		if got := tree.Plain(tree.Doc.LastChild()); got != want {
			t.Errorf("%q: got %q, want %q", include, got, want)
		}
	}
}
