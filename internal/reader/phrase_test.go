package reader

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/sshblog/sshblog/internal/library"
)

// firstSpans returns where a phrase stands in a text, at most so many times.
func firstSpans(p phrase, text string, most int) (spans []library.Span) {
	for at := range p.spans(text, p.normal(text)) {
		if spans = append(spans, at); len(spans) == most {
			break
		}
	}
	return spans
}

// A phrase is found where Go's regular expressions find it: its words, quoted, with \s+
// between them, and (?i) where there is no upper case.
func TestPhrase(t *testing.T) {
	const letters = "aAbkKsSΣσдД \t\n\f  .日"
	random := rand.New(rand.NewPCG(1, 2))
	some := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteRune([]rune(letters)[random.IntN(len([]rune(letters)))])
		}
		return b.String()
	}
	found := 0
	for range 20_000 {
		text, query := some(200), some(1+random.IntN(4))
		var want []library.Span
		if words := strings.Fields(query); len(words) > 0 {
			for i, word := range words {
				words[i] = regexp.QuoteMeta(word)
			}
			expression := strings.Join(words, `\s+`)
			if !strings.ContainsFunc(query, unicode.IsUpper) {
				expression = "(?i)" + expression
			}
			for _, at := range regexp.MustCompile(expression).FindAllStringIndex(text, 3) {
				want = append(want, library.Span{Start: at[0], End: at[1]})
			}
		}
		var got []library.Span
		if p, ok := phraseOf(query); ok {
			got = firstSpans(p, text, 3)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", query, text, got, want)
		}
		found += len(want)
	}
	if found < 1000 {
		t.Errorf("only %d were found in all", found)
	}
	if _, ok := phraseOf("a\xff"); ok {
		t.Error("what is no UTF-8 may match")
	}
}

// What is typed is found however it is written, and whole characters are marked.
func TestPhraseFolds(t *testing.T) {
	for _, c := range []struct{ query, text, want string }{
		{"don't panic", "Don’t\u00a0panic, don't\n panic", "Don’t\u00a0panic|don't\n panic"},
		{`said "go"`, "he said “go” and said «go»", "said “go”|said «go»"},
		{"naive cafe", "naïve café, nai\u0308ve cafe\u0301, NAÏVE CAFÉ", "naïve café|nai\u0308ve cafe\u0301|NAÏVE CAFÉ"},
		{"café", "cafe\u0301 café cafe", "cafe\u0301|café|cafe"},
		{"Caf\u00e9", "café Café CAFÉ", "Café"},
		{"STRASSE", "Straße STRASSE STRAẞE", "STRASSE|STRAẞE"},
		{"strasse", "Straße STRASSE", "Straße|STRASSE"},
		{"s", "ßs", "ß|s"}, // half of a character is all of it
		{"find", "We ﬁnd it", "ﬁnd"},
		{"no-break", "no‑break no–break", "no‑break|no–break"},
		{"10 000", "10\u202f000 10\u00a0\n000", "10\u202f000|10\u00a0\n000"},
		{"ガ", "ｶﾞカ\u3099カ", "ｶﾞ|カ\u3099"},
		{"한", "\u1112\u1161\u11ab하", "\u1112\u1161\u11ab"},
		{"οδοσ", "ΟΔΟΣ οδός", "ΟΔΟΣ|οδός"},
		{"\u200d", "a\u200db", ""},
	} {
		var got []string
		if p, ok := phraseOf(c.query); ok {
			for _, at := range firstSpans(p, c.text, 9) {
				got = append(got, c.text[at.Start:at.End])
			}
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q in %q: %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

// The longest query that nearly matches everywhere in the longest text.
func BenchmarkPhrase(b *testing.B) {
	text := strings.Repeat("a", 256<<10)
	for b.Loop() {
		p, _ := phraseOf(strings.Repeat("a", 198) + "b")
		if len(firstSpans(p, text, maxHits)) > 0 {
			b.Fatal("found")
		}
	}
}
