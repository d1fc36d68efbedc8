package reader

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// stop is a link that Tab selects: one in the text, or a post that is named below it.
type stop struct {
	at     []render.Place // lines are the article's
	target string         // as its author wrote it; "" for a post below the text
	post   *post.Post     // where it leads, if that is inside the blog
	anchor string         // the id of what it leads to there, or ""
	lost   string         // what is missing, if it leads nowhere; else ""
}

// leadsAs reports whether a stop equals one of an earlier layout of the page: the same link, or the same post.
func (s *stop) leadsAs(other *stop) bool {
	there := s.post == other.post || s.post != nil && other.post != nil && s.post.Address == other.post.Address
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

// keepChosen remembers the chosen link before the links are replaced.
func (a *article) keepChosen() {
	if s, ok := a.chosen(); ok {
		a.chose = s
	}
}

// maxVisits is how many articles the stack keeps that links were followed from.
const maxVisits = 64

// walk chooses the n-th link after the chosen one, or from the edge of the screen.
func (a *article) walk(m *Model, n int) {
	if len(a.stops) == 0 {
		m.notice = "there are no links here"
		return
	}
	if a.focus == 0 {
		a.focus = a.firstStop(n)
	} else {
		a.focus = (a.focus-1+n+len(a.stops))%len(a.stops) + 1
	}
	a.reveal(a.stops[a.focus-1].at[0].Line)
}

// firstStop returns the first link on the screen or below it, for n < 0 the
// last one on it or above.
func (a *article) firstStop(n int) int {
	if n > 0 {
		for i, s := range a.stops {
			if s.at[0].Line >= a.top {
				return i + 1
			}
		}
		return 1
	}
	for i, s := range slices.Backward(a.stops) {
		if s.at[0].Line < a.top+a.rows {
			return i + 1
		}
	}
	return len(a.stops)
}

// focused returns a line of the article with the chosen link marked, if it is
// there.
func (a *article) focused(line int, text string) string {
	s, _ := a.chosen()
	var marks []paint
	for _, place := range s.at {
		if place.Line == line {
			marks = append(marks, paint{place, current})
		}
	}
	return painted(text, marks)
}

// chosen returns the chosen link. While the page is being laid out there is none, though it will be chosen
// again then.
func (a *article) chosen() (stop, bool) {
	if a.focus == 0 || a.focus > len(a.stops) {
		return stop{}, false
	}
	return a.stops[a.focus-1], true
}

// stopFooter returns where the chosen link leads. It leaves at least half of the column to the keys.
func (a *article) stopFooter(m *Model, s stop) string {
	where := s.target
	switch {
	case s.post != nil && s.post.Address == a.post.Address:
		where = "here: " + a.nameOf(s.anchor)
	case s.post != nil:
		where = "post: " + Titled(m.index, s.post)
	case s.lost != "":
		where = s.lost + ": " + s.target
	}
	return fit(fmt.Sprintf("link %d/%d  %s", a.focus, len(a.stops), where), max(a.width-a.keys(m).hintCells(), a.width/2))
}

// follow opens the target of the chosen link. A URL outside the blog cannot be opened from here: the terminal
// does that, or it can be copied. A path that the blog does not know leads nowhere, since no terminal can open
// it.
func (a *article) follow(m *Model) tea.Cmd {
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
	next := m.newArticle()
	next.from = a.from
	if s.post.Address == a.post.Address {
		*next = *a
		next.focus, next.spot, next.where = 0, nil, nil
	} else {
		a.left(m)
		next.begin(m, s.post)
		if s.anchor != "" {
			next.anew(m)
		}
	}
	a.cover(m)
	m.stack = append(m.stack, next)
	var cmd tea.Cmd
	if next.page == nil {
		if cmd = next.reflow(m); next.page == nil {
			next.resume.heading = s.anchor
		}
	}
	next.toHeading(m, s.anchor)
	return cmd
}

// cover reduces an article to what is needed to come back to it. If there are too many of them, the first is
// dropped.
func (a *article) cover(m *Model) {
	a.left(m)
	if a.page != nil {
		a.resume = a.anchor()
	}
	a.code = sideways{offset: a.code.offset}
	a.keepChosen()
	a.laid, a.find.hits, a.lit, a.covered = laid{}, hits{}, lit{}, true // matches may be many, and are found again quickly
	over := 0
	for i, s := range slices.Backward(m.stack) {
		if _, ok := s.(*article); ok {
			if over++; over > maxVisits {
				m.stack = slices.Delete(m.stack, i, i+1)
			}
		}
	}
}

// uncover comes back from another article.
func (a *article) uncover(m *Model, from *article) tea.Cmd {
	a.covered = false
	if a.post.Address == from.post.Address && from.page != nil {
		a.post, a.laid, a.rows, a.find, a.lit = from.post, from.laid, from.rows, from.find, from.lit
		a.focus = again(a.stops, a.chose, a.focus)
		a.scrollTo(a.lineOf(a.resume))
		return nil
	}
	if now, ok := m.index.Again(a.post); ok {
		a.post = now // it may have been revised meanwhile
	}
	return a.reflow(m)
}

// toHeading goes to the heading, or what else an id names.
func (a *article) toHeading(m *Model, id string) {
	if id == "" || a.page == nil {
		return
	}
	line, ok := a.page.Find(id)
	switch {
	case ok && strings.HasPrefix(id, footnote):
		a.reveal(line + len(a.head))
	case ok:
		a.standAt(line + len(a.head))
	case id == beginning:
		a.scrollTo(0)
	default:
		m.notice = "there is no heading " + id + " in this post"
	}
}

// standAt scrolls to a line that must stay visible in any window, even if the end of the text is visible too.
func (a *article) standAt(line int) {
	a.scrollTo(line)
	a.resume, a.stood = a.anchorOf(line), a.top
}

// Prefixes of the ids of footnotes; and the id of the beginning of a page if nothing else has it, as in HTML.
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
