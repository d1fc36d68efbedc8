package reader

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// maxFound is how many posts a search lists; who has more of them is better
// served by another word.
const maxFound = 100

// searching is the screen that finds posts by their words, while they are typed.
type searching struct {
	prompt prompt
	// asked is the query that found answers or, while busy, will answer. There
	// is never more than one search of a session under way, also when the screen is
	// closed and opened again: what is typed meanwhile waits for its end.
	asked string
	busy  bool
	id    int // of the search whose answer is wanted
	found library.Found
	bytes int // that found takes

	selected, top int
	opening       bool // enter was pressed before the answer came
}

// searchMsg brings what a search found, or says that it has ended.
type searchMsg struct {
	id    int
	found library.Found
}

// openSearch shows the search, with nothing typed yet.
func (m *Model) openSearch() {
	m.place = inSearch
	m.withdrawSearch()
	m.search.prompt = prompt{asking: forPosts, label: "/ "}
}

// withdrawSearch forgets what was found and typed. A search that is under way goes
// on to its end, but its answer is not wanted any more.
func (m *Model) withdrawSearch() {
	m.search = searching{id: m.search.id + 1, busy: m.search.busy}
}

// searchKey gives a key to the search: what is not among its bindings is typed.
func (m *Model) searchKey(name, text string) tea.Cmd {
	if does, ok := m.keys.search.actions[name]; ok {
		return m.actSearch(does)
	}
	switch m.search.prompt.key(&m.keys.prompt, name, text) {
	case edited:
		return m.typed()
	case cancelled: // backspace where nothing is left
		return m.actSearch(back)
	}
	return nil
}

// typed asks for what has been typed now, and begins at its best result.
func (m *Model) typed() tea.Cmd {
	m.search.selected, m.search.top, m.search.opening = 0, 0, false
	return m.ask()
}

// actSearch acts on the results.
func (m *Model) actSearch(does action) tea.Cmd {
	s := &m.search
	screen := max(m.searchPlan().fits, 1)
	switch does {
	case up:
		s.selected--
	case down:
		s.selected++
	case pageUp:
		s.selected -= screen
	case pageDown:
		s.selected += screen
	case open:
		if s.busy {
			s.opening = true
			return nil
		}
		if s.selected < len(s.found.Hits) {
			m.from, m.visited = inSearch, nil
			return m.readHit(s.found.Hits[s.selected].Post, s.found.Terms, strings.TrimSpace(s.asked))
		}
	case back:
		m.place = inList
		m.withdrawSearch()
	case showHelp:
		m.helping, m.help = true, help{}
	case quit:
		return tea.Quit
	}
	s.selected = max(min(s.selected, len(s.found.Hits)-1), 0)
	return nil
}

// ask searches for what is typed, once the search under way has ended.
func (m *Model) ask() tea.Cmd {
	s := &m.search
	if s.busy || s.asked == s.prompt.text {
		return nil
	}
	s.asked = s.prompt.text
	if strings.TrimSpace(s.asked) == "" {
		s.found, s.bytes, s.selected, s.top = library.Found{}, 0, 0, 0
		return nil
	}
	s.id++
	s.busy = true
	id, index, asked, done, account := s.id, m.index, s.asked, m.ctx.Done(), m.account
	shown := m.searchPlan().fits
	return slowly(func() tea.Msg {
		select {
		case <-index.Searchable():
		case <-index.Superseded(): // the next one is asked in its turn
			return searchMsg{}
		case <-done:
			return nil
		}
		turn := account.Turn()
		defer turn.End()
		found := index.SearchAmongOthers(asked, maxFound, func() { turn.Yield() })
		for i := range found.Hits[:min(shown, len(found.Hits))] {
			turn.Yield()
			found.ExcerptOf(&found.Hits[i])
		}
		return searchMsg{id, found}
	})
}

// foundBytes is about what the results take, with all their excerpts, in bytes.
func foundBytes(found library.Found) int {
	const excerpt = 400
	return cap(found.Hits) * (int(unsafe.Sizeof(library.Hit{})) + excerpt)
}

// answer takes what a search found, and goes on with what has been typed since.
func (m *Model) answer(msg searchMsg) tea.Cmd {
	s := &m.search
	s.busy = false
	if msg.id != s.id { // it is not wanted any more
		return m.ask()
	}
	row := s.selected - s.top
	s.found, s.selected = msg.found, s.place(msg.found)
	s.bytes = foundBytes(s.found)
	s.top = max(s.selected-row, 0)
	cmd := m.ask()
	if s.opening && !s.busy {
		s.opening = false
		if m.place == inSearch && !m.helping {
			return m.actSearch(open)
		}
	}
	return cmd
}

// place returns where the selection is in what was found now: a reload must not
// move it, another query begins at the best.
func (s *searching) place(found library.Found) int {
	if s.selected == 0 || s.selected >= len(s.found.Hits) {
		return 0
	}
	slug := s.found.Hits[s.selected].Post.Slug
	for i, h := range found.Hits {
		if h.Post.Slug == slug {
			return i
		}
	}
	return 0
}

