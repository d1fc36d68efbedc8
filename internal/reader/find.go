package reader

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/textwidth"
	"github.com/sshblog/sshblog/internal/theme"
)

// maxHits is how many matches a find keeps at most. With more nobody would go through them.
const maxHits = 5000

// find is a search in the open article.
type find struct {
	query string
	terms library.Terms // of a search over all posts, instead of query's own
	hits                // in the order in which they are on the page
	tall  int           // the most lines that one hit spans, less one
	at    int           // the hit that n and N move from
	due   bool          // query has changed, and the search for it has not begun
	from  anchor        // the position when the find was begun
	slid  int           // the horizontal offset of code then
}

// hits are matches. There may be thousands, of which few sessions have all on the screen, so
// each takes little memory.
type hits struct {
	all []hit //ledger:counted at most maxHits
	// The parts of all of them.
	parts []hitPart //ledger:counted at most maxHits, and one for each line end in them
}

// hit is one match: where its parts are in hits.parts, one for each line of the page that it
// touches.
type hit struct{ first, end int32 }

// hitPart is a render.Place in less memory.
type hitPart struct{ line, column, cells int32 }

func (p hitPart) place() render.Place {
	return render.Place{Line: int(p.line), Column: int(p.column), Cells: int(p.cells)}
}

// len returns how many there are.
func (h *hits) len() int { return len(h.all) }

// line returns the first line of the page that a match is on.
func (h *hits) line(i int) int { return int(h.parts[h.all[i].first].line) }

// places returns where a match is, line by line.
func (h *hits) places(i int) iter.Seq[render.Place] {
	return func(yield func(render.Place) bool) {
		for _, part := range h.parts[h.all[i].first:h.all[i].end] {
			if !yield(part.place()) {
				return
			}
		}
	}
}

// start returns where a match starts.
func (h *hits) start(i int) render.Place { return h.parts[h.all[i].first].place() }

// expect allocates room for n matches, most of which have one part.
func (h *hits) expect(n int) {
	h.all = slices.Grow(h.all, n)     //ledger:counted at most maxHits
	h.parts = slices.Grow(h.parts, n) //ledger:counted at most maxHits
}

// end ends a match whose parts have been added, unless it has none.
func (h *hits) end() {
	first := int32(0)
	if n := len(h.all); n > 0 {
		first = h.all[n-1].end
	}
	if end := int32(len(h.parts)); end > first { //nolint:gosec // at most the cells of a page
		h.all = append(h.all, hit{first, end})
	}
}

// on returns what of them is on a line of the page.
func (h *hits) on(line int) (places []render.Place) {
	for _, part := range h.parts {
		if int(part.line) == line {
			places = append(places, part.place())
		}
	}
	return places
}

// weight is about how much memory they take, in bytes.
func (h *hits) weight() int {
	return cap(h.all)*int(unsafe.Sizeof(hit{})) + cap(h.parts)*int(unsafe.Sizeof(hitPart{}))
}

// active reports whether there is something to find.
func (f *find) active() bool { return f.query != "" }

// count is "3/17", for the footer.
func (f *find) count() string {
	switch {
	case !f.active():
		return ""
	case f.len() == 0:
		return "not found"
	case f.len() == maxHits:
		return fmt.Sprintf("%d/%d+", f.at+1, maxHits)
	}
	return fmt.Sprintf("%d/%d", f.at+1, f.len())
}

// look finds all matches in the text of a page, and returns the best one to start from: of a search for several
// words the first where most of them are together, else the first.
func (f *find) look(page *render.Page, text *pageText) (best int) {
	f.hits = hits{} // the old ones may be in use on the screen
	line := 0
	if f.terms.IsZero() {
		f.phraseIn(text)
	} else {
		line = f.wordsIn(page, text)
	}
	if len(page.Cells) > 0 { // the text goes down a cell before it goes to the next
		slices.SortStableFunc(f.all, func(a, b hit) int {
			at, other := f.parts[a.first], f.parts[b.first]
			return cmp.Or(cmp.Compare(at.line, other.line), cmp.Compare(at.column, other.column))
		})
	}
	f.tall, best = 0, -1
	for i, h := range f.all {
		first, last := f.parts[h.first].line, f.parts[h.end-1].line
		f.tall = max(f.tall, int(last-first))
		if best < 0 && int(first) >= line {
			best = i
		}
	}
	return max(best, 0)
}

// again finds the same on a page that was laid out anew, and stays at the match with the same number.
func (f *find) again(page *render.Page, text *pageText) {
	f.look(page, text)
	f.at = min(f.at, max(f.len()-1, 0))
}

// phraseIn finds the words of the query as they stand.
func (f *find) phraseIn(text *pageText) {
	want, ok := phraseOf(f.query)
	if !ok {
		return
	}
	normal := text.folded
	if !want.caseless {
		normal = want.normal(text.text)
	}
	f.expect(min(bytes.Count(normal, want.text), maxHits))
	places := placesIn(text)
	for at := range want.spans(text.text, normal) {
		if places.add(&f.hits, at); f.len() == maxHits {
			return
		}
	}
}

// wordsIn finds the words of a search over all posts, and the first line of the
// block that has the most of them.
func (f *find) wordsIn(page *render.Page, text *pageText) (best int) {
	most := 0
	places := placesIn(text)
	for i := range page.Blocks {
		start, end := blockLines(page, i)
		if start == end {
			continue
		}
		said, before := text.block(start, end)
		spans, different := f.terms.Spans(said)
		if different > most {
			most, best = different, start
		}
		for _, at := range spans {
			if f.len() == maxHits {
				return best
			}
			places.add(&f.hits, library.Span{Start: before + at.Start, End: before + at.End})
		}
	}
	return best
}

