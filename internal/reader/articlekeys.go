package reader

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// act acts on the article.
func (a *article) act(m *Model, does action) tea.Cmd {
	switch does {
	case first, last, up, down, pageUp, pageDown, halfUp, halfDown:
		a.move(does)
	case open:
		if a.focus == 0 {
			a.scroll(1)
			return nil
		}
		return a.follow(m)
	case older, newer, previousHit:
		return a.nextOrNeighbour(m, does)
	case lookFor:
		a.startFind(m)
	case outline:
		return a.openOutline(m)
	case nextLink:
		a.walk(m, 1)
	case previousLink:
		a.walk(m, -1)
	case yank:
		return a.copy(m)
	case right:
		a.slide(m, 1)
	case left:
		a.slide(m, -1)
	case wider:
		return a.setMeasure(m, m.measure+measureStep)
	case narrower:
		return a.setMeasure(m, m.measure-measureStep)
	case translation:
		return a.translate(m)
	case bookmark:
		return m.bookmark(a.post)
	case toggleRead:
		return m.toggleRead(a.post)
	case selectText:
		return a.selectPassage(m)
	case mouse:
		m.wheel = !m.wheel
		m.notice = "mouse wheel off: the terminal selects text again"
		if m.wheel {
			m.notice = "mouse wheel on: m lets you select text again"
		}
	case back:
		return a.leave(m)
	}
	return nil
}

// move moves the text.
func (a *article) move(does action) {
	a.scrollTo(stepped(does, a.top, max(a.rows-2, 1), a.length())) // two lines of the last screen stay visible
	if does == last {
		a.stood = moved // to the end, even if that is on the screen already
	}
	// Enter must not follow a link that is not visible, nor Tab start from it.
	if s, ok := a.chosen(); ok && !a.onScreen(s) {
		a.focus = 0
	}
}

// onScreen reports whether a part of a link is on the screen.
func (a *article) onScreen(s stop) bool {
	top := a.top
	return slices.ContainsFunc(s.at, func(at render.Place) bool { return at.Line >= top && at.Line < top+a.rows })
}

// nextOrNeighbour goes to another match if there are any, else to another post.
func (a *article) nextOrNeighbour(m *Model, does action) tea.Cmd {
	finding := a.find.active()
	switch {
	case does == older && finding:
		a.nextHit(m, 1)
	case finding:
		a.nextHit(m, -1)
	case does == older:
		return a.readNeighbour(m, a.among(m).Older, "oldest")
	case does == newer:
		return a.readNeighbour(m, a.among(m).Newer, "newest")
	}
	return nil
}

// among returns the posts that n and p go through: those of the list that the post was chosen in, if it has the
// post, else all.
func (a *article) among(m *Model) *library.List {
	if a.from != nil && a.from.Shown.Index(a.post.Address) >= 0 {
		return a.from.Shown
	}
	return m.index.All()
}

// readNeighbour opens the post next to this one, and selects it in the list.
// which is the word for this post in the notice if there is none: "first" or "last".
func (a *article) readNeighbour(m *Model, next func(*post.Post) (*post.Post, bool), which string) tea.Cmd {
	p, ok := next(a.post)
	if !ok {
		m.notice = "This is the " + which + " post."
		if name := a.among(m).Name; name != "" {
			m.notice = "This is the " + which + " post of " + name + "."
		}
		return nil
	}
	if a.from != nil && !a.from.selectPost(p.Address) {
		a.from.Show(m.index.All())
		a.from.selectPost(p.Address)
	}
	a.begin(m, p)
	return a.reflow(m)
}

// translate shows the post in the next of the languages that it is in.
func (a *article) translate(m *Model) tea.Cmd {
	posts := m.index.Translations(a.post)
	if len(posts) == 0 {
		m.notice = "this post is in one language only"
		return nil
	}
	a.keepAnchor()
	a.post = posts[(slices.Index(posts, a.post)+1)%len(posts)]
	language := m.index.LanguageOf(a.post)
	m.choose(func(s *memory.Settings) { s.Language = language })
	m.notice = joinMeta(language, Languages(m.index, a.post))
	return a.reflow(m)
}

// setMeasure changes the widest column.
func (a *article) setMeasure(m *Model, cells int) tea.Cmd {
	cells = max(min(cells, maxMeasure), minMeasure)
	if _, width := column(m.width, cells); width == a.width {
		if cells > m.measure {
			m.notice = "the window is no wider"
		}
		return nil
	}
	m.measure = cells
	m.choose(func(s *memory.Settings) { s.Column = cells })
	return a.reflow(m)
}

// leave undoes one thing: the matches, the chosen link, or at last the article. If a link of another article
// led here, that one is shown again as it was.
func (a *article) leave(m *Model) tea.Cmd {
	switch {
	case a.find.active():
		a.find = find{}
	case a.focus > 0:
		a.focus = 0
	default:
		m.pop()
		defer a.close(m)
		if below, ok := m.top().(*article); ok {
			return below.uncover(m, a)
		}
	}
	return nil
}
