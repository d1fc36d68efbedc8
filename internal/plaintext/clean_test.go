package plaintext

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, line, body string }{
		{"plain", "Über CI/CD – 日本語 👩‍👩‍👧", "Über CI/CD – 日本語 👩‍👩‍👧", "Über CI/CD – 日本語 👩‍👩‍👧"},
		{"empty", "", "", ""},
		{"escape", "a\x1b[31mb\x1b]0;x\x07c", "a[31mb]0;xc", "a[31mb]0;xc"},
		{"nul, backspace and delete", "a\x00b\bc\x7fd", "abcd", "abcd"},
		{"C1 as code points", "a\u0080b\u009bc\u009fd", "abcd", "abcd"},
		{"C1 as bytes", "a\x9bb", "a\ufffdb", "a\ufffdb"},
		{"no-break space is no control", "a\u00a0b", "a\u00a0b", "a\u00a0b"},
		{"newline and tab", "a\n\tb", "a  b", "a\n\tb"},
		{"CRLF", "a\r\nb\r\n", "a  b  ", "a\nb\n"},
		{"CR alone", "a\rb\r\r\nc", "a b   c", "a\nb\n\nc"},
		{"page breaks and Unicode line ends", "a\vb\fc\u0085d\u2028e\u2029f", "a b c d e f", "a b c d e f"},
		{"directional marks", "a\u061cb\u200ec\u200fd", "abcd", "abcd"},
		{"bidirectional overrides", "a\u202ab\u202bc\u202cd\u202de\u202ef", "abcdef", "abcdef"},
		{"bidirectional isolates", "a\u2066b\u2067c\u2068d\u2069e", "abcde", "abcde"},
		{"neighbours of what is dropped", "\u061b\u061d\u200b\u200d\u2010\u2027\u202f\u2065\u206a", "\u061b\u061d\u200d\u2010\u2027\u202f", "\u061b\u061d\u200b\u200d\u2010\u2027\u202f\u2065\u206a"},
		{"invisible", "a\u00adb\ufeffc\u2060d\u034f\u3164\U000e0041\ufffee", "abcde", "a\u00adb\ufeffc\u2060d\u034f\u3164\U000e0041\ufffee"},
		{"a region's flag, and no more", "🏴\U000e0067\U000e007f\U000e0001 \U000e0067", "🏴\U000e0067\U000e007f ", "🏴\U000e0067\U000e007f\U000e0001 \U000e0067"},
		{"hidden text behind a flag", "🏴" + strings.Repeat("\U000e0067", 9) + "x", "🏴" + strings.Repeat("\U000e0067", 7) + "x", "🏴" + strings.Repeat("\U000e0067", 9) + "x"},
		{"a sign before a number", "\u0600\u06f1 \u06dd", "\u0600\u06f1 \u06dd", "\u0600\u06f1 \u06dd"},
		{"not UTF-8", "caf\xe9 \xf0\x9f\x91", "caf\ufffd \ufffd\ufffd\ufffd", "caf\ufffd \ufffd\ufffd\ufffd"},
		{"surrogates and overlong forms", "\xed\xa0\x80 \xc0\x9b", "\ufffd\ufffd\ufffd \ufffd\ufffd", "\ufffd\ufffd\ufffd \ufffd\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.line {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.line)
			}
			if got := CleanBody(tt.in); got != tt.body {
				t.Errorf("CleanBody(%q) = %q, want %q", tt.in, got, tt.body)
			}
		})
	}
}

// What somebody typed also loses what a line of input cannot show.
func TestCleanTyped(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"text", "Über CI/CD – 日本語 ⚠\ufe0f", "Über CI/CD – 日本語 ⚠\ufe0f"},
		{"all that Clean drops", "a\x1b\u009b\u061c\u200e\u200f\u202a\u202e\u2066\u2069b", "ab"},
		{"line ends and tabs", "a\tb\u2028c", "a b c"},
		{"not UTF-8", "caf\xe9\xed\xa0\x80", "caf"},
		{"a replacement character", "a\ufffdb", "ab"},
		{"soft hyphen, byte order mark, zero width space, word joiner", "a\u00ad\ufeff\u200b\u2060b", "ab"},
		{"deprecated format characters and tags", "a\u206a\u206f\ufff9\U000e0001\U000e0041b", "ab"},
		{"fillers", "a\u034f\u115f\u3164\uffa0\u180eb", "ab"},
		{"noncharacters", "a\ufffe\uffff\ufdd0\U0010ffffb", "ab"},
		{"joiners", "می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := CleanTyped(tt.in); got != tt.want {
				t.Errorf("CleanTyped(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCleanKeepsCleanTextAsItIs(t *testing.T) {
	in := "A title – with an em dash, naïve and 日本語"
	if n := testing.AllocsPerRun(10, func() { in = Clean(in) }); n != 0 {
		t.Errorf("Clean allocates %v times for text that is clean", n)
	}
}

// The quick check and the slow one must agree at every offset, since one takes
// steps of eight bytes.
func TestIsCleanBody(t *testing.T) {
	const text = "plain text, more of it\n\tand – 日本語\n"
	for at := range len(text) {
		for b := range 256 {
			src := []byte(text)
			src[at] = byte(b)
			if got, want := IsCleanBody(src), CleanBody(string(src)) == string(src); got != want {
				t.Errorf("byte %#x at %d: got %v, want %v", b, at, got, want)
			}
		}
	}
}

// What is quickly made a line is what it is made by all the steps.
func TestLine(t *testing.T) {
	pieces := []string{"a", "b", " ", " ", "\n", "\t", "“", "…", "é", "語", "\u00a0", "\u3000", "\u00ad", "\u200b", "\u200d", "\u2028", "\u202e", "\u0600", "\x1b", "\x7f", "\r\n", "\xff", "\ufffd", "🏴\U000e0067\U000e007f", "\U000e0067", "\u0085", "\v"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		if got, want := Line(b.String()), OneSpace(Clean(b.String())); got != want {
			t.Fatalf("Line(%q) = %q, want %q", b.String(), got, want)
		}
	}
}
