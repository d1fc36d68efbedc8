package render

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/textwidth"
	"github.com/sshblog/sshblog/internal/theme"
)

func wrapped(width int, spans ...span) []string {
	var lines []string
	wrap(spans, width, false, func(line []span, _ bool) {
		var b strings.Builder
		for _, s := range line {
			b.WriteString(s.text)
		}
		lines = append(lines, b.String())
	})
	return lines
}

func TestWrapOverSpans(t *testing.T) {
	loud := theme.Style{Attributes: theme.Bold}
	tests := []struct {
		name  string
		spans []span
		width int
		want  []string
	}{
		{"no break inside a word", []span{{text: "ab c"}, {text: "de", style: loud}, {text: "f gh"}}, 5, []string{"ab", "cdef", "gh"}},
		{"space at a border", []span{{text: "ab "}, {text: " cd", style: loud}}, 9, []string{"ab cd"}},
		{"combining mark in the next span", []span{{text: "e"}, {text: "\u0301x", style: loud}}, 9, []string{"e\u0301x"}},
		{"hard break", []span{{text: "a\n"}, {text: "\nb"}}, 9, []string{"a", "", "b"}},
		{"nothing", nil, 9, []string{""}},
		{"spaces", []span{{text: "   "}}, 9, []string{""}},
		{"address", []span{{text: "https://example.com/a/long/path?and=more"}}, 24, []string{"https://example.com/a/", "long/path?and=more"}},
		{"word", []span{{text: "abcdefghij"}}, 4, []string{"abcd", "efgh", "ij"}},
		{"a cluster too wide for any line", []span{{text: "a👨\u200d👩\u200d👧\u200d👦b"}}, 4, []string{"a👨\u200d", "👩\u200d👧\u200d", "👦b"}},
		{"too wide for any line", []span{{text: "a漢b"}}, 1, []string{"a", "b"}},
		{"zero width space", []span{{text: "ab cde"}, {}, {text: "fg"}}, 6, []string{"ab cde", "fg"}},
		{"soft hyphen", []span{{text: "ab"}, {link: added}, {text: "cd"}, {link: added}, {text: "ef g"}}, 5, []string{"abcd-", "ef g"}},
		{"no room for a hyphen", []span{{text: "ab"}, {link: added}, {text: "cd"}, {link: added}, {text: "ef"}}, 4, []string{"ab-", "cdef"}},
		{"soft hyphen before a space", []span{{text: "abc"}, {link: added}, {text: " de"}}, 5, []string{"abc", "de"}},
		{"soft hyphen behind a space", []span{{text: "abc "}, {link: added}, {text: "de"}}, 5, []string{"abc", "de"}},
		{"soft hyphen in a word that is torn", []span{{text: "abcdef"}, {link: added}, {text: "ghi"}}, 4, []string{"abcd", "ef-", "ghi"}},
		{"em space", []span{{text: "\u2003ab\u2003cde"}}, 5, []string{"\u2003ab\u2003", "cde"}},
		{"no-break and figure space", []span{{text: "ab c\u00a0d\u2007e"}}, 6, []string{"ab", "c\u00a0d\u2007e"}},
		{"thai", []span{{text: "ภาษาไทยเป็นภาษา"}}, 9, []string{"ภาษาไทย", "เป็นภาษา"}},
		{"thai behind a word", []span{{text: "ab ขณะนี้"}}, 6, []string{"ab ขณะ", "นี้"}},
		{"lao", []span{{text: "ພາສາລາວແມ່ນ"}}, 9, []string{"ພາສາລາວ", "ແມ່ນ"}},
		{"burmese", []span{{text: "မြန်မာဘာသာ"}}, 5, []string{"မြန်မာ", "ဘာသာ"}},
		{"khmer letters below others", []span{{text: "ខ្មែរខ្មែរ"}}, 3, []string{"ខ្មែ", "រ", "ខ្មែ", "រ"}},
		{"tibetan", []span{{text: "བོད་སྐད་"}}, 4, []string{"བོད་", "སྐད་"}},
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
		a, b = markdown.Clean(a), markdown.Clean(b)
		lines := wrapped(int(width), span{text: a}, span{text: b, style: theme.Style{Attributes: theme.Bold}})
		bare := strings.NewReplacer(" ", "", "\n", "")
		if got, want := bare.Replace(strings.Join(lines, "")), bare.Replace(a+b); got != want {
			t.Errorf("%q became %q", want, got)
		}
		for i, line := range lines {
			if textwidth.Of(line) > int(width) {
				t.Errorf("line %d is %d cells wide, want at most %d: %q", i, textwidth.Of(line), width, line)
			}
			if strings.Trim(line, " ") != line {
				t.Errorf("line %d has spaces around it: %q", i, line)
			}
		}
	})
}

// A line of clusters, each of which is a span, is measured without one text for each.
func TestMeasuresOnce(t *testing.T) {
	line := slices.Repeat([]span{{text: "a\u0301"}}, 500)
	if cells := cellsOf(line); cells != 500 {
		t.Errorf("the line has %d cells, want 500", cells)
	}
	if n := testing.AllocsPerRun(10, func() { cellsOf(line) }); n > 20 {
		t.Errorf("it is measured with %.0f allocations, want at most 20", n)
	}
}
