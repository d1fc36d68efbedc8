package reader

import (
	"fmt"
	"slices"
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
	anchor string         // the id of what it leads to there, or ""
	lost   string         // what is not there, if it leads nowhere; else ""
}

// leadsAs tells whether a stop is the same as another of a page that was laid out
// before: the same link, or the same post.
func (s *stop) leadsAs(other *stop) bool {
	there := s.post == other.post || s.post != nil && other.post != nil && s.post.Slug == other.post.Slug
	return there && s.target == other.target && s.anchor == other.anchor && s.lost == other.lost
}

// again returns the number, from 1, of the stop that was chosen under a number, or
// 0 if it is not there any more.
func again(stops []stop, chosen stop, number int) int {
	if number > 0 && number <= len(stops) && stops[number-1].leadsAs(&chosen) {
		return number
	}
	for i := range stops {
		if number > 0 && stops[i].leadsAs(&chosen) {
			return i + 1
		}
	}
	return 0
}

// keepChosen remembers the link that is chosen, before the links become others.
func (a *article) keepChosen() {
	if s, ok := a.chosen(); ok {
		a.chose = s
	}
}

// visit is a place to come back to.
type visit struct {
	post  *post.Post
	at    anchor
	focus int
	chose stop
	find  find
	slid  int // the code's sideways offset, in cells
}

// maxVisits is how many steps back are kept.
const maxVisits = 64

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
	s, _ := a.chosen()
	var marks []paint
	for _, place := range s.at {
		if place.Line == line {
			marks = append(marks, paint{place, current})
		}
	}
	return painted(text, marks)
}

// chosen returns the link that is chosen. While the page is awaited there is none,
// though it will be chosen again when it comes.
func (a *article) chosen() (stop, bool) {
	if a.focus == 0 || a.focus > len(a.stops) {
		return stop{}, false
	}
	return a.stops[a.focus-1], true
}

// stopFoot tells where the chosen link leads. It gives way to the keys for it, as
// long as half of the column is left.
func (m *Model) stopFoot(s stop) string {
	a := &m.article
	where := s.target
	switch {
	case s.post != nil && s.post.Slug == a.post.Slug:
		where = "here: " + a.nameOf(s.anchor)
	case s.post != nil:
		where = "post: " + s.post.Title
	case s.lost != "":
		where = s.lost + ": " + s.target
	}
	return fit(fmt.Sprintf("link %d/%d  %s", a.focus, len(a.stops), where), max(a.width-m.footKeys().hintCells(), a.width/2))
}

// follow goes where the chosen link leads. What is outside the blog is not
// ours to open: the terminal does that, or the address can be copied. A path that
// the blog does not know leads nowhere: no terminal can open that.
func (m *Model) follow() tea.Cmd {
	a := &m.article
	s, ok := a.chosen()
	if !ok {
		return nil
	}
	switch {
	case s.lost != "":
		m.notice = "there is " + s.lost + ": " + s.target
		return nil
	case s.post == nil:
		m.notice = "y copies it; most terminals open it with a click"
		return nil
	}
	here := visit{post: a.post, at: a.anchor(), focus: a.focus, chose: s, find: a.find, slid: a.code.offset}
	here.find.hits = nil // they are many, and found again in no time
	if len(m.visited) == maxVisits {
		m.visited = slices.Delete(m.visited, 0, 1)
	}
	m.visited = append(m.visited, here)
	if s.post.Slug == a.post.Slug {
		a.focus = 0
		m.toHeading(s.anchor)
		return nil
	}
	cmd := m.read(s.post)
	if a.page == nil {
		a.resume.heading = s.anchor
	}
	m.toHeading(s.anchor)
	return cmd
}

// toHeading goes to the heading, or what else an id names.
func (m *Model) toHeading(id string) {
	a := &m.article
	if id == "" || a.page == nil {
		return
	}
	line, ok := a.page.Find(id)
	switch {
	case ok && strings.HasPrefix(id, footnote):
		m.reveal(line + len(a.head))
	case ok:
		m.standAt(line + len(a.head))
	case id == beginning:
		m.scrollTo(0)
	default:
		m.notice = "there is no heading " + id + " in this post"
	}
}

// standAt goes to a line that is to be kept in view in any window, though the end of
// the text may come on the screen with it.
func (m *Model) standAt(line int) {
	m.scrollTo(line)
	a := &m.article
	a.resume, a.stood = a.anchorOf(line), a.top
}

// What ids of footnotes begin with; and the id that names the beginning of a
// page where nothing else has it, as in HTML.
const (
	footnote  = "fn:"
	beginning = "top"
)

// nameOf writes an id of the article as people call what it names.
func (a *article) nameOf(id string) string {
	if number, ok := strings.CutPrefix(id, footnote); ok {
		return "footnote " + number
	}
	if id == beginning {
		return "the beginning"
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
		a.top, a.focus = a.lineOf(last.at), again(a.stops, last.chose, last.focus)
		a.code = sideways{offset: last.slid}
		return nil
	}
	p := last.post
	if now, ok := m.index.Find(p.Slug); ok {
		p = now // it may have been revised meanwhile
	}
	cmd := m.read(p)
	a.find, a.code = last.find, sideways{offset: last.slid}
	if a.page == nil {
		a.resume, a.focus, a.chose = last.at, last.focus, last.chose
		return cmd
	}
	if a.find.active() {
		a.find.again(a.page)
	}
	a.top, a.focus = a.lineOf(last.at), again(a.stops, last.chose, last.focus)
	return cmd
}
