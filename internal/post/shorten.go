package post

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// shorten cuts text to about so many words and at most so many bytes, at the
// end of a sentence if that leaves a third of either, else between words, and
// marks the cut with an ellipsis. Two characters of Chinese, Japanese or Korean
// count as a word, since there are no spaces to count.
func shorten(s string, words, most int) string {
	limit := most - len(" …")
	var sentence, word int // where it could be cut: after a sentence, after a word
	halves := 0            // half words so far
	prev := ' '
	for i, r := range s {
		if isCJK(r) {
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
	return strings.TrimRight(cutRunes(s, at), " ,;:-–—(") + "…"
}

// ellipsis cuts one line to at most so many bytes, with an ellipsis.
func ellipsis(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.TrimRight(cutRunes(s, most-len("…")), " ") + "…"
}

// cutRunes returns the longest start of s of at most n bytes that ends between
// characters: before a rune, and not between a letter and its marks, unless
// there are more marks than any writing has.
func cutRunes(s string, n int) string {
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

// endsSentence tells whether a sentence ends where before and after meet at a
// space. It knows a few abbreviations; a wrong guess only cuts elsewhere.
func endsSentence(before, after string) bool {
	before = strings.TrimRight(before, `"')]”’»`)
	if before == "" || !strings.ContainsRune(".!?…", lastRune(before)) {
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

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
