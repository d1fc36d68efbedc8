package reader

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
)

// list is the numbered pages of all posts or of a category. Pages are the
// blog's: only how densely they are drawn depends on the window.
type list struct {
	shown    *library.List
	category string // slug of the category shown; "" shows all posts
	page     int    // from 1
	selected int    // on the page, from 0
	top      int    // first post drawn when the page does not fit

	left []leftAt // where the reader was in other lists, the last one at the end
}

// leftAt is where a list was left.
type leftAt struct {
	category, slug string // of the list, and of the post that was selected
	page, selected int
}

// maxLeft is of how many lists a reader's place is kept.
const maxLeft = 16

// show shows a list where it was left, or else from its first page.
func (l *list) show(of *library.List) {
	left := l.left
	if l.shown != nil {
		at := leftAt{category: l.category, page: l.page, selected: l.selected}
		if p := l.current(); p != nil {
			at.slug = p.Slug
		}
		left = slices.DeleteFunc(left, func(other leftAt) bool { return other.category == at.category })
		left = append(left, at)
		left = left[max(len(left)-maxLeft, 0):]
	}
	*l = list{shown: of, category: of.Slug, page: 1, left: left}
	if i := slices.IndexFunc(left, func(at leftAt) bool { return at.category == of.Slug }); i >= 0 {
		l.stand(left[i].slug, left[i].page, left[i].selected)
	}
}

// stand selects a post, or if it is not there the place where it was.
func (l *list) stand(slug string, page, selected int) {
	if !l.selectSlug(slug) {
		l.page = max(min(page, l.shown.Pages()), 1)
		l.selected = max(min(selected, len(l.posts())-1), 0)
	}
}

// posts returns the posts of the page.
func (l *list) posts() []*post.Post { return l.shown.Page(l.page) }

// current returns the selected post, or nil if there is none.
func (l *list) current() *post.Post {
	if posts := l.posts(); l.selected < len(posts) {
		return posts[l.selected]
	}
	return nil
}

// turn goes to another page, if it exists.
func (l *list) turn(page int) {
	page = max(min(page, l.shown.Pages()), 1)
	if page != l.page {
		l.page, l.selected, l.top = page, 0, 0
	}
}

// move selects the post n places on, over the end of the page too.
func (l *list) move(n int) {
	switch to := l.selected + n; {
	case to < 0 && l.page > 1:
		l.turn(l.page - 1)
		l.selected = len(l.posts()) - 1
	case to >= len(l.posts()) && l.page < l.shown.Pages():
		l.turn(l.page + 1)
	default:
		l.selected = max(min(to, len(l.posts())-1), 0)
	}
}

// selectSlug selects a post wherever it is, and tells if it is there.
func (l *list) selectSlug(slug string) bool {
	i := l.shown.Index(slug)
	if i < 0 {
		return false
	}
	l.page = l.shown.PageOf(i)
	l.selected = slices.IndexFunc(l.posts(), func(p *post.Post) bool { return p.Slug == slug })
	return true
}

// adopt finds the same place in a newer index: the same post if it is still
// there, else the same page and row as far as they exist. A reader who looks at
// the list and has not moved from its top sees what is new there.
func (l *list) adopt(index *library.Index, looking bool) {
	var slug string
	if p := l.current(); p != nil {
		slug = p.Slug
	}
	l.shown = index.All()
	if section, ok := index.Category(l.category); ok && l.category != "" {
		l.shown = section
	} else {
		l.category = ""
	}
	if looking && l.page == 1 && l.selected == 0 {
		slug = ""
	}
	l.stand(slug, l.page, l.selected)
}

// plan says how the page is drawn in a window of height rows: as a full one, so
// that paging does not jump.
func (l *list) plan(height int) listPlan { return planList(height, len(l.shown.Page(1))) }

// settle brings the selected post into a window of height rows.
func (l *list) settle(height int) {
	l.top = window(l.top, l.selected, len(l.posts()), l.plan(height).fits)
}

