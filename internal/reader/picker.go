package reader

import (
	"fmt"
	"slices"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// picker is a list of things to choose one from: the categories, the sections of an
// article, what can be copied.
type picker struct {
	bindings *keymap
	title    string
	total    string // how many there are, in words
	footer   string // what they belong to
	rows     []choice
	bytes    int // that the rows take
	cells    int // of the widest name with its detail
	selected int
	top      int
	// remove removes what the chosen row stands for; nil if nothing can be removed.
	remove func(of choice, i int) tea.Cmd
	// choose does what the chosen row is for; the picker is closed then.
	choose func(of choice, i int) tea.Cmd
	refill func(*picker)  // for a newer index; nil if that changes nothing
	again  func() tea.Cmd // reads a list of kept things again; nil if it lists none
}

// choice is a row of a picker.
type choice struct {
	id     string // by which it is found again
	label  string
	detail string // at the end of the row, or if there is more about it behind the label
	about  string // a row of its own, where there is room
}

// pick shows a picker.
func (m *Model) pick(p *picker) tea.Cmd {
	if p.refill != nil {
		p.refill(p)
	} else {
		p.fill(p.rows)
	}
	return m.push(p)
}

func (p *picker) fill(rows []choice) {
	p.rows, p.bytes, p.cells = rows, cap(rows)*int(unsafe.Sizeof(choice{})), 0
	for _, row := range rows {
		p.bytes += len(row.label) + len(row.detail)
		p.cells = max(p.cells, widthOf(row.label)+min(widthOf(row.detail), measure/2)+len(" · "))
	}
}

func (p *picker) keys(*Model) *keymap { return p.bindings }

func (p *picker) weight() int { return p.bytes }

// act acts on the picker.
func (p *picker) act(m *Model, does action) tea.Cmd {
	_, fits := p.plan(m)
	switch does {
	case open:
		m.pop()
		if len(p.rows) == 0 {
			return nil
		}
		return p.choose(p.rows[p.selected], p.selected)
	case back:
		m.pop()
		return nil
	case remove:
		if len(p.rows) == 0 {
			return nil
		}
		return p.remove(p.rows[p.selected], p.selected)
	}
	p.selected = stepped(does, p.selected, max(fits-1, 1), len(p.rows)-1)
	return p.reflow(m)
}

func (p *picker) reflow(m *Model) tea.Cmd {
	p.selected = max(min(p.selected, len(p.rows)-1), 0)
	_, fits := p.plan(m)
	p.top = window(p.top, p.selected, len(p.rows), fits)
	return nil
}

// adopt keeps the same row selected, or else the selection inside the rows.
func (p *picker) adopt(m *Model) tea.Cmd {
	if p.refill == nil {
		return nil
	}
	id := ""
	if len(p.rows) > 0 {
		id = p.rows[p.selected].id
	}
	p.refill(p)
	if i := slices.IndexFunc(p.rows, func(row choice) bool { return row.id == id }); i >= 0 {
		p.selected = i
	}
	return p.reflow(m)
}

// plan returns how many rows of the window a choice takes, the gap included, and how
// many choices fit.
func (p *picker) plan(m *Model) (per, fits int) {
	rows := m.height - 2 - footerRows
	if p.refill == nil { // its rows have no second line
		return 1, max(rows, 1)
	}
	switch {
	case rows >= 3*len(p.rows):
		return 3, max((rows+1)/3, 1)
	case rows >= 2:
		return 2, rows / 2
	}
	return 1, max(rows, 1)
}

// measure is the widest column of its rows.
func (p *picker) measure() int {
	if p.refill == nil {
		return measure
	}
	return listMeasure
}

// draw draws the picker.
func (p *picker) draw(m *Model, f *frame) {
	f.left, f.column = column(f.width, p.measure())
	f.widen(widthOf(mark) + p.cells)
	t := m.theme
	f.spread(t.Title.Render(fit(p.title, f.column-widthOf(p.total)-1)), t.Dim.Render(p.total))
	f.add("")
	per, fits := p.plan(m)
	cells := f.column - widthOf(mark)
	for i := p.top; i < min(p.top+fits, len(p.rows)); i++ {
		row, before, label := &p.rows[i], spaces(widthOf(mark)), t.Title
		if p.refill == nil {
			label = unstyled
		}
		if i == p.selected {
			before, label = t.Mark.Render(mark), t.Selected
		}
		if p.refill == nil {
			detail := fit(row.detail, cells/2)
			f.spread(before+label.Render(fit(row.label, cells-widthOf(detail)-2)), t.Dim.Render(detail))
			continue
		}
		detail := " · " + row.detail
		f.add(before + label.Render(fit(row.label, cells-widthOf(detail))) + t.Dim.Render(fit(detail, cells)))
		if per > 1 {
			f.add(before + t.Dim.Render(fit(row.about, cells)))
		}
		if per > 2 {
			f.add("")
		}
	}
	m.footer(f, fit(p.footer, f.column/2), 0, 0, true)
}

// openChooser shows all categories and their descriptions.
func (m *Model) openChooser() tea.Cmd {
	p := &picker{bindings: &m.keys.chooser, title: "Categories", selected: m.activeTab(m.tabs())}
	p.refill = func(p *picker) {
		tabs, blog := m.tabs(), m.index.Blog()
		rows := make([]choice, len(tabs))
		for i, tab := range tabs {
			rows[i] = choice{id: tab.Slug, label: tab.Name, about: tab.Description, detail: Count(tab.Len(), "article", "articles")}
		}
		rows[0].label, rows[0].about = "All posts", blog.Tagline
		p.total, p.footer = Count(len(tabs)-1, "category", "categories"), blog.Title
		p.fill(rows)
	}
	p.choose = func(_ choice, i int) tea.Cmd {
		m.list.Show(m.tabs()[i])
		return m.list.reflow(m)
	}
	return m.pick(p)
}

// toSection goes to a section by its number, or by its id if the post has been laid out anew and has no such
// section, or there is no page yet.
func (a *article) toSection(m *Model, i int, id string) {
	switch {
	case a.page == nil:
		a.resume.heading = id
	case i < len(a.page.Headings) && a.page.Headings[i].ID == id:
		a.standAt(a.page.Headings[i].Line + len(a.head))
	default:
		a.toHeading(m, id)
	}
}

// openOutline shows the sections of the article.
func (a *article) openOutline(m *Model) tea.Cmd {
	if a.page == nil {
		return nil
	}
	if len(a.page.Headings) == 0 {
		m.notice = "this post has no sections"
		return nil
	}
	level := 6
	for _, h := range a.page.Headings {
		level = min(level, h.Level)
	}
	rows := make([]choice, len(a.page.Headings))
	for i, h := range a.page.Headings { // and nothing else of the page, which may be given up meanwhile
		rows[i] = choice{
			id:     h.ID,
			label:  repeated("  ", h.Level-level) + h.Text,
			detail: fmt.Sprintf("%d%%", (h.Line+len(a.head))*100/max(a.length(), 1)),
		}
	}
	end := min(a.top+a.rows, a.length())
	return m.pick(&picker{
		bindings: &m.keys.menu, title: "Outline", total: Count(len(rows), "section", "sections"), footer: a.post.Title(),
		rows: rows, selected: max(a.sectionAt(end), 0),
		choose: func(of choice, i int) tea.Cmd { a.toSection(m, i, of.id); return nil },
	})
}
