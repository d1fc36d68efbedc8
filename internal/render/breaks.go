package render

import (
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/markdown"
)

// Where words may be broken is told by a zero width space, for which <wbr> stands, and
// by a soft hyphen, at which a line that ends there has a hyphen. In spans they are spans
// without text, the latter one with the mark added, so that only wrap sees them.
const (
	zeroWidthSpace = "\u200b"
	softHyphen     = "\u00ad"
	breakMarks     = zeroWidthSpace + softHyphen
)

// cleaned is markdown.Clean, which leaves out invisible characters, but for break marks.
func cleaned(text string) string {
	at := strings.IndexAny(text, breakMarks)
	if at < 0 { // nearly always
		return markdown.Clean(text)
	}
	var b strings.Builder
	for ; at >= 0; at = strings.IndexAny(text, breakMarks) {
		_, size := utf8.DecodeRuneInString(text[at:])
		b.WriteString(markdown.Clean(text[:at]) + text[at:at+size])
		text = text[at+size:]
	}
	return b.String() + markdown.Clean(text)
}

// broken yields the parts of a text, and spans for the break marks between them.
func broken(s span, yield func(span)) {
	for {
		at := strings.IndexAny(s.text, breakMarks)
		if at < 0 {
			yield(s)
			return
		}
		r, size := utf8.DecodeRuneInString(s.text[at:])
		before, mark := s, span{style: s.style, link: s.link &^ added}
		if before.text = s.text[:at]; at > 0 {
			yield(before)
		}
		if string(r) == softHyphen {
			mark.link |= added
		}
		yield(mark)
		if s.text = s.text[at+size:]; s.text == "" {
			return
		}
	}
}

// breaksBehind reports whether a line may end behind a character: a space that is not
// U+0020 and that words are not kept together by, and signs between words of scripts
// without spaces (UAX #14, BA).
func breaksBehind(r rune) bool {
	return r >= 0x2000 && r <= 0x200a && r != 0x2007 || r == 0x1680 || r == 0x205f || r == 0x0f0b || r == 0x1361
}

// stacks reports whether a cluster goes on with the next, whose letter stands below its
// own: in Khmer, Burmese and Tai Tham.
func stacks(cluster string) bool {
	return strings.HasSuffix(cluster, "\u17d2") || strings.HasSuffix(cluster, "\u1039") || strings.HasSuffix(cluster, "\u1a60")
}

// startsSyllable reports whether a cluster begins a syllable for sure, in scripts that
// have no spaces between words, for which a dictionary would be needed. In Thai and Lao
// some vowels are written before the consonant, and others end a syllable; in Burmese
// every consonant begins one that has no killer.
func startsSyllable(before rune, cluster string) bool {
	const (
		leading  = "เแโใไເແໂໃໄ"
		trailing = "ะาำๅๆฯະາຳໆຯ"
		ending   = "ะำๆະຳໆ"
	)
	r, _ := utf8.DecodeRuneInString(cluster)
	switch {
	case r>>8 == 0x0e && before>>8 == 0x0e:
		return !strings.ContainsRune(leading, before) && !strings.ContainsRune(trailing, r) &&
			(strings.ContainsRune(leading, r) || strings.ContainsRune(ending, before))
	case r >= 0x1000 && r <= 0x102a && before>>8 == 0x10:
		return !strings.Contains(cluster, "\u103a")
	}
	return false
}