// searchAgain asks a newer index the same. What is shown stays until it answers.
func (m *Model) searchAgain() tea.Cmd {
	s := &m.search
	s.asked = "" // what is under way answers of the old one
	s.id++
	if s.prompt.asking == nothing || strings.TrimSpace(s.prompt.text) == "" {
		return nil
	}
	return m.ask()
}

// readHit opens a post at the first of the words that were found.
func (m *Model) readHit(p *post.Post, terms library.Terms, query string) tea.Cmd {
	if terms.IsZero() { // filters alone
		return m.read(p)
	}
	m.place = inArticle
	m.article = article{post: p, resume: anchor{block: -1}, seek: find{query: query, terms: terms}}
	return m.layArticle()
}

// searchPlan says how the results are drawn.
type searchPlan struct {
	head bool // the title row and air
	per  int  // rows a result, the gap included
	fits int  // results on the screen
}

func (m *Model) searchPlan() searchPlan {
	p := searchPlan{head: m.height >= 12, per: 2}
	rows := m.height - 1 - footRows
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

// viewSearch draws what is typed and what it finds.
func (m *Model) viewSearch(f *frame) {
	f.left, f.column = column(f.width, measure)
	t, s, plan := m.theme, &m.search, m.searchPlan()
	if plan.head {
		f.spread(t.Title.Render(fit("Search "+m.index.Blog().Title, f.column-14)), t.Dim.Render(count(m.index.All().Len(), "post", "posts")))
		f.add("")
	}
	row := f.rows
	typed := s.prompt.label + s.prompt.text
	if cells := widthOf(typed); cells > f.column-1 {
		typed = textwidth.Skip(typed, cells-f.column+1)
	}
	f.cursor = tea.NewCursor(f.left+widthOf(typed), row)
	total := t.Dim.Render(m.searchTotal())
	if widthOf(typed)+widthOf(total)+2 > f.column {
		total = ""
	}
	f.spread(typed, total)
	body := f.height - footRows
	if strings.TrimSpace(s.prompt.text) == "" {
		m.viewSearchHelp(f, body)
	} else {
		s.top = window(s.top, s.selected, len(s.found.Hits), plan.fits)
		for i := s.top; i < min(s.top+plan.fits, len(s.found.Hits)); i++ {
			if plan.per > 2 && f.rows < body {
				f.add("")
			}
			m.viewHit(f, &s.found.Hits[i], plan.per, i == s.selected, body)
		}
	}
	m.foot(f, m.searchFoot(), 0, 0, true)
}

// searchTotal tells how many posts were found.
func (m *Model) searchTotal() string {
	s := &m.search
	switch {
	case strings.TrimSpace(s.prompt.text) == "":
		return ""
	case s.busy && len(s.found.Hits) == 0:
		return "searching"
	case s.found.Total == 0:
		return "nothing found"
	case s.found.Partial:
		return count(s.found.Total, "post has", "posts have") + " most of these words"
	}
	return count(s.found.Total, "post", "posts")
}

// searchFoot tells what is wrong with the query, or where the selection is.
func (m *Model) searchFoot() string {
	s := &m.search
	if len(s.found.Notes) > 0 {
		return strings.Join(s.found.Notes, " · ")
	}
	if len(s.found.Hits) == 0 {
		return strings.ToUpper(cmp.Or(m.searchTotal(), "search"))
	}
	return fmt.Sprintf("RESULT %d / %d", s.selected+1, len(s.found.Hits))
}

// viewSearchHelp tells what can be typed.
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

// viewHit draws one result in per rows, the gap above included, as long as there
// are rows.
func (m *Model) viewHit(f *frame, h *library.Hit, per int, selected bool, rows int) {
	t, cells := m.theme, f.column-widthOf(mark)
	before, title := spaces(widthOf(mark)), t.Title
	if selected {
		before, title = t.Mark.Render(mark), t.Selected
	}
	add := func(text string) {
		if f.rows < rows {
			f.add(text)
		}
	}
	when := m.shortMeta(h.Post, cells)
	room := cells - widthOf(when) - 2
	add(before + title.Render(pad(fit(h.Post.Title, room), room)) + "  " + t.Dim.Render(when))
	lines := 0
	switch per {
	case 4:
		lines = 2
	case 2, 3:
		lines = 1
	}
	if lines == 0 {
		return
	}
	m.search.found.ExcerptOf(h)
	for _, line := range wrap(h.Excerpt, cells, lines) {
		add(before + m.marked(line))
		lines--
	}
	for range lines {
		add("")
	}
}

// marked returns a line of text with the words of the search marked.
func (m *Model) marked(line string) string {
	var b strings.Builder
	spans, _ := m.search.found.Terms.Spans(line)
	end := 0
	for _, at := range spans {
		b.WriteString(line[end:at.Start])
		b.WriteString(m.theme.Match.Render(line[at.Start:at.End]))
		end = at.End
	}
	b.WriteString(line[end:])
	return b.String()
}
