package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// maxWords and maxPhrase are the most words of a query that count, different
// ones and in all: the time that a title takes grows with them.
const maxWords, maxPhrase = 16, 32

// Query is what is looked for.
type Query struct {
	words  []wanted // each once
	phrase []wanted // as they follow each other
	sum    uint32   // also of words that do not count
}

// wanted is one word of a query.
type wanted struct {
	text string
	open bool // it may go on: it is still being typed
	// joined tells that no space is before it, but another word; only in a phrase.
	joined bool
}

// means reports whether a word of a text is the one that is wanted.
func (w *wanted) means(word []byte) bool {
	return len(word) >= len(w.text) && string(word[:len(w.text)]) == w.text && (w.open || len(word) == len(w.text))
}

// Parse reads the words of a query. The last one also stands for all words that
// begin with it, unless a space or a mark ends it.
func Parse(text string) Query {
	q := Query{sum: noWords}
	s := scanner{text: text}
	end, last := 0, -1
	for word, at, ok := s.next(); ok; word, at, ok = s.next() {
		q.sum = addWord(q.sum, word)
		// The single character that ends a run of a dense script is already
		// in the pair before it.
		if at.End == end || len(q.words) == maxWords || len(q.phrase) == maxPhrase {
			continue
		}
		joined := end > 0 && !strings.ContainsFunc(text[min(end, at.Start):at.Start], unicode.IsSpace)
		end = at.End
		// What comes after a character of a dense script makes it a pair.
		alone, n := utf8.DecodeRune(word)
		w := wanted{text: string(word), open: n == len(word) && plaintext.IsDense(alone)}
		last = slices.Index(q.words, w)
		if last < 0 {
			last, q.words = len(q.words), append(q.words, w)
		}
		w.joined = joined
		q.phrase = append(q.phrase, w)
	}
	if last >= 0 && end == len(text) {
		q.words[last].open, q.phrase[len(q.phrase)-1].open = true, true
	}
	return q
}

// IsZero reports whether there is nothing to look for.
func (q Query) IsZero() bool { return len(q.words) == 0 }

// Terms are the words that a search was after, to find them in a text.
type Terms struct {
	words []wanted
	// fixed are what misspelt words were taken for.
	fixed []string
}

// Terms returns the words of a query as they were typed.
func (q Query) Terms() Terms { return Terms{words: q.words} }

// IsZero reports whether there are no words.
func (t Terms) IsZero() bool { return len(t.words) == 0 && len(t.fixed) == 0 }

// Corrected returns the words that misspelt ones were taken for.
func (t Terms) Corrected() []string { return t.fixed }

// Spans returns where the words stand in text, in order and apart from each
// other, and how many different ones there are.
func (t Terms) Spans(text string) (spans []Span, different int) {
	var seen uint64
	s := scanner{text: text}
	for word, at, ok := s.next(); ok; word, at, ok = s.next() {
		which := t.which(word)
		if which < 0 {
			continue
		}
		seen |= 1 << which
		if n := len(spans); n > 0 && spans[n-1].End >= at.Start {
			spans[n-1].End = at.End // pairs of a dense script overlap
			continue
		}
		spans = append(spans, at)
	}
	for ; seen > 0; seen &= seen - 1 {
		different++
	}
	return spans, different
}

// which returns the number of the word that text is, or -1.
func (t Terms) which(text []byte) int {
	for i := range t.words {
		if t.words[i].means(text) {
			return i
		}
	}
	for i, word := range t.fixed {
		if string(text) == word {
			return len(t.words) + i
		}
	}
	return -1
}

// Different returns the number of words, which is what Spans returns for a text
// that has them all.
func (t Terms) Different() int { return len(t.words) }

// String lists the words.
func (q Query) String() string {
	texts := make([]string, len(q.words))
	for i, w := range q.words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}
