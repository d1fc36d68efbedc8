package search

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is the longest word that is told apart, in bytes; of longer ones only
// the beginning counts. Keys and hashes are that long, words are not.
const maxWord = 48

// scanner yields the words of a text as the index knows them: in lower case,
// without accents, so that "Café" is found by "cafe".
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
		case isDense(r):
			word, at, ok = s.pair(r, n)
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
func (s *scanner) pair(r rune, n int) ([]byte, Span, bool) {
	start := s.at
	r, n = s.voiced(s.at, r, n)
	s.at += n
	s.word = fold(s.word[:0], r)
	end := s.at
	if s.at < len(s.text) {
		if second, n := s.rune(s.at); isDense(second) {
			second, n = s.voiced(s.at, second, n)
			s.word = fold(s.word, second)
			end += n
		}
	}
	return s.word, Span{start, end}, true
}

// voiced joins a kana with the voice mark behind it: some systems write them as
// two characters (か and U+3099), and half-width kana always are. r is the
// character at i, and n its bytes.
func (s *scanner) voiced(i int, r rune, n int) (rune, int) {
	if i+n == len(s.text) || s.text[i+n] < utf8.RuneSelf {
		return r, n
	}
	mark, bytes := s.rune(i + n)
	switch mark {
	case '゙', '゚', 'ﾞ', 'ﾟ':
		whole := norm.NFKC.String(s.text[i : i+n+bytes])
		if one, size := utf8.DecodeRuneInString(whole); size == len(whole) {
			return one, n + bytes
		}
	}
	return r, n
}

// run yields a run of letters and digits.
func (s *scanner) run() ([]byte, Span, bool) {
	start, i := s.at, s.at
	s.word = s.word[:0]
	for i < len(s.text) {
		c := s.text[i]
		if c < utf8.RuneSelf {
			if lower := asciiWord(c); lower != 0 {
				s.word = append(s.word, lower)
				i++
				continue
			}
			if c == '\'' && s.goesOn(i+1) {
				i++
				continue
			}
			break
		}
		r, n := utf8.DecodeRuneInString(s.text[i:])
		if r == '’' && s.goesOn(i+n) || r == softHyphen && i+n < len(s.text) {
			i += n
			continue
		}
		if !isWord(r) && !unicode.Is(unicode.M, r) || isDense(r) {
			break
		}
		s.word = fold(s.word, r)
		i += n
	}
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

// goesOn tells whether a word goes on at i after an apostrophe.
func (s *scanner) goesOn(i int) bool {
	if i >= len(s.text) {
		return false
	}
	r, _ := s.rune(i)
	return unicode.IsLetter(r) && !isDense(r)
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
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// isDense tells whether r is of a script that puts no spaces between words, or
// for which pairs find more than words do (in Korean, particles hang on nouns).
func isDense(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー' || r == '々'
}

// fold appends r in lower case and without its accents.
func fold(word []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		if lower := asciiWord(byte(r & 0x7f)); lower != 0 {
			return append(word, lower)
		}
		return append(word, byte(r&0x7f))
	}
	r = unicode.ToLower(r)
	switch r { // letters that Unicode does not take apart
	case 'ß':
		return append(word, "ss"...)
	case 'æ':
		return append(word, "ae"...)
	case 'œ':
		return append(word, "oe"...)
	case 'ø':
		return append(word, 'o')
	case 'đ', 'ð':
		return append(word, 'd')
	case 'ł':
		return append(word, 'l')
	case 'ı':
		return append(word, 'i')
	case 'ς': // at the end of a word only
		r = 'σ'
	}
	var encoded [utf8.UTFMax]byte
	bytes := utf8.AppendRune(encoded[:0], r)
	if isDense(r) && r < '\uff00' {
		return append(word, bytes...) // what it is made of are letters, not accents
	}
	apart := norm.NFKD.Properties(bytes).Decomposition()
	if apart == nil {
		apart = bytes
	}
	for len(apart) > 0 {
		part, n := utf8.DecodeRune(apart)
		if !unicode.Is(unicode.Mn, part) {
			word = utf8.AppendRune(word, unicode.ToLower(part))
		}
		apart = apart[n:]
	}
	return word
}
