package reader

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// passage is the screen on which a passage of an article is selected, word by word: first where it
// begins, then where it ends.
type passage struct {
	of    *article
	begun bool
	// The words at the ends; keys move to. They are numbers, which stay valid at another width.
	from, to wordIn

	text     *pageText    // of page, so that no key and no line makes it again
	page     *render.Page // that the text is of
	selected selection
	shown    hits // what is selected of the lines that are drawn
	measured int  // pieces of the text for that
}

// selection is what is selected in a text, from one word to another. It is found once for each change.
type selection struct {
	text     *pageText
	from, to wordIn
	at       library.Span
	words    int // up to one more than mostWords
}

// mostWords is how many words can be kept at most: each takes two bytes, or is an ideographic character of three.
const mostWords = memory.MaxText / 2

// keptSign is beside the lines of a kept passage, so that colour is never the only mark.
const keptSign = "▌"

// keptStyle is the style of its words.
const keptStyle theme.SGR = "\x1b[4m"

// selectPassage begins to select a passage, at the first word on the screen.
func (a *article) selectPassage(m *Model) tea.Cmd {
	if m.memory == nil {
		return m.unkept()
	}
	if a.page == nil {
		return nil
	}
	text := m.caches.textOf(a.page)
	first := max(a.top-len(a.head), 0)
	for line := first; line < min(a.top+a.rows-len(a.head), a.page.Lines.Len()); line++ {
		if at := text.wordOn(line, 0); at >= 0 {
			n := text.number(a.page, at)
			a.passage = &passage{of: a, from: n, to: n, text: text, page: a.page}
			return m.push(a.passage)
		}
	}
	m.notice = "there are no words on this screen"
	return nil
}

func (p *passage) keys(m *Model) *keymap { return &m.keys.passage }

func (p *passage) weight() int {
	if p.text == nil {
		return 0
	}
	return p.text.size() + p.shown.weight()
}

// said returns the text of the article's page.
func (p *passage) said(m *Model) *pageText {
	if p.page != p.of.page {
		p.page, p.text = p.of.page, m.caches.textOf(p.of.page)
	}
	return p.text
}

// selection returns what is selected.
func (p *passage) selection(text *pageText) *selection {
	s := &p.selected
	if s.text == text && s.from == p.from && s.to == p.to {
		return s
	}
	*s = selection{text: text, from: p.from, to: p.to}
	from, to := text.at(p.of.page, p.from), text.at(p.of.page, p.to)
	if from, to = min(from, to), max(from, to); from >= 0 {
		s.at = library.Span{Start: from, End: wordAt(text.text, to)}
		s.words = text.words(s.at, mostWords+1)
	}
	return s
}

// show prepares to draw some lines of the page: what is selected is measured once for all of them, and no more
// of it than they show.
func (p *passage) show(m *Model, from, to int) {
	text := p.said(m)
	p.shown = hits{}
	places := placesIn(text)
	places.addLines(&p.shown, p.selection(text).at, max(from, 0), to)
	p.measured = places.measured
}

func (p *passage) reflow(*Model) tea.Cmd { return nil }

func (p *passage) adopt(*Model) tea.Cmd { return nil }

// draw draws the article, which marks what is selected.
func (p *passage) draw(m *Model, f *frame) { p.of.draw(m, f) }

// act acts on the selection. While the page is laid out anew there is none.
func (p *passage) act(m *Model, does action) tea.Cmd {
	switch does {
	case back:
		p.leave(m)
		return nil
	case otherEnd:
		p.from, p.to = p.to, p.from
	}
	if p.of.page == nil {
		return nil
	}
	text := p.said(m)
	at := text.at(p.of.page, p.to)
	if at < 0 { // the post has no words any more
		return nil
	}
	switch does {
	case accept:
		if p.begun {
			return p.keep(m, text)
		}
		p.begun = true
	case remove:
		return p.remove(m, at)
	case right:
		if next := wordFrom(text.text, wordAt(text.text, at)); next >= 0 {
			at = next
		}
	case left:
		if before := wordBefore(text.text, at); before >= 0 {
			at = before
		}
	case down, up, pageDown, pageUp:
		at = p.below(text, at, stepped(does, 0, max(p.of.rows-2, 1), 0))
	}
	p.to = text.number(p.of.page, at)
	if !p.begun {
		p.from = p.to
	}
	p.of.reveal(text.lineAt(at) + len(p.of.head))
	return nil
}

// below returns the word so many lines below another, or above it if lines is negative; or as far from there as
// there are words.
func (p *passage) below(text *pageText, at, lines int) int {
	from, column := text.lineAt(at), text.columnAt(at)
	step, last := 1, p.of.page.Lines.Len()
	if lines < 0 {
		step, last = -1, -1
	}
	for line := from + step; line != last; line += step {
		word := text.wordOn(line, column)
		if word < 0 {
			continue
		}
		at = word
		if (line-from)*step >= lines*step {
			break
		}
	}
	return at
}

// footer returns what to do next.
func (p *passage) footer(m *Model) string {
	if p.of.page == nil {
		return ""
	}
	text := p.said(m)
	if !p.begun {
		if _, ok := p.of.lit.at(text.at(p.of.page, p.to)); ok {
			return "kept: x removes it"
		}
		return "enter begins a passage here"
	}
	n := p.selection(text).words
	if n > mostWords {
		return fmt.Sprintf("more than %d words: too long to keep", mostWords)
	}
	return Count(n, "word", "words") + ": enter keeps"
}

// leave goes back to the article.
func (p *passage) leave(m *Model) {
	p.of.passage = nil
	m.pop()
}

// keep stores what is selected.
func (p *passage) keep(m *Model, text *pageText) tea.Cmd {
	at := p.selection(text).at
	if n := len(said(text.text[at.Start:at.End])); n > memory.MaxText {
		m.notice = fmt.Sprintf("too long to keep: %d bytes, and at most %d can be kept", n, memory.MaxText)
		return nil
	}
	h := passageOf(p.of.page, text, at)
	h.Address = p.of.post.Address
	a, mem, ctx := p.of, m.memory, m.ctx
	p.leave(m)
	return m.keep(func() keptMsg {
		err := mem.AddHighlight(ctx, h)
		return keptOr(err, "kept: S lists it", func(m *Model) tea.Cmd {
			m.lit.add(h.Address)
			return a.litAgain(m)
		})
	})
}

// remove removes the passage that a byte of the text is in.
func (p *passage) remove(m *Model, at int) tea.Cmd {
	kept, ok := p.of.lit.at(at)
	if !ok {
		m.notice = "nothing is kept here"
		return nil
	}
	a, mem, ctx := p.of, m.memory, m.ctx
	p.leave(m)
	return m.keep(func() keptMsg {
		err := mem.RemoveHighlight(ctx, kept.id)
		return keptOr(err, "the passage is not kept any more", a.litAgain)
	})
}

// litAgain finds the kept passages of the article again, if it is still open.
func (a *article) litAgain(*Model) tea.Cmd {
	a.relights = a.page != nil
	return nil
}

// kept returns a line of the page with the kept passages and the selection marked, which has been prepared.
func (a *article) kept(line int, text string) string {
	text = painted(text, a.seen(a.lit.on(line), keptStyle))
	if a.passage == nil {
		return text
	}
	return painted(text, a.seen(a.passage.shown.on(line), current))
}

// seen returns how the visible ones of some places of the page are painted.
func (a *article) seen(places []render.Place, style theme.SGR) (parts []paint) {
	for _, place := range places {
		if place, ok := a.code.seen(a.page, place); ok {
			parts = append(parts, paint{place, style})
		}
	}
	return parts
}
