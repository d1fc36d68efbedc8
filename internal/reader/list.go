package reader

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
)

// list is the screen of a Position.
type list struct {
	Position
	marked pageMarks
}

// plan returns how the page is drawn in a window. It is planned for a full page, so that the layout is the same
// on all pages.
func (l *list) plan(width, height int) listPlan {
	_, cells := column(width, listMeasure)
	return planList(height, cells, len(l.Shown.Page(1)))
}

// settle scrolls the selected post into the window.
func (l *list) settle(width, height int) {
	l.top = window(l.top, l.selected, len(l.Posts()), l.plan(width, height).fits)
}

// jumpTo goes to the page whose number was typed.
func (l *list) jumpTo(m *Model, text string) {
	text = strings.TrimSpace(text)
	if text == "q" {
		// Who types this knows vi; the footer shows what works here.
		m.notice = "q alone leaves"
		return
	}
	page, err := strconv.Atoi(text)
	switch {
	case text == "":
	case err != nil:
		m.notice = "Type the number of a page, as in :2"
	case page < 1 || page > l.Shown.Pages():
		m.notice = "There are pages 1 to " + strconv.Itoa(l.Shown.Pages())
	default:
		l.Turn(page)
	}
}

func (l *list) keys(m *Model) *keymap { return &m.keys.list }

func (l *list) weight() int { return 0 }

func (l *list) reflow(m *Model) tea.Cmd {
	l.settle(m.width, m.height)
	return nil
}

func (l *list) adopt(m *Model) tea.Cmd {
	l.Follow(m.index, m.top() == screen(l))
	l.settle(m.width, m.height)
	return nil
}

// act acts on the list.
func (l *list) act(m *Model, does action) tea.Cmd {
	defer func() { l.settle(m.width, m.height) }()
	switch does {
	case up:
		l.move(-1)
	case down:
		l.move(1)
	case pageDown:
		l.Turn(l.Page + 1)
	case pageUp:
		l.Turn(l.Page - 1)
	case first:
		l.Turn(1)
		l.selected = 0
	case last:
		l.Turn(l.Shown.Pages())
	case nextCategory:
		m.stepCategory(1)
	case previousCategory:
		m.stepCategory(-1)
	case back:
		l.Show(m.index.All())
	case jump:
		hint := func() string { return "enter goes to the page, esc does not" }
		m.prompt = m.newPrompt(":", hint, func(what edit, text string) tea.Cmd {
			if what == accepted {
				l.jumpTo(m, text)
				l.settle(m.width, m.height)
			}
			return nil
		})
	case open:
		if p := l.current(); p != nil {
			return m.open(p, l, nil)
		}
	case bookmark:
		if p := l.current(); p != nil {
			return m.bookmark(p)
		}
	case toggleRead:
		if p := l.current(); p != nil {
			return m.toggleRead(p)
		}
	}
	return nil
}

// stepCategory shows the category n categories on from the one shown; all posts
// Count as the first.
func (m *Model) stepCategory(n int) {
	tabs := m.tabs()
	m.list.Show(tabs[(m.activeTab(tabs)+n+len(tabs))%len(tabs)])
}

// tabs are the lists that can be shown, all posts first.
func (m *Model) tabs() []*library.List {
	return append([]*library.List{m.index.All()}, m.index.Categories()...)
}

func (m *Model) activeTab(tabs []*library.List) int {
	for i, tab := range tabs {
		if tab.Slug == m.list.Category {
			return i
		}
	}
	return 0
}

// draw draws the list.
func (l *list) draw(m *Model, f *frame) {
	f.left, f.column = column(f.width, listMeasure)
	plan := l.plan(f.width, f.height)
	posts := l.Posts()
	posts = posts[l.top:min(l.top+plan.fits, len(posts))]
	shape, rows, spare := m.rowsEach(posts, f.column, plan)
	f.fill(min(plan.above, spare))
	m.viewMasthead(f, plan)
	if l.Shown.Len() == 0 {
		m.viewEmpty(f)
	} else {
		marks := l.marks(m)
		m.viewPosts(f, posts, marks[min(l.top, len(marks)):], shape, rows)
	}
	m.footer(f, l.footer(), 0, 0, plan.rule)
}

// footer is "PAGE 5 / 6 · 41 POSTS".
func (l *list) footer() string {
	return fmt.Sprintf("PAGE %d / %d · %s", l.Page, max(l.Shown.Pages(), 1), strings.ToUpper(Count(l.Shown.Len(), "post", "posts")))
}

// viewMasthead draws the blog's or the category's title, and the tabs.
func (m *Model) viewMasthead(f *frame, plan listPlan) {
	blog, t := m.index.Blog(), m.theme
	title, line, total := blog.Title, blog.Tagline, Count(m.list.Shown.Len(), "post", "posts")+" so far"
	if m.list.Category != "" {
		title, line = m.list.Shown.Name, m.list.Shown.Description
		total = Count(m.list.Shown.Len(), "article", "articles")
	}
	const gap = 2
	if all := joinMeta(m.crowd.All(), total); widthOf(title)+gap+widthOf(all) <= f.column {
		total = all
	}
	room := f.column - widthOf(total) - gap
	f.spread(t.Title.Render(fit(title, room)), t.Dim.Render(total))
	tabs := m.caches.tabs.get(tabsKey{t, m.list.Category, f.column, !plan.masthead}, func() [2]string {
		tabs := m.tabs()
		return [2]string{m.tabRow(tabs, f.column, !plan.masthead), m.tabRule(tabs, f.column)}
	})
	if plan.masthead {
		f.add(t.Dim.Render(fit(line, f.column)))
		f.add(t.Notice.Render(m.greeting.In(f.column)))
	}
	f.add(tabs[0])
	if plan.masthead {
		f.add(tabs[1])
	}
}

// viewEmpty shows an author how to begin.
func (m *Model) viewEmpty(f *frame) {
	f.add("")
	for _, line := range [...]string{
		"There is nothing to read yet.",
		"",
		"Write the first post as a Markdown file in the posts folder:",
		"",
		"    ---",
		"    title: Hello",
		"    date: 2026-01-31",
		"    ---",
		"    The first words.",
		"",
		"and send the server SIGHUP. It appears here by itself.",
	} {
		if f.rows < f.height-footerRows {
			f.add(fit(line, f.column))
		}
	}
}
