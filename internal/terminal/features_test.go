package terminal

import "testing"

func TestItalics(t *testing.T) {
	for term, want := range map[string]bool{
		"screen": false, "screen-256color": false, "screen.xterm-256color": false,
		"xterm-256color": true, "tmux-256color": true, "screenshot": true, "": true,
	} {
		if Italics(term) != want {
			t.Errorf("Italics(%q) is %v", term, !want)
		}
	}
}
