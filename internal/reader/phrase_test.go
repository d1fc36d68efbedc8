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

// A phrase is found where Go's regular expressions find it: its words, quoted, with [\s\v]+
// between them, and (?i) where there is no upper case.
func TestPhrase(t *testing.T) {
	const letters = "aAbkK\u212asSſéÉßẞΣσς \t\n\f  .日"
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
			expression := strings.Join(words, `[\s\v]+`)
			if !strings.ContainsFunc(query, unicode.IsUpper) {
				expression = "(?i)" + expression
			}
			for _, at := range regexp.MustCompile(expression).FindAllStringIndex(text, 3) {
				want = append(want, library.Span{Start: at[0], End: at[1]})
			}
		}
		var got []library.Span
		if p, ok := phraseOf(query); ok {
			got = p.spans(text, 3)
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

// The longest query that nearly matches everywhere in the longest text.
func BenchmarkPhrase(b *testing.B) {
	text := strings.Repeat("a", 256<<10)
	for b.Loop() {
		p, _ := phraseOf(strings.Repeat("a", 198) + "b")
		if len(p.spans(text, maxHits)) > 0 {
			b.Fatal("found")
		}
	}
}
