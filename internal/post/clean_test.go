package post

import "testing"

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
		{"neighbours of what is dropped", "\u061b\u061d\u200b\u200d\u2010\u2027\u202f\u2065\u206a", "\u061b\u061d\u200b\u200d\u2010\u2027\u202f\u2065\u206a", "\u061b\u061d\u200b\u200d\u2010\u2027\u202f\u2065\u206a"},
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
			if got, want := isCleanBody(src), CleanBody(string(src)) == string(src); got != want {
				t.Errorf("byte %#x at %d: got %v, want %v", b, at, got, want)
			}
		}
	}
}
