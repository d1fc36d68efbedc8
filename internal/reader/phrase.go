package reader

import (
	"bytes"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/plaintext"
)

// phrase is the words of a query in their order, in the normal form in which texts are searched for it: folded
// as in the search over all posts, with one space for any white space or line end between words, but with case
// if the query has upper case, as in less and vim. The time of a search grows with the text and not with the
// query, so that no other session waits long.
type phrase struct {
	text     []byte
	caseless bool
}

// phraseOf returns the phrase of a query, and false if nothing can match it.
func phraseOf(query string) (phrase, bool) {
	p := phrase{caseless: !strings.ContainsFunc(query, unicode.IsUpper)}
	p.text = bytes.TrimSpace(p.normal(query))
	return p, len(p.text) > 0 && utf8.ValidString(query)
}

// spans yields where the phrase stands in a text, whose normal form is given.
func (p phrase) spans(text string, normal []byte) iter.Seq[library.Span] {
	return func(yield func(library.Span) bool) {
		// read is how far the text is read, and the unit of size bytes after it is at written in the normal
		// form.
		read, written, size := 0, 0, 0
		var unit []byte
		reach := func(at int) {
			for written+len(unit) < at {
				read, written = read+size, written+len(unit)
				unit, size = p.next(unit[:0], text[read:])
			}
		}
		end := 0 // of the span before
		for from := 0; ; {
			i := bytes.Index(normal[from:], p.text)
			if i < 0 {
				return
			}
			reach(from + i + 1)
			start := read
			from += i + len(p.text)
			reach(from)
			if start < end {
				continue // both are in a ligature
			}
			end = read + size
			if !yield(library.Span{Start: start, End: end}) {
				return
			}
		}
	}
}

// normal returns a text in the form in which it is searched.
func (p phrase) normal(text string) []byte {
	b := make([]byte, 0, len(text))
	for len(text) > 0 {
		var size int
		b, size = p.next(b, text)
		text = text[size:]
	}
	return b
}

// next appends the first character of the normal form of a text that is not empty, and
// returns how many bytes of the text become it.
func (p phrase) next(to []byte, text string) (normal []byte, size int) {
	before := len(to)
	to, size = plaintext.AppendFolded(to, text)
	if string(to[before:]) == " " {
		for size < len(text) {
			r, n := utf8.DecodeRuneInString(text[size:])
			if !unicode.IsSpace(r) {
				break
			}
			size += n
		}
	} else if !p.caseless {
		if r, _ := utf8.DecodeRuneInString(text); unicode.IsUpper(r) {
			to = append(to[:before], bytes.ToUpper(to[before:])...)
		}
	}
	return to, size
}
