package reader

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// The short way to measure a text gives what the long one does.
func TestWidthOf(t *testing.T) {
	for _, text := range []string{
		"", "plain", "January 2, 2026 · Backend · 9 min read", "\x1b[1;38;5;3mstyled\x1b[m ─━▌ ‘quoted’ – — …", "日本語", "e\u0301te\u0301",
		"Ünïcödé", "→\ufe0f", "👩‍👩‍👧", "tab\there", "\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "\x1b[2K", "a\u200bb", "\xff", "·\u0301",
	} {
		if got, want := widthOf(text), ansi.StringWidth(text); got != want {
			t.Errorf("widthOf(%q) is %d, want %d", text, got, want)
		}
	}
	for r := rune(0x80); r < 0x3000; r++ {
		if narrow(r) && ansi.StringWidth(string(r)) != 1 {
			t.Errorf("%q takes %d cells", r, ansi.StringWidth(string(r)))
		}
	}
}
