package reader

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// stop is a link that Tab stops at: one in the text, or a post that is named
// below it.
type stop struct {
	at     []render.Place // lines are the article's
	target string         // as its author wrote it; "" for a post below the text
	post   *post.Post     // where it leads, if that is inside the blog
	anchor string         // of the heading it leads to, or ""
}

// visit is a place to come back to.
type visit struct {
	post  *post.Post
	at    anchor
	focus int
	find  find
}

// maxVisits is how many steps back are kept.
const maxVisits = 64

// textStops returns the links of the text.
func (m *Model) textStops() []stop {
	a := &m.article
	stops := make([]stop, 0, len(a.page.Links)+4)
	for _, link := range a.page.Links {
		if len(link.At) == 0 {
			continue
		}
		s := stop{at: make([]render.Place, len(link.At)), target: link.Target}
		for i, place := range link.At {
			place.Line += len(a.head)
			s.at[i] = place
		}
		if id, inside := strings.CutPrefix(link.Target, "#"); inside {
			s.post, s.anchor = a.post, id
		} else if p, ok := m.index.Resolve(a.post, link.Target); ok {
			s.post = p
			_, s.anchor, _ = strings.Cut(link.Target, "#")
		}
		stops = append(stops, s)
	}
	return stops
}

// walk chooses the link n places on: from the one that is chosen, or from the
// edge of the screen.
func (m *Model) walk(n int) {
	a := &m.article
	if len(a.stops) == 0 {
		m.notice = "there are no links here"
		return
	}
	if a.focus == 0 {
		a.focus = m.firstStop(n)
	} else {
		a.focus = (a.focus-1+n+len(a.stops))%len(a.stops) + 1
	}
	m.reveal(a.stops[a.focus-1].at[0].Line)
}

// firstStop returns the first link on the screen or below it, for n < 0 the
// last one on it or above.
func (m *Model) firstStop(n int) int {
	a := &m.article
	if n > 0 {
		for i, s := range a.stops {
			if s.at[0].Line >= a.top {
				return i + 1
			}
		}
		return 1
	}
	for i, s := range slices.Backward(a.stops) {
		if s.at[0].Line < a.top+m.articleRows() {
			return i + 1
		}
	}
	return len(a.stops)
}

// focused returns a line of the article with the chosen link marked, if it is
// there.
func (m *Model) focused(line int, text string) string {
	a := &m.article
	if a.focus == 0 {
		return text
	}
	for _, place := range a.stops[a.focus-1].at {
		if place.Line == line {
			text = overlay(text, place, current)
		}
	}
	return text
}

// stopFoot tells where the chosen link leads.
func (m *Model) stopFoot() string {
	a := &m.article
	s := a.stops[a.focus-1]
	where := s.target
	switch {
	case s.post == a.post:
		where = "here: " + a.nameOf(s.anchor)
	case s.post != nil:
		where = "post: " + s.post.Title
	}
	return fmt.Sprintf("link %d/%d  %s", a.focus, len(a.stops), where)
}

// follow goes where the chosen link leads. What is outside the blog is not
// ours to open: the terminal does that, or the address can be copied.
func (m *Model) follow() tea.Cmd {
	a := &m.article
	s := a.stops[a.focus-1]
	if s.post == nil {
		m.notice = "y copies it; most terminals open it with a click"
		return nil
	}
	m.visited = append(m.visited, visit{post: a.post, at: a.anchor(), focus: a.focus, find: a.find})
	if len(m.visited) > maxVisits {
		m.visited = m.visited[1:]
	}
	if s.post.Slug == a.post.Slug {
		a.focus = 0
		m.toHeading(s.anchor)
		return nil
	}
	cmd := m.read(s.post)
	a.resume.heading = s.anchor
	m.toHeading(s.anchor) // if the page was there at once
	return cmd
}

// toHeading goes to the heading or footnote that an id names.
func (m *Model) toHeading(id string) {
	a := &m.article
	if id == "" || a.page == nil {
		return
	}
	for _, h := range a.page.Headings {
		if strings.EqualFold(h.ID, id) {
			m.scrollTo(h.Line + len(a.head))
			return
		}
	}
	for _, note := range a.page.Notes {
		if id == noteID(note.Number) {
			m.reveal(note.Line + len(a.head))
		}
	}
}

// noteID is the id that links to a footnote name.
func noteID(number int) string { return "fn:" + strconv.Itoa(number) }

