package reader

import (
	"slices"

	"github.com/sshblog/sshblog/internal/library"
)

// chooser lists all categories with what they are about.
type chooser struct {
	selected int
	top      int
}

// adopt keeps the selection on the category of a slug, or inside the tabs there are
// now.
func (c *chooser) adopt(tabs []*library.List, slug string) {
	if i := slices.IndexFunc(tabs, func(tab *library.List) bool { return tab.Slug == slug }); i >= 0 {
		c.selected = i
	}
	c.selected = min(c.selected, len(tabs)-1)
}

// chosenTab is the slug of the category that is selected in the chooser.
func (m *Model) chosenTab() string {
	if tabs := m.tabs(); m.chooser.selected < len(tabs) {
		return tabs[m.chooser.selected].Slug
	}
	return ""
}

func (m *Model) openChooser() {
	m.place = inChooser
	m.chooser = chooser{selected: m.activeTab(m.tabs())}
}

// actChooser acts on the chooser.
func (m *Model) actChooser(does action) {
	tabs, c := m.tabs(), &m.chooser
	screen := max((m.height-4)/2, 1)
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
		c.selected = len(tabs) - 1
	case open:
		m.list.show(tabs[c.selected])
		m.place = inList
	case back:
		m.place = inList
	}
	c.selected = max(min(c.selected, len(tabs)-1), 0)
}

// viewChooser draws the categories, two rows each where there is room.
func (m *Model) viewChooser(f *frame) {
	f.left, f.column = column(f.width, measure)
	t, tabs := m.theme, m.tabs()
	total := count(len(tabs)-1, "category", "categories")
	f.spread(t.Title.Render(fit("Categories", f.column)), t.Dim.Render(total))
	f.add("")
	rows := f.height - f.rows - footRows
	per := 3
	if rows < per*len(tabs) {
		per = 2
	}
	if rows < per {
		per = 1
	}
	fits := max((rows+1)/per, 1)
	if per < 3 {
		fits = max(rows/per, 1)
	}
	m.chooser.top = window(m.chooser.top, m.chooser.selected, len(tabs), fits)
	for i := m.chooser.top; i < min(m.chooser.top+fits, len(tabs)); i++ {
		m.viewChoice(f, tabs[i], i == m.chooser.selected, per)
	}
	m.foot(f, m.index.Blog().Title, 0, 0, true)
}

func (m *Model) viewChoice(f *frame, tab *library.List, selected bool, per int) {
	t, cells := m.theme, f.column-widthOf(mark)
	before, name := spaces(widthOf(mark)), t.Title
	if selected {
		before, name = t.Mark.Render(mark), t.Selected
	}
	title, about := tab.Name, tab.Description
	if tab.Slug == "" {
		title, about = "All posts", m.index.Blog().Tagline
	}
	total := " · " + count(tab.Len(), "article", "articles")
	f.add(before + name.Render(fit(title, cells-widthOf(total))) + t.Dim.Render(fit(total, cells)))
	if per > 1 {
		f.add(before + t.Dim.Render(fit(about, cells)))
	}
	if per > 2 {
		f.add("")
	}
}
