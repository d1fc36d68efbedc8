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
}

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
			a.passage = &passage{of: a, from: n, to: n}
			return m.push(a.passage)
		}
	}
	m.notice = "there are no words on this screen"
	return nil
}

func (p *passage) keys(m *Model) *keymap { return &m.keys.passage }

func (p *passage) weight() int { return 0 }

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
	text := m.caches.textOf(p.of.page)
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

// span returns the part of the text that is selected.
func (p *passage) span(text *pageText) library.Span {
	from, to := text.at(p.of.page, p.from), text.at(p.of.page, p.to)
	from, to = min(from, to), max(from, to)
	if from < 0 {
		return library.Span{}
	}
	return library.Span{Start: from, End: wordAt(text.text, to)}
}

// footer returns what to do next.
func (p *passage) footer(m *Model) string {
	if p.of.page == nil {
		return ""
	}
	text := m.caches.textOf(p.of.page)
	if !p.begun {
		if _, ok := p.of.lit.at(text.at(p.of.page, p.to)); ok {
			return "kept: x removes it"
		}
		return "enter begins a passage here"
	}
	return Count(text.words(p.span(text)), "word", "words") + ": enter keeps"
}

// leave goes back to the article.
func (p *passage) leave(m *Model) {
	p.of.passage = nil
	m.pop()
}

// keep stores what is selected.
func (p *passage) keep(m *Model, text *pageText) tea.Cmd {
	at := p.span(text)
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

// kept returns a line of the page with the kept passages and the selection marked.
func (a *article) kept(m *Model, line int, text string) string {
	text = painted(text, a.seen(a.lit.on(line), keptStyle))
	if a.passage == nil {
		return text
	}
	said := m.caches.textOf(a.page)
	var selected hits
	places := placesIn(said)
	places.add(&selected, a.passage.span(said))
	var on []render.Place
	for _, part := range selected.parts {
		if int(part.line) == line {
			on = append(on, part.place())
		}
	}
	return painted(text, a.seen(on, current))
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
