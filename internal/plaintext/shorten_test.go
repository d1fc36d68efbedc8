package plaintext

import (
	"strings"
	"testing"
)

func TestShorten(t *testing.T) {
	tests := []struct {
		name, in     string
		words, bytes int
		want         string
	}{
		{"short enough", "One two three.", 3, 100, "One two three."},
		{"between words", "one two three four", 3, 100, "one two three…"},
		{"after a sentence", "One two. Three four five six", 4, 100, "One two. …"},
		{"not after a short sentence", "Hey! One two three four five six seven", 6, 100, "Hey! One two three four five…"},
		{"not after an abbreviation", "One two e.g. Three four five", 4, 100, "One two e.g. Three…"},
		{"not after a small letter", "One two v1.0. is out now", 4, 100, "One two v1.0. is…"},
		{"comma before the cut", "one two, three", 2, 100, "one two…"},
		{"by bytes", "one two three four", 100, 13, "one two…"},
		{"one endless word", "abcdefghijkl", 100, 8, "abcd…"},
		{"Chinese counts by the character", "你好世界你好世界", 2, 100, "你好世界…"},
		{"Chinese sentences", "你好世界。你好世界你好", 4, 100, "你好世界。 …"},
		{"the mark must fit, too", "One two three. Four five", 4, 25, "One two three. …"},
		{"the mark does not fit", "One two three. Four five", 4, 17, "One two…"},
		{"marks stay with their letter", "abe\u0301\u0301\u0301x", 100, 9, "ab…"},
		{"more marks than any writing has", "a" + strings.Repeat("\u0301", 50), 100, 68, "a" + strings.Repeat("\u0301", 31) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Shorten(tt.in, tt.words, tt.bytes)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(got) > tt.bytes {
				t.Errorf("%q has %d bytes, want at most %d", got, len(got), tt.bytes)
			}
		})
	}
}
