package reader

import (
	"slices"
	"strings"
	"unicode"
	"unsafe"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/render"
)

// Found says how a passage was found again.
type Found int

// How a passage is found: not at all, by a part of its words, by all of them elsewhere, or where it was.
const (
	Lost Found = iota
	Alike
	Moved
	Same
)

// passageIn returns where a kept passage is in the text of a page: in the block it was in, else at the nearest
// place with the same words, else where most of its words are. The last may take some milliseconds.
func passageIn(page *render.Page, text *pageText, h *memory.Highlight) (at library.Span, how Found) {
	words := wordsOf(h.Text)
	if len(words) == 0 || len(text.pieces) == 0 {
		return library.Span{}, Lost
	}
	was := text.at(page, wordIn{blockOf(page, h.Block, h.Sum), max(h.Start, 0)})
	if was < 0 {
		return library.Span{}, Lost
	}
	if end := follows(text.text, was, words); end >= 0 {
		return library.Span{Start: was, End: end}, Same
	}
	far := 0
	for start := range wordsFrom(text.text, 0) {
		if end := follows(text.text, start, words); end >= 0 {
			if off := max(start-was, was-start); how == Lost || off < far {
				at, how, far = library.Span{Start: start, End: end}, Moved, off
			}
		}
	}
	if how != Lost {
		return at, how
	}
	return alike(text.text, words)
}

// wordsOf returns the words of a text.
func wordsOf(text string) (words []string) {
	for start, end := range wordsFrom(text, 0) {
		words = append(words, text[start:end])
	}
	return words
}

// follows returns where a sequence of words ends that starts at a byte of the text, or -1 if the text does not
// have it there.
func follows(text string, at int, words []string) int {
	i := 0
	for start, end := range wordsFrom(text, at) {
		if text[start:end] != words[i] {
			return -1
		}
		if i++; i == len(words) {
			return end
		}
	}
	return -1
}

// least is the smallest part of a passage's words, in percent, by which it is still found, and leastWords is
// how many it must have for that.
const least, leastWords = 60, 4

// alike returns the part of a text that has most of the words, in their order.
func alike(text string, words []string) (at library.Span, how Found) {
	if len(words) < leastWords {
		return at, Lost
	}
	wanted := make([]string, len(words))
	lack := make(map[string]int)
	for i, word := range words {
		wanted[i] = plainWord(word)
		lack[wanted[i]]++
	}
	// The stretch of as many words that has most of them.
	var stretch []library.Span
	here, most, best := 0, 0, library.Span{}
	var begins []library.Span // half as many words before it
	for start, end := range wordsFrom(text, 0) {
		word := plainWord(text[start:end])
		if n, ok := lack[word]; ok {
			if lack[word] = n - 1; n > 0 {
				here++
			}
		}
		stretch = append(stretch, library.Span{Start: start, End: end})
		if len(stretch) > len(words) {
			if n, ok := lack[plainWord(text[stretch[0].Start:stretch[0].End])]; ok {
				if lack[plainWord(text[stretch[0].Start:stretch[0].End])] = n + 1; n+1 > 0 {
					here--
				}
			}
			begins = append(begins, stretch[0])
			begins = begins[max(len(begins)-len(words)/2, 0):]
			stretch = stretch[1:]
		}
		if here > most {
			most, best = here, library.Span{Start: stretch[0].Start, End: end}
			if len(begins) > 0 {
				best.Start = begins[0].Start
			}
		}
	}
	if most*100 < least*len(words) {
		return at, Lost
	}
	return inOrder(text, best, wanted)
}

// inOrder returns the part of a stretch of a text, extended by half as many words, from the first to the last
// word of the longest common subsequence with the wanted words.
func inOrder(text string, stretch library.Span, wanted []string) (at library.Span, how Found) {
	var there []library.Span
	for start, end := range wordsFrom(text, stretch.Start) {
		there = append(there, library.Span{Start: start, End: end})
		if len(there) >= 2*len(wanted)+1 {
			break
		}
	}
	// The longest common subsequence, from the end.
	columns := len(there) + 1
	longest := make([]uint16, (len(wanted)+1)*columns) //ledger:counted as wanted, squared: a megabyte at most, in a task's turn
	for i, want := range slices.Backward(wanted) {
		for j, at := range slices.Backward(there) {
			n := max(longest[(i+1)*columns+j], longest[i*columns+j+1])
			if want == plainWord(text[at.Start:at.End]) {
				n = max(n, longest[(i+1)*columns+j+1]+1)
			}
			longest[i*columns+j] = n
		}
	}
	if int(longest[0])*100 < least*len(wanted) {
		return at, Lost
	}
	at.Start = -1
	for i, j := 0, 0; i < len(wanted) && j < len(there); {
		switch {
		case wanted[i] == plainWord(text[there[j].Start:there[j].End]):
			if at.Start < 0 {
				at.Start = there[j].Start
			}
			at.End = there[j].End
			i, j = i+1, j+1
		case longest[(i+1)*columns+j] >= longest[i*columns+j+1]:
			i++
		default:
			j++
		}
	}
	return at, Alike
}

