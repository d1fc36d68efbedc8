package reader

import (
	"fmt"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// menu is a list of things to choose one from, a row each: the sections of an
// article, what can be copied.
type menu struct {
	title    string
	total    string // how many there are, in words
	rows     []choice
	bytes    int // that the rows take
	selected int
	top      int
}

// choice is a row of a menu.
type choice struct {
	label  string
	detail string // at the end of the row
	choose func() tea.Cmd
}

// choiceBytes is about what a row takes beside its texts, in bytes: its function
// has things of its own.
const choiceBytes = int(unsafe.Sizeof(choice{})) + 64

// openMenu shows a menu over the article.
func (m *Model) openMenu(of menu) {
	of.bytes = cap(of.rows) * choiceBytes
	for _, row := range of.rows {
		of.bytes += len(row.label) + len(row.detail)
	}
	m.menu = of
	m.place = inMenu
}

// actMenu acts on the menu.
func (m *Model) actMenu(does action) tea.Cmd {
	c := &m.menu
	screen := max(m.height-2-footRows-1, 1)
	switch does {
	case up:
		c.selected--
	case down:
		c.selected++
	case pageUp:
		c.selected -= screen
	case pageDown:
		c.selected += screen
	case first:
		c.selected = 0
	case last:
		c.selected = len(c.rows) - 1
	case open:
		choose := c.rows[c.selected].choose
		m.place, m.menu = inArticle, menu{}
		return choose()
	case back:
		m.place, m.menu = inArticle, menu{}
		return nil
	}
	c.selected = max(min(c.selected, len(c.rows)-1), 0)
	return nil
}

// viewMenu draws the menu.
func (m *Model) viewMenu(f *frame) {
	f.left, f.column = column(f.width, measure)
	t, c := m.theme, &m.menu
	f.spread(t.Title.Render(fit(c.title, f.column-widthOf(c.total)-1)), t.Dim.Render(c.total))
	f.add("")
	fits := max(f.height-f.rows-footRows, 1)
	c.top = window(c.top, c.selected, len(c.rows), fits)
	cells := f.column - widthOf(mark)
	for i := c.top; i < min(c.top+fits, len(c.rows)); i++ {
		row, before, label := c.rows[i], spaces(widthOf(mark)), unstyled
		if i == c.selected {
			before, label = t.Mark.Render(mark), t.Selected
		}
		detail := fit(row.detail, cells/2)
		room := cells - widthOf(detail) - 2
		f.spread(before+label.Render(fit(row.label, room)), t.Dim.Render(detail))
	}
	m.foot(f, fit(m.article.post.Title, f.column/2), 0, 0, true)
}

// toSection goes to a section by its number, or if the post has been laid out anew
// and there is no such section now, or no page yet, by its id.
func (m *Model) toSection(i int, id string) {
	a := &m.article
	switch {
	case a.page == nil:
		a.resume.heading = id
	case i < len(a.page.Headings) && a.page.Headings[i].ID == id:
		m.standAt(a.page.Headings[i].Line + len(a.head))
	default:
		m.toHeading(id)
	}
}

// openOutline shows the sections of the article.
func (m *Model) openOutline() {
	a := &m.article
	if a.page == nil {
		return
	}
	if len(a.page.Headings) == 0 {
		m.notice = "this post has no sections"
		return
	}
	level := 6
	for _, h := range a.page.Headings {
		level = min(level, h.Level)
	}
	rows := make([]choice, len(a.page.Headings))
	for i, h := range a.page.Headings {
		id := h.ID // and nothing else of the page, which may be given up meanwhile
		rows[i] = choice{
			label:  repeated("  ", h.Level-level) + h.Text,
			detail: fmt.Sprintf("%d%%", (h.Line+len(a.head))*100/max(a.length(), 1)),
			choose: func() tea.Cmd { m.toSection(i, id); return nil },
		}
	}
	end := min(a.top+m.articleRows(), a.length())
	m.openMenu(menu{
		title: "Outline", total: count(len(rows), "section", "sections"),
		rows: rows, selected: max(a.sectionAt(end), 0),
	})
}
