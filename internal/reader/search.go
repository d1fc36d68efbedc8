package reader

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
)

// maxFound is how many posts a search lists. With more, another word is a better way to find one.
const maxFound = 100

// search is the screen that finds posts by their words, while they are typed.
type search struct {
	prompt *prompt
	// The last query, its number and the number of the search whose results are shown. Answers to searches
	// before first are of a superseded index.
	query                  string
	asked, answered, first int
	found                  library.Found

	selected, top int
	cells         int    // of the widest result
	next          action // to do when the answer comes; none if nothing is to be done
}

// searchMsg brings what a search found.
type searchMsg struct {
	to    *search
	id    int
	found library.Found
}

// openSearch shows the search, with nothing typed yet.
func (m *Model) openSearch() tea.Cmd {
	return m.push(&search{prompt: m.newPrompt("/ ", nil, nil)})
}

// searchFor shows the search with a query, as if it had been typed.
func (m *Model) searchFor(query string) tea.Cmd {
	s := &search{prompt: m.newPrompt("/ ", nil, nil)}
	s.prompt.insert(query)
	return tea.Batch(m.push(s), s.ask(m))
}

func (s *search) keys(m *Model) *keymap { return &m.keys.search }

// weight is about what the results take, with all their excerpts, in bytes.
func (s *search) weight() int {
	const excerpt = 400
	return cap(s.found.Hits) * (int(unsafe.Sizeof(library.Hit{})) + excerpt)
}

// key types what is not bound.
func (s *search) key(m *Model, name string, msg tea.KeyPressMsg) tea.Cmd {
	switch s.prompt.key(&m.keys.prompt, name, msg) {
	case edited:
		return s.typed(m)
	case cancelled: // backspace in an empty prompt
		return s.act(m, back)
	}
	return nil
}

// typed searches for what has been typed, and selects the best result.
func (s *search) typed(m *Model) tea.Cmd {
	s.selected, s.top, s.next = 0, 0, none
	if s.prompt.text == s.query {
		return nil
	}
	return s.ask(m)
}

// act acts on the results.
func (s *search) act(m *Model, does action) tea.Cmd {
	switch does {
	case open:
		if s.asked != s.answered {
			s.next = open
			return nil
		}
		if s.selected < len(s.found.Hits) {
			seek := &find{query: strings.TrimSpace(s.query), terms: s.found.Terms}
			if seek.terms.IsZero() { // filters alone
				seek = nil
			}
			return m.open(s.found.Hits[s.selected].Post, nil, seek)
		}
	case back:
		m.pop()
		m.reuse(s.prompt) // later answers to this search are dropped
		m.searches.waits = nil
		return nil
	}
	s.selected = stepped(does, s.selected, m.searchPlan().fits, len(s.found.Hits)-1)
	return s.reflow(m)
}

// reflow keeps the selection among the results and in the window.
func (s *search) reflow(m *Model) tea.Cmd {
	hits := len(s.found.Hits)
	s.selected = max(min(s.selected, hits-1), 0)
	s.top = window(s.top, s.selected, hits, m.searchPlan().fits)
	return s.fetch(m)
}

// ask searches for what is typed, after the search under way has ended.
func (s *search) ask(m *Model) tea.Cmd {
	s.query = s.prompt.text
	s.asked++
	if strings.TrimSpace(s.query) == "" {
		s.found, s.selected, s.top, s.cells = library.Found{}, 0, 0, 0
		s.answered, s.first = s.asked, s.asked+1
		m.searches.waits = nil
		return nil
	}
	id, index, query, done, account := s.asked, m.index, s.query, m.ctx.Done(), m.account
	return m.searches.ask(func() tea.Msg {
		select {
		case <-index.Searchable():
		case <-index.Superseded(): // adopt asks the next index
			return nil
		case <-done:
			return nil
		}
		turn := account.Turn()
		defer turn.End()
		found := index.SearchAmongOthers(query, maxFound, func() { turn.Yield() })
		return searchMsg{s, id, found}
	})
}

// answer takes what a search found.
func (s *search) answer(m *Model, msg searchMsg) tea.Cmd {
	if msg.id < s.first || !slices.Contains(m.stack, screen(s)) { // it is outdated
		return nil
	}
	row := s.selected - s.top
	s.selected = s.again(msg.found)
	s.found, s.answered, s.cells = msg.found, msg.id, 0
	for i := range s.found.Hits {
		p := s.found.Hits[i].Post
		s.cells = max(s.cells, widthOf(mark)+widthOf(p.Title())+2+widthOf(m.markedDate(p, listMeasure)))
	}
	s.top = max(s.selected-row, 0)
	if next := s.next; next != none && s.asked == s.answered {
		s.next = none
		if m.top() == screen(s) {
			return s.act(m, next)
		}
	}
	return s.reflow(m)
}

// again returns the index of the selected result in new results: a reload must not move the selection, another
// query selects the best.
func (s *search) again(found library.Found) int {
	if s.selected == 0 || s.selected >= len(s.found.Hits) {
		return 0
	}
	address := s.found.Hits[s.selected].Post.Address
	return max(slices.IndexFunc(found.Hits, func(h library.Hit) bool { return h.Post.Address == address }), 0)
}

// adopt repeats the search in a newer index. The old results stay until it answers.
func (s *search) adopt(m *Model) tea.Cmd {
	s.first = s.asked + 1
	return s.ask(m)
}

