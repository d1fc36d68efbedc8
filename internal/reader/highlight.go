package reader

import (
	"context"
	"slices"
	"unsafe"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/render"
)

// Found says how a passage was found again.
type Found int

// How a passage is found: it was not looked for everywhere, or not at all, by a part of its words, by all of
// them elsewhere, or where it was.
const (
	Unsought Found = iota - 1
	Lost
	Alike
	Moved
	Same
)

// in returns where a kept passage is in the text: in the block it was in, else at the nearest place with the
// same words, else where most of its words are.
func (t *wording) in(w *walk, h *memory.Highlight) (at library.Span, how Found) {
	words := t.numbers(h.Text)
	if len(words) == 0 || len(t.words) == 0 {
		return at, Lost
	}
	was, n := t.wordIn(blockOf(t.page, h.Block, h.Sum), h.Start), len(words)
	if !w.on(n) {
		return at, Unsought
	}
	if was+n <= len(t.words) && slices.Equal(t.words[was:was+n], words) {
		return t.span(was, was+n), Same
	}
	best := -1
	for start := range t.follow(w, words) {
		if best < 0 || max(start-was, was-start) < was-best {
			best = start
		}
		if start >= was { // the next ones are farther
			break
		}
	}
	switch {
	case best >= 0:
		return t.span(best, best+n), Moved
	case w.over():
		return at, Unsought
	}
	return t.alike(w, words)
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

// litOn finds the passages on a page, and returns how many are no longer there, and how many it has not looked
// for everywhere.
func litOn(w *walk, page *render.Page, text *pageText, all []memory.Highlight) (on lit, lost, unsought int) {
	type found struct {
		id uint64
		at library.Span
	}
	var there []found
	words := wordingOf(page, text)
	for i := range all {
		words.want(all[i].Text)
	}
	words.cut(w)
	for i := range all {
		switch at, how := words.in(w, &all[i]); how {
		case Lost:
			lost++
		case Unsought:
			unsought++
		default:
			there = append(there, found{all[i].ID, at})
		}
	}
	slices.SortFunc(there, func(a, b found) int { return a.at.Start - b.at.Start })
	places := placesIn(text)
	for _, f := range there {
		if !w.on(betweenYields) {
			break
		}
		before := on.len()
		if places.add(&on.hits, f.at); on.len() > before {
			on.of = append(on.of, litPassage(f))
		}
	}
	return on, lost, unsought
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

// PassageOf returns the passage of a page with the words that were typed, in any case, but without the address
// of its post. It reports false if there is none. It takes a turn of the account, and memory while it looks.
func PassageOf(ctx context.Context, account *ledger.Account, page *render.Page, typed string) (h memory.Highlight, ok bool, err error) {
	turn := account.Turn()
	defer turn.End()
	text := textOf(page)
	held := seekBytes(text, len(typed))
	if !account.TakeExtra(held) {
		return h, false, ErrNoMemory
	}
	defer account.Give(held)
	h, ok = passageSaid(walkIn(ctx, turn), page, text, typed)
	return h, ok, ctx.Err()
}

func passageSaid(w *walk, page *render.Page, text *pageText, typed string) (h memory.Highlight, ok bool) {
	t := wordingOf(page, text)
	t.plainly = true
	t.want(typed)
	t.cut(w)
	words := t.numbers(typed)
	for start := range t.follow(w, words) {
		return passageOf(page, text, t.span(start, start+len(words))), true
	}
	return h, false
}

// passageOf returns the highlight to store for a part of a page's text, without the address.
func passageOf(page *render.Page, text *pageText, at library.Span) memory.Highlight {
	from := text.number(page, at.Start)
	return memory.Highlight{
		Block: from.block, Sum: sumOf(page, from.block),
		Start: from.word, End: from.word + text.words(at, len(text.text)), Text: said(text.text[at.Start:at.End]),
	}
}

// words counts those of a part of the text, up to a number.
func (t *pageText) words(at library.Span, most int) (n int) {
	for start := range wordsFrom(t.text, at.Start) {
		if start >= at.End || n == most {
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
	w, t := &walk{}, wordingOf(page, text)
	t.want(h.Text)
	t.cut(w)
	at, how := t.in(w, h)
	return said(text.text[at.Start:at.End]), how
}
