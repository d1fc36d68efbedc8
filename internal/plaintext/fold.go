package plaintext

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// AppendFolded appends the first character of a text that is not empty, with the marks
// that are written behind it, in the form in which texts are searched: in lower case,
// without accents, however it is composed, and as what keyboards have: for a curly
// quotation mark, a dash, a no-break space or a ligature the plain one. What shows nothing
// is nothing. size is how many bytes of the text that takes.
func AppendFolded(to []byte, text string) (folded []byte, size int) {
	if c := text[0]; c < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf) { // nearly all
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case '\t' <= c && c <= '\r':
			c = ' '
		}
		return append(to, c), 1
	}
	r, size := utf8.DecodeRuneInString(text)
	var buf [maxComposed + utf8.UTFMax]byte
	together := append(buf[:0], text[:size]...) // without what is nothing, or it would part what belongs together
	alone := size
	for size < len(text) && text[size] >= utf8.RuneSelf {
		next, n := utf8.DecodeRuneInString(text[size:])
		if !isNothing(next, together) {
			if len(together) >= maxComposed || beginsAnew(text[size:]) {
				break
			}
			together = append(together, text[size:size+n]...)
		}
		size += n
	}
	if len(together) == alone {
		return appendFoldedRune(to, r), size
	}
	composed := norm.NFC.String(norm.NFKD.String(string(together)))
	if len(composed) > 3*size {
		composed = string(together)
	}
	for _, r := range composed {
		to = appendFoldedRune(to, r)
	}
	return to, size
}

// beginsAnew reports whether the first character of a text is composed with none before it, nor what
// it stands for, as Hangul's letters for compatibility do.
func beginsAnew(text string) bool {
	if !norm.NFKC.PropertiesString(text).BoundaryBefore() {
		return false
	}
	apart := norm.NFKD.PropertiesString(text).Decomposition()
	return apart == nil || norm.NFKC.Properties(apart).BoundaryBefore()
}

// isNothing reports whether nothing of a character stays in a folded text, where it follows before.
func isNothing(r rune, before []byte) bool {
	if r >= 0x3400 && r < 0xa000 || r >= 0xac00 && r < 0xd7a4 || r >= 0x30a0 && r < 0x3100 { // Han, Hangul, Katakana
		return false
	}
	var folded [3 * utf8.UTFMax]byte
	if len(appendFoldedRune(folded[:0], r)) > 0 {
		return false
	}
	last, _ := utf8.DecodeLastRune(before)
	return !unicode.In(last, unicode.Hiragana, unicode.Katakana) // which marks voice
}

// maxComposed bounds what is composed to one character, and maxApart what one is taken
// apart into, in bytes.
const maxComposed, maxApart = 64, 9

func appendFoldedRune(to []byte, r rune) []byte {
	if unicode.IsSpace(r) {
		return append(to, ' ')
	}
	switch r = unicode.ToLower(r); r { // what Unicode does not take apart
	case '‘', '’', '‚', '‛', 'ʼ', '′', '´', '‹', '›':
		return append(to, '\'')
	case '“', '”', '„', '‟', '″', '«', '»':
		return append(to, '"')
	case '−':
		return append(to, '-')
	case 'ß':
		return append(to, "ss"...)
	case 'æ':
		return append(to, "ae"...)
	case 'œ':
		return append(to, "oe"...)
	case 'ø':
		return append(to, 'o')
	case 'đ', 'ð':
		return append(to, 'd')
	case 'ł':
		return append(to, 'l')
	case 'ı':
		return append(to, 'i')
	case 'ς': // at the end of a word only
		r = 'σ'
	}
	switch {
	case r < utf8.RuneSelf:
		return append(to, byte(r&0x7f))
	case invisible(r), unicode.In(r, unicode.Join_Control, unicode.Variation_Selector):
		return to
	case unicode.Is(unicode.Pd, r):
		return append(to, '-')
	}
	var encoded [utf8.UTFMax]byte
	apart := utf8.AppendRune(encoded[:0], r)
	in := norm.NFKD.Properties(apart).Decomposition()
	if in == nil || len(in) > maxApart || IsDense(r) && r < 0xff00 {
		if !isAccent(r) {
			to = append(to, apart...)
		}
		return to
	}
	for len(in) > 0 {
		part, n := utf8.DecodeRune(in)
		if !isAccent(part) {
			to = appendFoldedRune(to, part) // which is not taken apart any further
		}
		in = in[n:]
	}
	return to
}

// isAccent reports whether a mark is one that people leave out when they type. Those that
// spell, as vowels do in India, are none.
func isAccent(r rune) bool {
	const voicing, virama = 8, 9 // classes of marks (UAX #44, table 15); kana that are voiced are composed
	if r < 0x300 || !unicode.Is(unicode.Mn, r) || IsDense(r) {
		return false
	}
	var encoded [utf8.UTFMax]byte
	class := norm.NFKD.Properties(utf8.AppendRune(encoded[:0], r)).CCC()
	return class == voicing || class > virama
}

// IsDense reports whether r is of a script that puts no spaces between words, or
// for which pairs of characters find more than words do (in Korean, particles hang on
// nouns).
func IsDense(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー' || r == '々'
}
