package search

import (
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// maxWord is the longest word that is told apart, in bytes; of longer ones only
// the beginning counts. Keys and hashes are that long, words are not.
const maxWord = 48

// scanner yields the words of a text as the index knows them: folded, so that "Café" is
// found by "cafe".
//
// A word is a run of letters and digits. An apostrophe inside belongs to it
// ("don't"), and so does what tells C++ and C# from C. Scripts that put no space
// between words yield each pair of neighbouring characters, and the last
// character alone: a pair is what a query of two characters or more can be
// looked up by without a dictionary of the language.
type scanner struct {
	text string
	at   int // the next byte to look at
	word []byte
}

// next returns the next word, valid until the call after, and where it stands.
func (s *scanner) next() (word []byte, at Span, ok bool) {
	for s.at < len(s.text) {
		r, n := s.rune(s.at)
		switch {
		case plaintext.IsDense(r):
			word, at, ok = s.pair()
		case isWord(r):
			word, at, ok = s.run()
		default:
			s.at += n
			continue
		}
		if len(word) > 0 { // not a mark alone, of which folding leaves nothing
			return word, at, ok
		}
	}
	return nil, Span{}, false
}

// rune decodes the rune at i.
func (s *scanner) rune(i int) (rune, int) {
	if c := s.text[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s.text[i:])
}

// pair yields a character of a dense script with the one after it.
func (s *scanner) pair() ([]byte, Span, bool) {
	start := s.at
	var n int
	s.word, n = plaintext.AppendFolded(s.word[:0], s.text[s.at:])
	s.at += n
	end := s.at
	if s.at < len(s.text) {
		if second, _ := s.rune(s.at); plaintext.IsDense(second) {
			s.word, n = plaintext.AppendFolded(s.word, s.text[s.at:])
			end += n
		}
	}
	return s.word, Span{start, end}, true
}

// run yields a run of letters and digits.
func (s *scanner) run() ([]byte, Span, bool) {
	start, i := s.at, s.at
	s.word = s.word[:0]
	for i < len(s.text) {
		if lower := asciiWord(s.text[i]); lower != 0 && (i+1 == len(s.text) || s.text[i+1] < utf8.RuneSelf) { // nearly all
			s.word = append(s.word, lower)
			i++
			continue
		}
		r, _ := s.rune(i)
		folded, n := plaintext.AppendFolded(s.word, s.text[i:])
		switch {
		case string(folded[len(s.word):]) == "'" && s.goesOn(i+n), r == softHyphen && i+n < len(s.text):
			i += n
			continue
		case plaintext.IsDense(r), !isWord(r) && !unicode.Is(unicode.M, r):
			return s.ran(start, i)
		}
		s.word = folded
		i += n
	}
	return s.ran(start, i)
}

// ran ends a run that was read up to i.
func (s *scanner) ran(start, i int) ([]byte, Span, bool) {
	i = s.plus(i)
	if len(s.word) > maxWord {
		s.word = s.word[:maxWord]
		for len(s.word) > 0 && !utf8.Valid(s.word) {
			s.word = s.word[:len(s.word)-1] // half a rune
		}
	}
	s.at = i
	return s.word, Span{start, i}, true
}

// goesOn reports whether a word goes on at i after an apostrophe.
func (s *scanner) goesOn(i int) bool {
	if i >= len(s.text) {
		return false
	}
	r, _ := s.rune(i)
	return unicode.IsLetter(r) && !plaintext.IsDense(r)
}

// plus adds the signs in the names of programming languages: C++, C#, F#.
func (s *scanner) plus(i int) int {
	for _, sign := range [...]string{"++", "#"} {
		end := i + len(sign)
		if end > len(s.text) || s.text[i:end] != sign {
			continue
		}
		if end < len(s.text) {
			if r, _ := s.rune(end); isWord(r) || s.text[end] == sign[0] {
				continue
			}
		}
		s.word = append(s.word, sign...)
		return end
	}
	return i
}

// softHyphen is where a word may be broken; nobody types it.
const softHyphen = '\u00ad'

// asciiWord returns the lower case of a letter or a digit, or 0.
func asciiWord(c byte) byte {
	switch {
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	}
	return 0
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return asciiWord(byte(r&0x7f)) != 0
	}
	return unicode.IsLetter(r) && r != 'ʼ' || unicode.IsNumber(r)
}