// jumpTo goes to the page whose number was typed.
func (m *Model) jumpTo(text string) {
	text = strings.TrimSpace(text)
	if text == "q" {
		// Who types this knows another program; the foot tells what works.
		m.notice = "q alone leaves"
		return
	}
	page, err := strconv.Atoi(text)
	switch {
	case text == "":
	case err != nil:
		m.notice = "Type the number of a page, as in :2"
	case page < 1 || page > m.list.shown.Pages():
		m.notice = "There are pages 1 to " + strconv.Itoa(m.list.shown.Pages())
	default:
		m.list.turn(page)
	}
}

// actList acts on the list.
func (m *Model) actList(does action) tea.Cmd {
	l := &m.list
	switch does {
	case up:
		l.move(-1)
	case down:
		l.move(1)
	case pageDown:
		l.turn(l.page + 1)
	case pageUp:
		l.turn(l.page - 1)
	case first:
		l.turn(1)
		l.selected = 0
	case last:
		l.turn(l.shown.Pages())
	case nextCategory:
		m.stepCategory(1)
	case previousCategory:
		m.stepCategory(-1)
	case categories:
		m.openChooser()
	case back:
		l.show(m.index.All())
	case lookFor:
		m.openSearch()
	case jump:
		m.prompt = prompt{asking: forPage, label: ":", hint: "enter goes to the page, esc does not"}
	case open:
		if p := l.current(); p != nil {
			m.from, m.visited = inList, nil
			return m.read(p)
		}
	}
	return nil
}

// stepCategory shows the category n places on from the one shown; all posts
// count as the first.
func (m *Model) stepCategory(n int) {
	tabs := m.tabs()
	m.list.show(tabs[(m.activeTab(tabs)+n+len(tabs))%len(tabs)])
}

// tabs are the lists that can be shown, all posts first.
func (m *Model) tabs() []*library.List {
	return append([]*library.List{m.index.All()}, m.index.Categories()...)
}

func (m *Model) activeTab(tabs []*library.List) int {
	for i, tab := range tabs {
		if tab.Slug == m.list.category {
			return i
		}
	}
	return 0
}

// viewList draws the list.
func (m *Model) viewList(f *frame) {
	f.left, f.column = column(f.width, measure)
	l := &m.list
	plan := l.plan(f.height)
	posts := l.posts()
	posts = posts[l.top:min(l.top+plan.fits, len(posts))]
	rows, spare := m.rowsEach(posts, f.column, plan)
	f.fill(min(plan.above, spare))
	m.viewMasthead(f, plan)
	if l.shown.Len() == 0 {
		m.viewEmpty(f)
	} else {
		m.viewPosts(f, posts, rows)
	}
	m.foot(f, m.listFoot(), 0, 0, plan.rule)
}

// listFoot is "PAGE 5 / 6 · 41 POSTS".
func (m *Model) listFoot() string {
	l := &m.list
	return fmt.Sprintf("PAGE %d / %d · %s", l.page, max(l.shown.Pages(), 1), strings.ToUpper(count(l.shown.Len(), "post", "posts")))
}

// viewMasthead draws the blog's or the category's title, and the tabs.
func (m *Model) viewMasthead(f *frame, plan listPlan) {
	blog, t := m.index.Blog(), m.theme
	title, line, total := blog.Title, blog.Tagline, count(m.list.shown.Len(), "post", "posts")+" so far"
	if m.list.category != "" {
		title, line = m.list.shown.Name, m.list.shown.Description
		total = count(m.list.shown.Len(), "article", "articles")
	}
	room := f.column - widthOf(total) - 2
	f.spread(t.Title.Render(fit(title, room)), t.Dim.Render(total))
	tabs := m.shelves.tabs.get(tabsOf{t, m.list.category, f.column, !plan.masthead}, func() [2]string {
		tabs := m.tabs()
		return [2]string{m.tabRow(tabs, f.column, !plan.masthead), m.tabRule(tabs, f.column)}
	})
	if !plan.masthead {
		f.add(tabs[0])
		return
	}
	f.add(t.Dim.Render(fit(line, f.column)))
	f.add("")
	f.add(tabs[0])
	f.add(tabs[1])
}

