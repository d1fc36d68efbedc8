package post

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much people read in a minute. Words and characters are Hugo's figures
// (gohugo.io/methods/page/readingtime). Code is skimmed by the line: the lines
// of real programs hold about five words, which is 40 lines at the pace of prose.
const (
	wordsPerMinute = 212
	cjkPerMinute   = 500
	linesPerMinute = 40
)

// Minutes returns the reading time in minutes, rounded up: its author's figure in
// the front matter, else at least 1 for a post with text.
//
// It is computed on each call, for the few posts that a screen shows: a pass over
// the body, some 500 MB/s, and a fifth of what opening a folder would take.
func (p *Post) Minutes() int {
	if p.minutes > 0 {
		return int(p.minutes)
	}
	return readingTime(p.body)
}

// readingTime returns the minutes that a Markdown text takes, rounded up; 0 if
// there is nothing to read. Markup is not read: marks, tags, shortcodes,
// comments, links' targets, and the blank lines of code.
func readingTime(text string) int {
	b := blocks{text: text}
	var words, cjk, lines int
	for line, kind, ok := b.next(); ok; line, kind, ok = b.next() {
		switch kind {
		case code:
			if line != "" {
				lines++
			}
		case prose, item, heading, row:
			w, c := countWords(line)
			words += w
			cjk += c
		}
	}
	const minute = wordsPerMinute * cjkPerMinute * linesPerMinute
	const word, char, codeLine = minute / wordsPerMinute, minute / cjkPerMinute, minute / linesPerMinute
	return (words*word + cjk*char + lines*codeLine + minute - 1) / minute
}

// countWords counts the words of a line, as things between spaces that have a
// letter or a digit, and apart from them its CJK characters.
func countWords(s string) (words, cjk int) {
	var m markup
	counted := false // the word we are in
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case isAlnum(b), b >= 0xc3 && b <= 0xe0: // ASCII, or the start of a rune below U+1000
			if !counted {
				counted = true
				words++
			}
			// Nothing in the rest of the word counts. Every byte of every post
			// comes by here.
			for i+1 < len(s) && continuesWord(s[i+1]) {
				i++
			}
		case b <= ' ':
			counted = false
		case b == '<', b == '{':
			if end := m.skip(s, i); end > i {
				i = end - 1
			}
		case b > 0xe0:
			r, size := utf8.DecodeRuneInString(s[i:])
			i += size - 1
			switch {
			case isCJK(r):
				cjk++
				counted = false
			case r == 0x3000: // the ideographic space
				counted = false
			case !counted && (unicode.IsLetter(r) || unicode.IsDigit(r)):
				counted = true
				words++
			}
		}
	}
	return words, cjk
}

// continuesWord tells whether a byte changes nothing inside a word: it is no
// space, no start of markup, and no start of a rune that may be CJK.
func continuesWord(b byte) bool { return b > ' ' && b <= 0xe0 && b != '<' && b != '{' }

// markup remembers what does not close on the rest of a line, so that a line
// with many opening marks is still read once.
type markup struct{ unclosed [3]bool }

// skip returns the offset after the tag or shortcode that starts at at, or at.
func (m *markup) skip(s string, at int) int {
	rest := s[at+1:]
	if rest == "" {
		return at
	}
	kind, end := 0, ">"
	switch {
	case s[at] == '<' && (isAlnum(rest[0]) || rest[0] == '/' || rest[0] == '!'):
	case s[at] == '{' && rest[0] == '{':
		kind, end = 1, "}}"
	case s[at] == '{' && rest[0] == '%':
		kind, end = 2, "%}"
	default:
		return at
	}
	if !m.unclosed[kind] {
		if i := strings.Index(rest, end); i >= 0 {
			return at + 1 + i + len(end)
		}
		m.unclosed[kind] = true
	}
	return at
}

// isCJK tells whether r is a character of Chinese, Japanese or Korean, which
// Hugo counts one by one.
func isCJK(r rune) bool {
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
