package lines

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

// hostile is text of which only "abc", the joiners and the spaces may be shown.
const hostile = "a\x1b\u009b\u202e\u2066\u200f\u00ad\ufeff\u2060\u200b\U000e0041b\u200c\u200d\x00\x7f\xff\u3164c"

// A client with a pty is not sent back what hides or reorders text, and it does
// not count as an answer.
func TestLinesAnswersAreClean(t *testing.T) {
	got := converse(t, corpus.Blog(9), true, "\u202e2\u00ad\ufeff\r/"+strings.ReplaceAll(hostile, "\x1b", "")+"\rq\r")
	isSpoken(t, got)
	if !strings.Contains(got, "The first paragraph of post 8") {
		t.Errorf("the number does not count:\n%s", got)
	}
}

// isSpoken fails the test if a conversation has what no terminal should get. A
// backspace is how an erased character goes.
func isSpoken(t *testing.T, said string) {
	t.Helper()
	if !utf8.ValidString(said) {
		t.Errorf("it is not UTF-8: %q", said)
	}
	for _, r := range strings.NewReplacer("\r\n", "", "\n", "", "\b", "").Replace(said) {
		// Joiners, and the Arabic signs that stand before a number, are shown.
		shown := r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Prepended_Concatenation_Mark, r)
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || !shown && (unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)) {
			t.Errorf("it says %U: %q", r, said)
		}
	}
}

// What authors hide in their posts is not said.
func TestNothingHiddenIsSpoken(t *testing.T) {
	in := func(text string) string {
		return strings.ReplaceAll(text, "x", "x\u00ad\ufeff\u2060\u200b\u034f\u115f\u3164\uffa0\u180e\u2064\u206a\ufff9\U000e0041\U000e0001\ufffex")
	}
	posts := corpus.Blog(3)
	posts["_index.md"] = corpus.File(in("---\ntitle: Blog x\ntagline: Line x\n---\n"))
	posts["cat/_index.md"] = corpus.File(in("---\ntitle: Cat x\ndescription: About x\n---\n"))
	posts["rich.md"] = corpus.File(in("---\ntitle: 'Title x'\ndate: 2026-05-01\ncategories: [cat, 'Other x']\ntags: ['tag x', x]\nauthors: ['Author x']\n" +
		"series: Series x\nsummary: 'Summary x'\n---\nText so&shy;ft&ZeroWidthSpace; x `code x` [link x](https://example.com/x \"title x\") [gone x](gone-x.md) ![image x](x.png)\n"))
	got := converse(t, posts, false, "1\n1\n2\n3\n\nc\n\n/summary\n1\n\nq\n")
	isSpoken(t, got)
	if !strings.Contains(got, "Title xx") {
		t.Errorf("the posts are not there:\n%s", got)
	}
}