// startFind asks what to find in the article.
func (a *article) startFind(m *Model) {
	if a.page == nil {
		return
	}
	a.find = find{from: a.anchor(), slid: a.code.offset}
	m.prompt = m.newPrompt("/", func() string { return a.find.count() },
		func(what edit, text string) tea.Cmd { return a.finding(m, what, text) })
}

// finding updates the matches while the reader types, and scrolls to the first match after the position where
// the find began.
func (a *article) finding(m *Model, what edit, text string) tea.Cmd {
	switch what {
	case cancelled:
		a.resume, a.code = a.find.from, sideways{offset: a.find.slid}
		if a.page != nil {
			a.top = a.lineOf(a.resume)
		}
		a.find = find{}
	case edited, accepted:
		a.find.query = strings.TrimSpace(text)
		if a.page == nil { // it is being laid out
			if what == accepted {
				if a.find.active() {
					sought := a.find
					a.seek = &sought
				}
				a.find = find{}
			}
			return nil
		}
		if a.find.due = true; what == edited {
			return a.lookBeside(m)
		}
		a.look(m)
		if a.find.len() == 0 {
			if a.find.active() {
				m.notice = "not found: " + text
			}
			a.find = find{}
		}
	}
	return nil
}

// foundMsg brings the matches that a task has found.
type foundMsg struct {
	to   *article
	page *render.Page
	find find
	best int
}

// lookBeside finds in a task what has been typed, once for all that is typed until it ends.
func (a *article) lookBeside(m *Model) tea.Cmd {
	page, f, account, caches := a.page, a.find, m.account, m.caches
	return m.finds.ask(func() tea.Msg {
		turn := account.Turn()
		defer turn.End()
		best := f.look(page, caches.textOf(page))
		return foundMsg{a, page, f, best}
	})
}

// found takes the matches of a task, if they are still wanted.
func (a *article) found(msg foundMsg) {
	if f := &a.find; f.due && a.page == msg.page && f.query == msg.find.query {
		f.hits, f.tall, f.due = msg.find.hits, msg.find.tall, false
		a.toHit(msg.best)
	}
}

// look looks for what is to be found, and goes there.
func (a *article) look(m *Model) {
	a.find.due = false
	a.toHit(a.find.look(a.page, m.caches.textOf(a.page)))
}

// toHit goes to the best match, or for a phrase to the first one after the position where the find began.
func (a *article) toHit(best int) {
	a.find.at = best
	begun := a.lineOf(a.find.from)
	a.top, a.code = begun, sideways{offset: a.find.slid}
	for i := range a.find.all {
		if a.find.terms.IsZero() && a.find.line(i)+len(a.head) >= begun {
			a.find.at = i
			break
		}
	}
	a.revealHit()
}

// nextHit goes n matches on, around the ends of the article.
func (a *article) nextHit(m *Model, n int) {
	f := &a.find
	if f.len() == 0 {
		return
	}
	to := f.at + n
	f.at = (to + f.len()) % f.len()
	switch {
	case to >= f.len():
		m.notice = "the first match again"
	case to < 0:
		m.notice = "the last match again"
	}
	a.revealHit()
}

func (a *article) revealHit() {
	if a.page != nil && a.find.at < a.find.len() {
		at := a.find.start(a.find.at)
		a.reveal(at.Line + len(a.head))
		a.slideTo(at)
	}
}

// marked returns a line of the page with its matches marked. The current one differs by more than colour.
func (a *article) marked(line int, text string, t *theme.Theme) string {
	f := &a.find
	first := sort.Search(f.len(), func(i int) bool { return f.line(i)+f.tall >= line })
	var marks []paint
	for i := first; i < f.len() && f.line(i) <= line; i++ {
		style := t.Match
		if i == f.at {
			style = current
		}
		for place := range f.places(i) {
			if place.Line != line {
				continue
			}
			if place, ok := a.code.seen(a.page, place); ok {
				marks = append(marks, paint{place, style})
			}
		}
	}
	if len(a.page.Cells) > 0 { // a match in a cell may span more lines than those right of it
		slices.SortStableFunc(marks, func(a, b paint) int { return a.Column - b.Column })
	}
	return painted(text, marks)
}

// current is the style of the current match or link: reversed, which every terminal can show, with colours or
// without.
const current theme.SGR = "\x1b[7m"

// paint is a part of a line that gets another style.
type paint struct {
	render.Place
	style theme.SGR
}

// painted paints parts of a styled line anew, which must be in order. It goes over
// the line once, however many they are.
func painted(line string, parts []paint) string {
	if len(parts) == 0 {
		return line
	}
	var b strings.Builder
	var before textwidth.State
	column, inside := 0, false
	for t := range textwidth.Tokens(line) {
		if t.Control {
			if textwidth.SGR(t.Text) == 0 { // a hyperlink stays
				b.WriteString(t.Text)
				continue
			}
			before.Add(t.Text)
			if !inside {
				b.WriteString(t.Text)
			}
			continue
		}
		for inside && column >= parts[0].Column+parts[0].Cells {
			b.WriteString("\x1b[m")
			b.Write(before.Append(nil))
			parts, inside = parts[1:], false
			for len(parts) > 0 && parts[0].Column+parts[0].Cells <= column {
				parts = parts[1:] // it overlaps the one before
			}
			if len(parts) == 0 {
				break
			}
		}
		if !inside && len(parts) > 0 && column >= parts[0].Column {
			inside = true
			if !before.IsDefault() {
				b.WriteString("\x1b[m")
			}
			b.WriteString(string(parts[0].style))
		}
		b.WriteString(t.Text)
		column += t.Cells
	}
	if inside {
		b.WriteString("\x1b[m")
	}
	return b.String()
}
