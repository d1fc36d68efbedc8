package search

import (
	"testing"
	"unicode/utf8"
)

// Whatever a text is: its words stand in it in order and at the borders of its
// characters, are no longer than maxWord and valid, and are found when they are
// looked for; and a query made of it finds the text and marks it.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"The end.", "don't C++ C# Straße", "Go言語の本", "e\u0301\u0301'", "\xff\xe3\x81", "ก็ดี", "ﬁﬂ Ⅷ ½"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := scanner{text: text}
		end, words := 0, 0
		for word, at, ok := s.next(); ok; word, at, ok = s.next() {
			words++
			if at.End <= at.Start || at.End < end || at.End > len(text) || !utf8.ValidString(text) != !utf8.ValidString(text[at.Start:at.End]) && utf8.ValidString(text) {
				t.Fatalf("%q: a word at %v after one that ends at %d", text, at, end)
			}
			if len(word) > maxWord || !utf8.Valid(word) {
				t.Fatalf("%q: the word %q", text, word)
			}
			end = at.End
		}
		l := library{"key": text}
		q := Parse(text)
		if q.IsZero() != (words == 0) {
			t.Fatalf("%q: %d words and the query %q", text, words, q)
		}
		if q.IsZero() {
			return
		}
		if got := find(l.index(t), text); len(got) != 1 {
			t.Fatalf("%q does not find itself", text)
		}
		if spans, n := q.Terms().Spans(text); len(spans) == 0 || n == 0 {
			t.Fatalf("%q marks nothing in itself", text)
		}
	})
}