// viewEmpty tells an author how to begin.
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
		if f.rows < f.height-footRows {
			f.add(fit(line, f.column))
		}
	}
}

// viewPosts draws posts that take so many rows each.
func (m *Model) viewPosts(f *frame, posts []*post.Post, rows []int) {
	for i, p := range posts {
		if rows[i] > 2 && i > 0 {
			f.add("")
		}
		key := rowsOf{p, m.theme, f.left, f.column, rows[i], i+m.list.top == m.list.selected}
		f.put(m.shelves.rows.get(key, func() []string { return m.rowsOf(key) }))
	}
}

// rowsEach returns how many rows each post takes, the gap included, and how many
// are left. Rows to spare go to posts whose title or summary would be cut: one to
// each of them, as often as there are enough.
func (m *Model) rowsEach(posts []*post.Post, column int, plan listPlan) (rows []int, spare int) {
	rows = slices.Repeat([]int{plan.per}, len(posts))
	spare = plan.above + plan.spare(len(posts))
	for spare > 0 && plan.summaries() {
		var cut []int
		for i, p := range posts {
			whole := m.shelves.whole.get(wholeOf{p, column}, func() int {
				return wholeRows(p, m.shelves.tell(p).summary, column-widthOf(mark))
			})
			if rows[i] < whole {
				cut = append(cut, i)
			}
		}
		if len(cut) == 0 || len(cut) > spare {
			break
		}
		spare -= len(cut)
		for _, i := range cut {
			rows[i]++
		}
	}
	return rows, spare
}

// wholeRows is how many rows a post takes that is shown with all that the list
// tells of it, the gap included.
func wholeRows(p *post.Post, summary string, cells int) int {
	return 2 + len(wrap(p.Title, cells, manyRows)) + len(wrap(summary, cells, manyRows))
}

// manyRows is more than any title or summary takes in a window that is not too
// small.
const manyRows = post.MaxTitle + post.MaxSummary

// mark is what stands before the selected post, never colour alone.
const mark = "▌ "

// rowsOf draws a post in as many rows as it has, the gap not included.
func (m *Model) rowsOf(o rowsOf) []string {
	t, p, cells := o.theme, o.post, o.cells-widthOf(mark)
	before, title := spaces(widthOf(mark)), t.Title
	if o.selected {
		before, title = t.Mark.Render(mark), t.Selected
	}
	before = spaces(o.left) + before
	rows := make([]string, 0, max(o.per, 1)) //ledger:counted as the rows of a window
	add := func(text string) { rows = append(rows, before+text) }
	switch o.per {
	case 1:
		when := m.shortMeta(p, cells)
		room := cells - widthOf(when) - 2
		add(title.Render(pad(fit(p.Title, room), room)) + "  " + t.Dim.Render(when))
	case 2:
		add(title.Render(fit(p.Title, cells)))
		add(t.Dim.Render(metaIn(p, m.shelves.tell(p).minutes, cells)))
	default:
		add(t.Dim.Render(metaIn(p, m.shelves.tell(p).minutes, cells)))
		free := o.per - 2 // the gap and the meta line take one each
		summary := m.shelves.tell(p).summary
		titles := wrap(p.Title, cells, max(min(free, 2), free-len(wrap(summary, cells, free))))
		for _, line := range titles {
			add(title.Render(line))
		}
		free -= len(titles)
		for _, line := range wrap(summary, cells, free) {
			add(line)
			free--
		}
		for range free {
			rows = append(rows, "")
		}
	}
	return rows
}

// shortMeta is the date, in a window that has no room for more.
func (m *Model) shortMeta(p *post.Post, cells int) string {
	const roomy = 44
	if p.Date.IsZero() || cells < roomy {
		return ""
	}
	return p.Date.Format("2006-01-02")
}