// searchPlan says how the results are drawn.
type searchPlan struct {
	head bool // the title row and air
	per  int  // rows a result, the gap included
	fits int  // results on the screen
}

func (m *Model) searchPlan() searchPlan {
	p := searchPlan{head: m.height >= 12, per: 2}
	rows := m.height - 1 - footerRows
	if p.head {
		rows -= 2
	}
	switch {
	case rows >= 20:
		p.per = 4
	case rows >= 12:
		p.per = 3
	case rows < 4:
		p.per = 1
	}
	gap := 0
	if p.per > 2 {
		gap = 1
	}
	p.fits = max((rows+gap)/p.per, 1)
	return p
}

// draw draws what is typed and what it finds.
func (s *search) draw(m *Model, f *frame) {
	f.left, f.column = column(f.width, listMeasure)
	f.widen(s.cells)
	t, plan := m.theme, m.searchPlan()
	if plan.head {
		f.spread(t.Title.Render(fit("Search "+m.index.Blog().Title, f.column-14)), t.Dim.Render(Count(m.index.All().Len(), "post", "posts")))
		f.add("")
	}
	s.prompt.draw(f, t.Dim.Render(s.total()))
	body := f.height - footerRows
	if strings.TrimSpace(s.prompt.text) == "" {
		m.viewSearchHelp(f, body)
	} else {
		for i := s.top; i < min(s.top+plan.fits, len(s.found.Hits)); i++ {
			if plan.per > 2 && f.rows < body {
				f.add("")
			}
			s.drawHit(m, f, i, plan.per, body)
		}
	}
	m.footer(f, s.footer(), 0, 0, true)
}

// total returns how many posts were found, as text.
func (s *search) total() string {
	switch {
	case strings.TrimSpace(s.prompt.text) == "":
		return ""
	case s.asked != s.answered && len(s.found.Hits) == 0:
		return "searching"
	case s.found.Total == 0:
		return "nothing found"
	case s.found.Partial:
		return Count(s.found.Total, "post has", "posts have") + " most of these words"
	}
	return Count(s.found.Total, "post", "posts")
}

// footer returns what is wrong with the query, or the number of the selected result.
func (s *search) footer() string {
	if len(s.found.Notes) > 0 {
		return strings.Join(s.found.Notes, " · ")
	}
	if len(s.found.Hits) == 0 {
		return strings.ToUpper(cmp.Or(s.total(), "search"))
	}
	return fmt.Sprintf("RESULT %d / %d", s.selected+1, len(s.found.Hits))
}

// viewSearchHelp draws what can be typed.
func (m *Model) viewSearchHelp(f *frame, rows int) {
	category := "databases"
	if all := m.index.Categories(); len(all) > 0 {
		category = all[0].Slug
	}
	year := 2026
	if all := m.index.All(); all.Len() > 0 && !all.At(0).Date.IsZero() {
		year = all.At(0).Date.Year()
	}
	lines := [...][2]string{
		{"", ""},
		{"", "Type words. Posts that have them all come as you type,"},
		{"", "the best first; enter opens one where the words are."},
		{"", ""},
		{"category:" + category, "only posts of a category"},
		{"tag:postgres", "only posts with a tag"},
		{"after:" + strconv.Itoa(year), "written then or later"},
		{"before:" + strconv.Itoa(year) + "-06", "written earlier"},
	}
	cells := 0
	for _, line := range lines {
		cells = max(cells, widthOf(line[0])+2)
	}
	for _, line := range lines {
		if f.rows >= rows {
			return
		}
		if line[0] == "" {
			f.add(m.theme.Dim.Render(fit(line[1], f.column)))
			continue
		}
		name, about := fit(line[0], f.column), fit(line[1], f.column-cells)
		if about == "" {
			f.add(m.theme.Key.Render(name))
			continue
		}
		f.add(m.theme.Key.Render(name) + spaces(cells-widthOf(name)) + m.theme.Dim.Render(about))
	}
}

// drawHit draws one result in per rows, the gap above included, as long as there
// are rows.
func (s *search) drawHit(m *Model, f *frame, i, per, rows int) {
	h, t, cells := &s.found.Hits[i], m.theme, f.column-widthOf(mark)
	before, title := spaces(widthOf(mark)), t.Title
	if i == s.selected {
		before, title = t.Mark.Render(mark), t.Selected
	}
	add := func(text string) {
		if f.rows < rows {
			f.add(text)
		}
	}
	when := m.markedDate(h.Post, cells)
	room := cells - widthOf(when) - 2
	add(before + title.Render(pad(fit(h.Post.Title(), room), room)) + "  " + t.Dim.Render(when))
	lines := per / 2
	for _, line := range Wrap(h.Excerpt, cells, lines) {
		add(before + s.marked(m, line))
		lines--
	}
	for range lines {
		add("")
	}
}

// marked returns a line of text with the words of the search marked.
func (s *search) marked(m *Model, line string) string {
	var b strings.Builder
	spans, _ := s.found.Terms.Spans(line)
	end := 0
	for _, at := range spans {
		b.WriteString(line[end:at.Start])
		b.WriteString(m.theme.Match.Render(line[at.Start:at.End]))
		end = at.End
	}
	b.WriteString(line[end:])
	return b.String()
}