// plainWord returns a word without punctuation around it, in lower case: these are what an author corrects
// most.
func plainWord(word string) string {
	if inner := strings.TrimFunc(word, unicode.IsPunct); inner != "" {
		word = inner
	}
	return strings.ToLower(word)
}

// lit are the kept passages of a post, and where they are on its page.
type lit struct {
	hits
	of []litPassage //ledger:counted what is kept of a reader, which memory bounds
}

// litPassage is one of them; its parts are the hit with the same number.
type litPassage struct {
	id uint64
	at library.Span // in the page's text
}

func (l *lit) weight() int {
	return l.hits.weight() + cap(l.of)*int(unsafe.Sizeof(litPassage{}))
}

// litOn finds the passages on a page, and returns how many are no longer there.
func litOn(page *render.Page, text *pageText, all []memory.Highlight) (on lit, lost int) {
	type found struct {
		id uint64
		at library.Span
	}
	var there []found
	for i := range all {
		at, how := passageIn(page, text, &all[i])
		if how == Lost {
			lost++
			continue
		}
		there = append(there, found{all[i].ID, at})
	}
	slices.SortFunc(there, func(a, b found) int { return a.at.Start - b.at.Start })
	places := placesIn(text)
	for _, f := range there {
		before := on.len()
		if places.add(&on.hits, f.at); on.len() > before {
			on.of = append(on.of, litPassage(f))
		}
	}
	return on, lost
}

// at returns the passage that a byte of the page's text is in.
func (l *lit) at(at int) (litPassage, bool) {
	for _, p := range l.of {
		if p.at.Start <= at && at < p.at.End {
			return p, true
		}
	}
	return litPassage{}, false
}

// touches reports whether a part of one is on a line of the page.
func (l *lit) touches(line int) bool {
	return slices.ContainsFunc(l.parts, func(part hitPart) bool { return int(part.line) == line })
}

// on returns what of the passages is on a line of the page.
func (l *lit) on(line int) (places []render.Place) {
	for _, part := range l.parts {
		if int(part.line) == line {
			places = append(places, part.place())
		}
	}
	return places
}

// PassageOf returns the passage of a page with the words that were typed, in any case, but without the address
// of its post. It reports false if there is none.
func PassageOf(page *render.Page, typed string) (memory.Highlight, bool) {
	text := textOf(page)
	words := wordsOf(typed)
	for i := range words {
		words[i] = plainWord(words[i])
	}
	if len(words) == 0 {
		return memory.Highlight{}, false
	}
	for start := range wordsFrom(text.text, 0) {
		n, last := 0, start
		for word, end := range wordsFrom(text.text, start) {
			if n == len(words) || plainWord(text.text[word:end]) != words[n] {
				break
			}
			n, last = n+1, end
		}
		if n == len(words) {
			return passageOf(page, text, library.Span{Start: start, End: last}), true
		}
	}
	return memory.Highlight{}, false
}

// passageOf returns the highlight to store for a part of a page's text, without the address.
func passageOf(page *render.Page, text *pageText, at library.Span) memory.Highlight {
	from := text.number(page, at.Start)
	return memory.Highlight{
		Block: from.block, Sum: sumOf(page, from.block),
		Start: from.word, End: from.word + text.words(at), Text: said(text.text[at.Start:at.End]),
	}
}

// words counts those of a part of the text.
func (t *pageText) words(at library.Span) (n int) {
	for start := range wordsFrom(t.text, at.Start) {
		if start >= at.End {
			break
		}
		n++
	}
	return n
}

// FindPassage returns the words that a page now has for a kept passage, perhaps of an earlier version of the
// post, and how it was found.
func FindPassage(page *render.Page, h *memory.Highlight) (words string, how Found) {
	text := textOf(page)
	at, how := passageIn(page, text, h)
	return said(text.text[at.Start:at.End]), how
}
