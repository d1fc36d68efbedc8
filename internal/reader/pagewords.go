package reader

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/render"
)

// A passage is identified by the words of a page's text. A word ends at a space; an ideographic character is a
// word, since there are no spaces between them. What has no letters or digits, such as the bullet of an item,
// is not a word: it differs between themes.

// parts reports whether a character is between words, as the rules of tables are.
func parts(r rune) bool { return r == cellEnd || unicode.IsSpace(r) || r >= '─' && r <= '╿' }

// wordAt returns the end of the word that starts at a byte of a text.
func wordAt(text string, start int) (end int) {
	for i, r := range text[start:] {
		switch {
		case i == 0 && plaintext.IsIdeographic(r):
			return start + utf8.RuneLen(r)
		case parts(r), i > 0 && plaintext.IsIdeographic(r):
			return start + i
		}
	}
	return len(text)
}

// isWord reports whether what is between spaces is a word.
func isWord(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// wordFrom returns where the first word starts at or after a byte of a text, which must not be inside of a
// word; or -1.
func wordFrom(text string, at int) int {
	for start := range wordsFrom(text, at) {
		return start
	}
	return -1
}

// wordBefore returns where the last word before a byte of a text starts, or -1.
func wordBefore(text string, at int) int {
	for at >= 0 {
		if at = signsBefore(text, at); at >= 0 && isWord(text[at:wordAt(text, at)]) {
			break
		}
	}
	return at
}

// signsBefore is wordBefore for anything between spaces.
func signsBefore(text string, at int) int {
	start := -1
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:at])
		switch {
		case parts(r) && start >= 0, start >= 0 && plaintext.IsIdeographic(r):
			return start
		case parts(r):
		case plaintext.IsIdeographic(r):
			return at - n
		default:
			start = at - n
		}
		at -= n
	}
	return start
}

// wordsFrom yields where words start, from a byte of a text that is not inside of one, and where they end.
func wordsFrom(text string, at int) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for {
			skip := strings.IndexFunc(text[at:], func(r rune) bool { return !parts(r) })
			if skip < 0 {
				return
			}
			start := at + skip
			at = wordAt(text, start)
			if isWord(text[start:at]) && !yield(start, at) {
				return
			}
		}
	}
}

// said returns a part of a text as a reader would write it down: in one line.
func said(text string) string { return strings.Join(strings.FieldsFunc(text, parts), " ") }

// pieceAt returns the piece that a byte of the text is in, or the last before it.
func (t *pageText) pieceAt(at int) *piece {
	return &t.pieces[min(t.pieceFrom(at), len(t.pieces)-1)]
}

// lineAt returns the line of the page that a byte of the text is on.
func (t *pageText) lineAt(at int) int { return t.pieceAt(at).line }

// columnAt returns the column of a byte of the text.
func (t *pageText) columnAt(at int) int {
	p := t.pieceAt(at)
	return p.column + widthOf(t.text[p.start:max(at, p.start)])
}

// wordOn returns where the last word before a column starts on a line of the page, or the first if there is
// none before it; or -1 if no word begins on the line.
func (t *pageText) wordOn(line, before int) (best int) {
	best = -1
	for i := t.first[line]; i < t.first[line+1]; i++ {
		p := &t.pieces[i]
		if p.line != line || p.start == p.end {
			continue
		}
		// Only this piece is read, once: a page may have thousands of lines without a word, and a line thousands of words.
		at := t.tornAt(p)
		column := p.column + widthOf(t.text[p.start:at])
		for start := range wordsFrom(t.text[:p.end], at) {
			if column += widthOf(t.text[at:start]); best >= 0 && column > before {
				break
			}
			at, best = start, start
		}
	}
	return best
}

// tornAt returns where a word ends that goes on at the start of a piece, or the start.
func (t *pageText) tornAt(p *piece) int {
	if last, n := utf8.DecodeLastRuneInString(t.text[:p.start]); n == 0 || parts(last) || plaintext.IsIdeographic(last) {
		return p.start
	}
	for i, r := range t.text[p.start:p.end] {
		if parts(r) || plaintext.IsIdeographic(r) {
			return p.start + i
		}
	}
	return p.end
}

// wordIn is a word by its number in a block of a page.
type wordIn struct{ block, word int }

// number returns the number of the word that starts at a byte of the text.
func (t *pageText) number(page *render.Page, at int) wordIn {
	block := anchorOf(page, t.lineAt(at), 0).block
	start, _ := t.blockStart(page, block)
	n := wordIn{block: block}
	for word := range wordsFrom(t.text, start) {
		if word >= at {
			break
		}
		n.word++
	}
	return n
}

// at returns where the word with a number starts, or the last word of the text if it has fewer.
func (t *pageText) at(page *render.Page, n wordIn) int {
	start, ok := t.blockStart(page, max(min(n.block, len(page.Blocks)-1), 0))
	if !ok {
		return wordFrom(t.text, 0)
	}
	at := wordFrom(t.text, start)
	for word := range wordsFrom(t.text, start) {
		at = word
		if n.word--; n.word < 0 {
			break
		}
	}
	return at
}

// blockStart returns where a block's text starts, and false if the text ends there.
func (t *pageText) blockStart(page *render.Page, block int) (start int, ok bool) {
	if block < 0 || block >= len(page.Blocks) {
		return len(t.text), false
	}
	first, _ := blockLines(page, block)
	first = min(first, len(t.first)-1)
	if i := t.first[first]; i < len(t.pieces) {
		return t.pieces[i].start, true
	}
	return len(t.text), false
}