// nameOf writes an id of the article as people call what it names.
func (a *article) nameOf(id string) string {
	if number, ok := strings.CutPrefix(id, "fn:"); ok {
		return "footnote " + number
	}
	for _, h := range a.page.Headings {
		if strings.EqualFold(h.ID, id) {
			return h.Text
		}
	}
	return id
}

// goBack returns to the place that the last link was followed from.
func (m *Model) goBack() tea.Cmd {
	last := m.visited[len(m.visited)-1]
	m.visited = m.visited[:len(m.visited)-1]
	a := &m.article
	if a.post.Slug == last.post.Slug && a.page != nil {
		a.top, a.focus = a.lineOf(last.at), min(last.focus, len(a.stops))
		return nil
	}
	p := last.post
	if now, ok := m.index.Find(p.Slug); ok {
		p = now // it may have been revised meanwhile
	}
	cmd := m.read(p)
	a.find = last.find
	if a.page == nil {
		a.resume, a.focus = last.at, last.focus
		return cmd
	}
	if a.find.active() {
		a.find.hits, _ = a.find.in(a.page)
		a.find.at = min(a.find.at, max(len(a.find.hits)-1, 0))
	}
	a.top, a.focus = a.lineOf(last.at), min(last.focus, len(a.stops))
	return cmd
}

// layTail lays out what there is to read next, below the body. Each post named
// there is a link too.
func (m *Model) layTail() {
	a := &m.article
	a.stops, a.tail = m.textStops(), nil
	m.tailLine("")
	m.tailLine(m.theme.Faint.Render(strings.Repeat("─", a.width)))
	named := []*post.Post{a.post}
	if parts := m.index.Series(a.post.Slug); len(parts) > 1 {
		m.tailLine(m.theme.Dim.Render(fit(a.post.Series(), a.width)))
		for i, p := range parts {
			label := fmt.Sprintf("%3d. ", i+1)
			if p.Slug == a.post.Slug {
				m.tailLine(m.theme.Dim.Render(fit(label+p.Title+" (this one)", a.width)))
			} else {
				m.tailPost(label, p)
			}
		}
		m.tailLine("")
		named = append(named, parts...)
	}
	among := m.among()
	if next, ok := among.Older(a.post); ok {
		m.tailPost("n next: ", next)
		named = append(named, next)
	}
	if previous, ok := among.Newer(a.post); ok {
		m.tailPost("p previous: ", previous)
		named = append(named, previous)
	}
	m.layRelated(named)
}

// layRelated names posts on the same subject that are not named yet.
func (m *Model) layRelated(named []*post.Post) {
	a := &m.article
	const most = 3
	shown := 0
	for _, p := range m.index.Related(a.post.Slug, most+len(named)) {
		if shown == most || isIn(p, named) {
			continue
		}
		if shown == 0 {
			m.tailLine("")
			m.tailLine(m.theme.Dim.Render(fit("Related", a.width)))
		}
		m.tailPost("  ", p)
		shown++
	}
}

func isIn(p *post.Post, posts []*post.Post) bool {
	for _, q := range posts {
		if q.Slug == p.Slug {
			return true
		}
	}
	return false
}

func (m *Model) tailLine(text string) { m.article.tail = append(m.article.tail, text) }

// tailPost adds a line that names a post and leads to it. A label's first
// letter is the key that leads there too.
func (m *Model) tailPost(label string, p *post.Post) {
	a, t := &m.article, m.theme
	before := widthOf(label)
	title := fit(p.Title, a.width-before)
	styled := t.Dim.Render(label)
	if key, rest, ok := strings.Cut(label, " "); ok && key != "" && rest != "" && before > 5 {
		styled = t.Key.Render(key) + " " + t.Dim.Render(rest)
	}
	line := len(a.head) + len(a.page.Lines) + len(a.tail)
	m.tailLine(styled + title)
	if cells := widthOf(title); cells > 0 {
		a.stops = append(a.stops, stop{at: []render.Place{{Line: line, Column: before, Cells: cells}}, post: p})
	}
}

// seriesLine is "Part 2 of 4 in Postgres under load", or "".
func (m *Model) seriesLine(p *post.Post) string {
	parts := m.index.Series(p.Slug)
	if len(parts) < 2 {
		return ""
	}
	for i, part := range parts {
		if part.Slug == p.Slug {
			return fmt.Sprintf("Part %d of %d in %s", i+1, len(parts), p.Series())
		}
	}
	return ""
}
