package post

import (
	"strings"
	"testing"
)

func TestSlugify(t *testing.T) {
	tests := []struct{ in, want string }{
		{"CI/CD", "ci-cd"},
		{"Node.js", "node-js"},
		{"hello-world", "hello-world"},
		{"snake_case", "snake_case"},
		{"  Two   words ", "two-words"},
		{"--- dashes ---", "dashes"},
		{"a -- b", "a-b"},
		{"-rf /", "rf"},
		{"../../etc/passwd", "etc-passwd"},
		{"R&D", "r-d"},
		{"C", "c"},
		{"C++", "cpp"},
		{"C#", "csharp"},
		{"F# and .NET", "fsharp-and-net"},
		{"Issue #12", "issue-12"},
		{"issue#12", "issue-12"},
		{"a+b", "a-b"},
		{"Über uns", "über-uns"},
		{"cafe\u0301", "café"},
		{"日本語 の 記事", "日本語-の-記事"},
		{"हिन्दी", "हिन्दी"},
		{"It’s 1️⃣ thing", "it-s-1-thing"},
		{"❤️ Go", "go"},
		{"🔥", "u1f525"},
		{"???", "u3f-u3f-u3f"},
		{strings.Repeat("🔥", 20), strings.TrimSuffix(strings.Repeat("u1f525-", 6), "-")},
		{"\ufe0f\ufffd", ""},
		{"\u3164", "u3164"}, // Hangul's filler, an invisible letter
		{"a\x1b[31mb", "a-31mb"},
		{"", ""},
		{" \t\n", ""},
		{strings.Repeat("word-", 40), strings.Repeat("word-", 19) + "word"},
		{strings.Repeat("é", 80), strings.Repeat("é", 50)},
	}
	for _, tt := range tests {
		if got := Slugify(tt.in); got != tt.want {
			t.Errorf("Slugify(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
