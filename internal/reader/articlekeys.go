package reader

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// actArticle acts on the article.
func (m *Model) actArticle(does action) tea.Cmd {
	switch does {
	case first, last, up, down, pageUp, pageDown, halfUp, halfDown:
		m.moveInArticle(does)
	case open:
		if m.article.focus == 0 {
			m.scroll(1)
			return nil
		}
		return m.follow()
	case older, newer, previousHit:
		return m.nextOrNeighbour(does)
	case lookFor:
		m.startFind()
	case outline:
		m.openOutline()
	case nextLink:
		m.walk(1)
	case previousLink:
		m.walk(-1)
	case yank:
		return m.copy()
	case right:
		m.slide(1)
	case left:
		m.slide(-1)
	case wider:
		return m.setMeasure(m.measure + measureStep)
	case narrower:
		return m.setMeasure(m.measure - measureStep)
	case mouse:
		m.wheel = !m.wheel
		m.notice = "mouse wheel off: the terminal selects text again"
		if m.wheel {
			m.notice = "mouse wheel on: m lets you select text again"
		}
	case back:
		return m.leaveArticle()
	}
	return nil
}

// moveInArticle moves the text.
func (m *Model) moveInArticle(does action) {
	rows := m.articleRows()
	page, half := max(rows-2, 1), max(rows/2, 1) // two lines stay, to find one's place by
	switch does {
	case up:
		m.scroll(-1)
	case down:
		m.scroll(1)
	case pageUp:
		m.scroll(-page)
	case pageDown:
		m.scroll(page)
	case halfUp:
		m.scroll(-half)
	case halfDown:
		m.scroll(half)
	case first:
		m.scrollTo(0)
	case last:
		m.scrollTo(m.article.length())
		m.article.stood = moved // to the end, though that may be where it was already
	}
	// Enter must not follow a link that is not seen, nor Tab go on from it.
	if s, ok := m.article.chosen(); ok && !m.onScreen(s) {
		m.article.focus = 0
	}
}

// onScreen tells whether a part of a link is on the screen.
func (m *Model) onScreen(s stop) bool {
	top := m.article.top
	return slices.ContainsFunc(s.at, func(at render.Place) bool { return at.Line >= top && at.Line < top+m.articleRows() })
}

// nextOrNeighbour goes to another match while there are any, else to another
// post.
func (m *Model) nextOrNeighbour(does action) tea.Cmd {
	finding := m.article.find.active()
	switch {
	case does == older && finding:
		m.nextHit(1)
	case finding:
		m.nextHit(-1)
	case does == older:
		return m.readNeighbour(m.among().Older, "oldest")
	case does == newer:
		return m.readNeighbour(m.among().Newer, "newest")
	}
	return nil
}

// among returns the posts that n and p walk: those of the category from which
// the reader came, as long as they are in it, else all.
func (m *Model) among() *library.List {
	if m.from == inList && m.list.shown.Index(m.article.post.Slug) >= 0 {
		return m.list.shown
	}
	return m.index.All()
}

// readNeighbour opens the post next to this one, and selects it in the list.
// which tells what this one is if there is none.
func (m *Model) readNeighbour(next func(*post.Post) (*post.Post, bool), which string) tea.Cmd {
	p, ok := next(m.article.post)
	if !ok {
		m.notice = "This is the " + which + " post."
		if name := m.among().Name; name != "" {
			m.notice = "This is the " + which + " post of " + name + "."
		}
		return nil
	}
	if m.from == inList && !m.list.selectSlug(p.Slug) {
		m.list.show(m.index.All())
		m.list.selectSlug(p.Slug)
	}
	return m.read(p)
}

// setMeasure changes the widest column.
func (m *Model) setMeasure(cells int) tea.Cmd {
	cells = max(min(cells, maxMeasure), minMeasure)
	if _, width := column(m.width, cells); width == m.article.width {
		if cells > m.measure {
			m.notice = "the window is no wider"
		}
		return nil
	}
	m.measure = cells
	return m.layArticle()
}

// leaveArticle takes back one thing: the matches, the chosen link, the way
// that led here, and at last the article.
func (m *Model) leaveArticle() tea.Cmd {
	a := &m.article
	switch {
	case a.find.active():
		a.find = find{}
	case a.focus > 0:
		a.focus = 0
	case len(m.visited) > 0:
		return m.goBack()
	default:
		m.place = m.from
		m.article = article{} // lets go of the page
	}
	return nil
}
