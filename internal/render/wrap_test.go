package render

import (
	"slices"
	"strings"
	"testing"
)

func wrapped(width int, spans ...span) []string {
	var lines []string
	wrap(spans, width, func(line []span, _ bool) {
		var b strings.Builder
		for _, s := range line {
			b.WriteString(s.text)
		}
		lines = append(lines, b.String())
	})
	return lines
}

func TestWrapOverSpans(t *testing.T) {
	loud := ink{face: bold}
	tests := []struct {
		name  string
		spans []span
		width int
		want  []string
	}{
		{"no break inside a word", []span{{text: "ab c"}, {text: "de", ink: loud}, {text: "f gh"}}, 5, []string{"ab", "cdef", "gh"}},
		{"space at a border", []span{{text: "ab "}, {text: " cd", ink: loud}}, 9, []string{"ab cd"}},
		{"combining mark in the next span", []span{{text: "e"}, {text: "\u0301x", ink: loud}}, 9, []string{"e\u0301x"}},
		{"hard break", []span{{text: "a\n"}, {text: "\nb"}}, 9, []string{"a", "", "b"}},
		{"nothing", nil, 9, []string{""}},
		{"spaces", []span{{text: "   "}}, 9, []string{""}},
		{"address", []span{{text: "https://example.com/a/long/path?and=more"}}, 24, []string{"https://example.com/a/", "long/path?and=more"}},
		{"word", []span{{text: "abcdefghij"}}, 4, []string{"abcd", "efgh", "ij"}},
		{"a cluster too wide for any line", []span{{text: "a👨\u200d👩\u200d👧\u200d👦b"}}, 4, []string{"a👨\u200d", "👩\u200d👧\u200d", "👦b"}},
		{"too wide for any line", []span{{text: "a漢b"}}, 1, []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := wrapped(tt.width, tt.spans...); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzWrap promises that wrapping loses nothing but spaces, that no line is
// wider than asked, and that none starts or ends with a space.
func FuzzWrap(f *testing.F) {
	f.Add("one two  three", "漢字「漢字」。", uint8(7))
	f.Add("👩\u200d👩\u200d👧", "e\u0301\u0301 🇩🇪🇫🇷", uint8(2))
	f.Fuzz(func(t *testing.T, a, b string, width uint8) {
		width = max(width, 2)
		a, b = clean(a), clean(b)
		lines := wrapped(int(width), span{text: a}, span{text: b, ink: ink{face: bold}})
		bare := strings.NewReplacer(" ", "", "\n", "")
		if got, want := bare.Replace(strings.Join(lines, "")), bare.Replace(a+b); got != want {
			t.Errorf("%q became %q", want, got)
		}
		for i, line := range lines {
			if cells(line) > int(width) {
				t.Errorf("line %d is %d cells wide, want at most %d: %q", i, cells(line), width, line)
			}
			if strings.Trim(line, " ") != line {
				t.Errorf("line %d has spaces around it: %q", i, line)
			}
		}
	})
}
