package reader

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/library"
)

// phrase is the words of a query in their order, in the form in which texts are searched
// for it: with one space for any white space or line end between words, and without case
// unless the query has upper case, as in less and vim. The time of a search grows with the
// text, whatever the query is: nobody else gets the turn meanwhile.
type phrase struct {
	text     string
	caseless bool
}

// phraseOf returns the phrase of a query, and false if nothing can match it.
func phraseOf(query string) (phrase, bool) {
	words := strings.Fields(query)
	if len(words) == 0 || !utf8.ValidString(query) {
		return phrase{}, false
	}
	p := phrase{caseless: !strings.ContainsFunc(query, unicode.IsUpper)}
	p.text = p.normal(strings.Join(words, " "))
	return p, true
}

// spans returns where the phrase stands in a text, at most so many times.
func (p phrase) spans(text string, most int) (spans []library.Span) {
	normal := p.normal(text)
	from, read, written := 0, 0, 0
	place := func(at int) int { // in the text, of a place in its normal form after the last
		for written < at {
			r, size := p.next(text[read:])
			read, written = read+size, written+utf8.RuneLen(r)
		}
		return read
	}
	for len(spans) < most {
		i := strings.Index(normal[from:], p.text)
		if i < 0 {
			break
		}
		start := place(from + i)
		from += i + len(p.text)
		spans = append(spans, library.Span{Start: start, End: place(from)})
	}
	return spans
}

// normal returns a text in the form in which it is searched.
func (p phrase) normal(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		r, size := p.next(text)
		b.WriteRune(r)
		text = text[size:]
	}
	return b.String()
}

// next returns the first rune of the normal form of a text that is not empty, and how
// many bytes of the text become it.
func (p phrase) next(text string) (r rune, size int) {
	if r, size = rune(text[0]), 1; r >= utf8.RuneSelf {
		r, size = utf8.DecodeRuneInString(text)
	}
	switch {
	case isSpace(r):
		for size < len(text) && isSpace(rune(text[size])) {
			size++
		}
		return ' ', size
	case !p.caseless:
		return r, size
	case r < utf8.RuneSelf:
		return unicode.ToLower(r), size
	}
	return caseless(r), size
}

// isSpace reports whether there may be any number of r between two words.
func isSpace(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }

// caseless returns the same rune for all that differ in their case only: the least of
// them, or that in lower case where it is in ASCII.
func caseless(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	if least < utf8.RuneSelf {
		return unicode.ToLower(least)
	}
	return least
}
