package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shorten cuts text to about so many words and at most so many bytes, at the
// end of a sentence if that leaves a third of either, else between words, and
// marks the cut with an ellipsis. Two characters of Chinese, Japanese or Korean
// count as a word, since there are no spaces to count.
func Shorten(s string, words, most int) string {
	limit := most - len(" …")
	var sentence, word int // where it could be cut: after a sentence, after a word
	halves := 0            // half words so far
	prev := ' '
	for i, r := range s {
		if IsCJK(r) {
			halves++
		} else if r != ' ' && prev == ' ' {
			halves += 2
		}
		end := i + utf8.RuneLen(r)
		if halves > 2*words || (end > limit && len(s) > most) {
			return cutAt(s, min(i, limit), word, sentence)
		}
		enough := 3*halves >= 2*words || 3*i >= most
		switch {
		case end > limit: // it may still fit as a whole
		case r == ' ':
			word = i
			if enough && endsSentence(s[:i], s[end:]) {
				sentence = i
			}
		case enough && strings.ContainsRune("。！？", r):
			sentence = end
		}
		prev = r
	}
	return s
}

// cutAt cuts s before offset at: after a sentence or a word if there was one.
func cutAt(s string, at, word, sentence int) string {
	if sentence > 0 {
		return s[:sentence] + " …"
	}
	// A language without spaces, or one endless word: cut where we are.
	if word > at/2 {
		at = word
	}
	return strings.TrimRight(CutRunes(s, at), " ,;:-–—(") + "…"
}

// Ellipsis cuts one line to at most so many bytes, with an ellipsis.
func Ellipsis(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.TrimRight(CutRunes(s, most-len("…")), " ") + "…"
}

// CutRunes returns the longest start of s of at most n bytes that ends between
// characters: before a rune, and not between a letter and its marks, unless
// there are more marks than any writing has.
func CutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	const most = 32 // bytes of marks
	for at := n; at > 0 && at > n-most; at-- {
		r, _ := utf8.DecodeRuneInString(s[at:])
		if utf8.RuneStart(s[at]) && !unicode.IsMark(r) && r != zeroWidthJoiner &&
			!strings.HasSuffix(s[:at], string(zeroWidthJoiner)) {
			return s[:at]
		}
	}
	return s[:n]
}

const zeroWidthJoiner = '\u200d' // holds emoji such as families together

// endsSentence reports whether a sentence ends where before and after meet at a
// space. It knows a few abbreviations; a wrong guess only cuts elsewhere.
func endsSentence(before, after string) bool {
	before = strings.TrimRight(before, `"')]”’»`)
	if before == "" || !strings.ContainsRune(".!?…", LastRune(before)) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(after)
	if unicode.IsLower(next) {
		return false
	}
	last := before[strings.LastIndexByte(before, ' ')+1:]
	switch strings.ToLower(strings.TrimLeft(last, `"'([“‘«`)) {
	case "e.g.", "i.e.", "vs.", "cf.", "mr.", "mrs.", "ms.", "dr.", "st.", "no.", "fig.", "u.s.":
		return false
	}
	return len(last) != 2 || !unicode.IsUpper(rune(last[0])) // an initial
}

// LastRune returns the last character of a text.
func LastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// IsCJK reports whether r is a character of Chinese, Japanese or Korean, which
// Hugo counts one by one.
func IsCJK(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x11ff: // Hangul Jamo
		return true
	case r < 0x2e80:
		return false
	case r <= 0x2fdf, // radicals
		r >= 0x3040 && r <= 0x31ff,                             // Kana, Bopomofo, Jamo
		r >= 0x3400 && r <= 0x4dbf, r >= 0x4e00 && r <= 0x9fff, // Han
		r >= 0xa960 && r <= 0xa97f, r >= 0xac00 && r <= 0xd7ff, // Hangul
		r >= 0xf900 && r <= 0xfaff, r >= 0xff66 && r <= 0xffdc, // compatibility
		r >= 0x1b000 && r <= 0x1b16f, r >= 0x20000 && r <= 0x3ffff: // Kana, Han
		return true
	}
	return false
}

// IsIdeographic reports whether r belongs to a script that breaks between any two
// characters. Korean does not: it has spaces.
func IsIdeographic(r rune) bool {
	if r < 0x2e80 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo) ||
		r >= 0x3000 && r <= 0x30ff || r >= 0xff00 && r <= 0xff9f
}
