package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// standing says how the words of a query stand in a title. A higher one ranks before
// any score: whoever types a title, or a version, wants that one, and the score
// knows neither order nor repetition ("4.0.4" is 4 and 0).
type standing uint8

const (
	apart  standing = iota // not all of them are in the title, or just anyhow
	pieces                 // what no space parts in the query ("4.0.4") stands together
	begun                  // next to each other in their order; the last one goes on
	within                 // next to each other in their order, in something longer: "4.0.4.rc1"
	phrase                 // next to each other in their order
	entire                 // nothing else stands in the title
)

// maxTitles is how many titles a search reads at most, half a microsecond each.
// Of what is beyond it only the entire stands out, which takes no reading.
const maxTitles = 4096

// titles finds the standing of a query in titles.
type titles[K comparable] struct {
	query Query
	title func(K) string
	read  int
	scan  scanner
}

// standing returns how the query stands in the title of a document whose title has all
// its words. sum is that of the title's words.
func (t *titles[K]) standing(key K, sum uint32) standing {
	switch {
	case sum == t.query.sum:
		return entire
	case len(t.query.phrase) < 2 || t.read == maxTitles:
		return apart // one word has no order; where it counts is what the score is for
	}
	t.read++
	return t.query.standing(&t.scan, t.title(key))
}

// standing finds the words of the query in a title, which has others too.
func (q Query) standing(s *scanner, title string) standing {
	if best := together(s, title, q.phrase); best > apart {
		return best
	}
	best := apart
	for rest := q.phrase; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].joined {
			n++
		}
		if n == len(q.phrase) || n > 1 && together(s, title, rest[:n]) == apart {
			return apart
		}
		if n > 1 {
			best = pieces
		}
		rest = rest[n:]
	}
	return best
}

// together returns the best standing that words have together in a title.
func together(s *scanner, title string, words []wanted) standing {
	best := apart
	s.text = title
	for from := 0; ; {
		var word []byte
		var all Span
		s.at = from
		have := 0
		for have < len(words) {
			w, at, ok := s.next()
			if !ok {
				return best // for those that begin later there is less left
			}
			if at.End == all.End {
				continue // as in Parse
			}
			word, all.End = w, at.End
			if have == 0 {
				all.Start, from = at.Start, s.at
			}
			if !words[have].means(word) {
				break
			}
			have++
		}
		switch {
		case have < len(words):
		case len(word) > len(words[have-1].text):
			best = max(best, begun)
		case continues(title, all):
			best = max(best, within)
		default:
			return phrase
		}
	}
}

// continues reports whether a word stands before or behind a part of a text with no
// space between.
func continues(text string, part Span) bool {
	touches := func(r rune) bool { return isWord(r) || unicode.IsSpace(r) }
	if i := strings.LastIndexFunc(text[:part.Start], touches); i >= 0 && !unicode.IsSpace(runeAt(text, i)) {
		return true
	}
	i := strings.IndexFunc(text[part.End:], touches)
	return i >= 0 && !unicode.IsSpace(runeAt(text, part.End+i))
}

func runeAt(text string, i int) rune {
	r, _ := utf8.DecodeRuneInString(text[i:])
	return r
}

// noWords is the sum of no words, from which that of some is made: FNV-1a of 32
// bits (Fowler, Noll and Vo), with a byte behind each word that is in none.
const noWords = 2166136261

// addWord returns the sum of the words before and one more.
func addWord(sum uint32, word []byte) uint32 {
	const prime = 16777619
	for _, c := range word {
		sum = (sum ^ uint32(c)) * prime
	}
	return (sum ^ 0xff) * prime
}
