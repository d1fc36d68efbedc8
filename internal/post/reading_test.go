package post

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestReadingTime(t *testing.T) {
	words := func(n int) string { return strings.Repeat("word ", n) }
	lines := func(n int) string { return "```\n" + strings.Repeat("x := f(a, b)\n", n) + "```\n" }
	tests := []struct {
		name, in string
		want     int
	}{
		{"nothing", "", 0},
		{"only marks", "---\n\n***\n\n<!-- note to self -->\n\n[a]: https://example.org\n", 0},
		{"one word", "word", 1},
		{"a minute of words", words(212), 1},
		{"and one word", words(213), 2},
		{"ten minutes of words", words(2120), 10},
		{"a minute of Chinese", strings.Repeat("字", 500), 1},
		{"and one character", strings.Repeat("字", 501), 2},
		{"Japanese with spaces", strings.Repeat("かな 　", 250), 1},
		{"half a minute of each", words(106) + strings.Repeat("字", 250), 1},
		{"and one word", words(107) + strings.Repeat("字", 250), 2},
		{"a minute of code", lines(40), 1},
		{"and one line", lines(41), 2},
		{"blank lines of code", "```\n" + strings.Repeat("\n", 400) + "x\n```", 1},
		{"indented code", strings.Repeat("    x := f(a, b)\n", 41), 2},
		{"a third of a minute of each", words(71) + strings.Repeat("字", 166) + "\n\n" + lines(13), 1},
		{"tags, shortcodes and comments", strings.Repeat("<b class=\"a b c d e\">word</b> {{< z a b c >}} {% y a b c %}\n", 200), 1},
		{"punctuation", strings.Repeat("— - | & * ", 1000) + "word", 1},
		{"links' targets", "[" + words(200) + "](https://example.org/a/very/long/path/that/nobody/reads)", 1},
		{"Cherokee and Georgian", strings.Repeat("ᏣᎳᎩ ⴀⴁⴂ ", 107), 2},
		{"Korean", strings.Repeat("한국어 ", 167), 2},
		{"Cyrillic, Greek and Arabic", strings.Repeat("слово λέξη كلمة ", 71), 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := new(Post).read(tt.in).minutes(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestMinutes(t *testing.T) {
	tests := []struct {
		in   string
		want int // 0 for a refusal
	}{
		{"7", 7},
		{"7 min", 7},
		{"~7 minutes", 7},
		{"7-min read", 7},
		{"6.5", 7},
		{"0.1", 1},
		{"1440", 1440},
		{"1441", 0},
		{"0", 0},
		{"-7", 0},
		{"", 0},
		{"min", 0},
		{"7 hours", 0},
		{"1e9", 0},
		{"1.2.3", 0},
		{"99999999999999999999999999", 0},
	}
	for _, tt := range tests {
		got, ok := minutes(tt.in)
		if got != tt.want || ok != (tt.want > 0) {
			t.Errorf("minutes(%q) = %d, %v, want %d", tt.in, got, ok, tt.want)
		}
	}
}

// Every character of ASCII counts as what Unicode says it is.
func TestCountWordsOfASCII(t *testing.T) {
	for r := range rune(utf8.RuneSelf) {
		want := 0
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			want = 1
		}
		if words, cjk := countWords("-" + string(r) + "-"); words != want || cjk != 0 {
			t.Errorf("%q is %d words", r, words)
		}
		want = 1
		if unicode.IsSpace(r) {
			want = 2
		}
		if words, _ := countWords("a" + string(r) + "b"); words != want {
			t.Errorf("%q leaves %d words, want %d", r, words, want)
		}
	}
}
