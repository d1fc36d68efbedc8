package reader

import (
	"context"
	"time"
	"unsafe"
	"weak"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// article is an open post: its title block, its body, and what follows it. The lines of all three are numbered
// together, from 0.
type article struct {
	post *post.Post
	from *list // that it was chosen in, or nil; n and p walk it
	laid

	rows int   // of the window, for the text
	top  int   // first line on the screen
	err  error // why there is no page
	// Another article is open over it, to which a link has led: this one holds no page meanwhile.
	covered bool

	id     int    // of the page that was asked for
	resume anchor // where to scroll to when it comes
	stood  int    // the top line that resume has led to; resume counts as long as top stays that
	ended  bool   // the last line of its text was on the screen
	seek   *find  // what to find when it comes, or nil
	// Its page has come, and its kept passages have not been found yet.
	relights  bool
	toPassage uint64 // the passage to scroll to when the page comes; 0: none

	spot  *spot               // the position that is saved; nil if none is yet, or no memory is kept
	where func() memory.Place // of spot
	lit   lit                 // the kept passages on it
	// The part of it that is being selected; nil if none is.
	passage *passage

	find  find
	focus int  // number of the link that Enter follows, from 1; 0: none
	chose stop // that one, to find it again among others
	code  sideways
}

// laid is the laid out text of an article.
type laid struct {
	head  []string     // the title block, above the body
	page  *render.Page // the body; nil until it has been rendered
	tail  []string     // what stands below the body
	stops []stop       // links, in the order in which Tab walks them
	width int          // of the column, in cells

	around  weak.Pointer[chrome] // what head, tail, stops and minutes are from; zero without a page
	minutes int                  // that it takes to read
}

// moved stands in article.stood for a position that the reader has left.
const moved = -1 << 30

// pageMsg brings a rendered page to the article that asked for it.
type pageMsg struct {
	to   *article
	id   int
	page *render.Page
	err  error
	held int64 // bytes taken from the account for it, until the article has it
}

// open opens p over the screens that are open, at its beginning or at what seek finds. from is the list that it
// was chosen in, or nil.
func (m *Model) open(p *post.Post, from *list, seek *find) tea.Cmd {
	a := m.newArticle()
	a.from = from
	a.begin(m, p)
	if seek != nil {
		a.anew(m)
	}
	a.seek = seek
	return m.push(a)
}

// newArticle returns an empty article.
func (m *Model) newArticle() *article {
	a := m.spare
	m.spare = nil
	if a == nil {
		a = &article{}
	}
	return a
}

// begin makes it an article of p, at its beginning.
func (a *article) begin(m *Model, p *post.Post) {
	m.history.Add(p)
	if _, held := m.index.Held(p); !held {
		m.opened(p.Address)
	}
	a.left(m)
	*a = article{post: p, from: a.from, resume: anchor{block: -1}}
	m.greeting = greeting{}
	if m.memory == nil {
		return
	}
	if mark := MarkOf(m.memory, p); mark.Begun() {
		a.resumeAt(m, mark.Place)
	}
	m.memory.Opened(p.Address)
	m.marksOf++
}

// close releases all that it holds.
func (a *article) close(m *Model) {
	a.left(m)
	*a = article{}
	m.spare = a
}

func (a *article) keys(m *Model) *keymap {
	s, ok := a.chosen()
	switch {
	case !ok:
		return &m.keys.article
	case s.post != nil:
		return &m.keys.post
	}
	return &m.keys.address
}

// reflow lays it out for the window, the column and the theme. A body that is not in the cache at this width is
// rendered in a task; until then only the title is shown.
func (a *article) reflow(m *Model) tea.Cmd {
	if a.covered {
		return nil
	}
	a.keepAnchor()
	a.keepChosen()
	_, width := column(m.width, m.measure)
	a.laid, a.err, a.rows = laid{width: width}, nil, m.articleRows()
	a.find.hits, a.lit = hits{}, lit{} // they are of the page before
	if a.width <= 0 {
		return nil
	}
	settle := time.Duration(0)
	if m.dragged {
		settle = resizeTime
	}
	if m.asking != nil {
		settle = max(settle, settleTime)
	}
	m.unask()
	m.renderID++
	a.id = m.renderID
	if page, ok := m.pages.Peek(a.post, a.width, m.theme); ok {
		a.loaded(m, pageMsg{id: a.id, page: page})
		return nil
	}
	a.head = m.articleHead(a.post, a.width)
	ctx, cancel := context.WithCancel(m.ctx)
	m.asking = cancel
	pages, account, theme := m.pages, m.account, m.theme
	id, p, width := a.id, a.post, a.width
	return slowly(func() tea.Msg {
		if !rests(ctx, settle) {
			return nil
		}
		page, err := pages.Page(ctx, account, p, width, theme)
		page, held, err := Hold(account, page, err)
		return pageMsg{to: a, id: id, page: page, err: err, held: held}
	})
}

// keepAnchor remembers the position of the reader for another layout. In a large window the position may not
// have been reached since the end of the text came first; in a smaller window it is. A reader who was at the
// end stays there.
func (a *article) keepAnchor() {
	if a.page == nil || a.top == a.stood {
		return
	}
	a.resume = a.anchor()
	a.resume.end = a.top > 0 && a.top == a.length()-a.rows
	a.stood = a.top
}

// How long the layout has to stay the same before a page is rendered: after a change of theme or column while
// the page before was still awaited, and after a window has changed its size within dragTime of another change,
// as while it is dragged.
const (
	settleTime = 50 * time.Millisecond
	resizeTime = 250 * time.Millisecond
	dragTime   = time.Second
)

// rests waits for that long, and reports false if ctx has ended first.
func rests(ctx context.Context, settle time.Duration) bool {
	if settle == 0 {
		return true
	}
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// unask cancels the request for a page that is not wanted any more. Without it a window that is dragged would
// leave a render for each of its sizes.
func (m *Model) unask() {
	if m.asking != nil {
		m.asking()
		m.asking = nil
	}
}

// loaded takes a page, unless the article has asked for another since.
func (a *article) loaded(m *Model, msg pageMsg) {
	if a.post == nil || msg.id != a.id {
		return
	}
	m.unask() // it has come
	a.page, a.err = msg.page, msg.err
	if a.page == nil {
		return
	}
	a.code = sideways{offset: a.code.offset}
	a.takeChrome(m)
	if a.resume.end {
		a.scrollTo(a.length())
	} else {
		a.scrollTo(a.lineOf(a.resume))
	}
	a.stood = a.top
	a.toHeading(m, a.resume.heading)
	a.resume.heading = ""
	if a.find.active() {
		a.find.again(a.page, m.caches.textOf(a.page))
	}
	a.relights = m.memory != nil
	if a.seek != nil {
		a.find, a.seek = *a.seek, nil
		a.find.from = a.resume
		a.look(m)
		if a.find.len() == 0 { // only its title or its tags have the words
			a.find = find{}
		}
	}
}

// takeChrome takes over the chrome that belongs to the page.
func (a *article) takeChrome(m *Model) {
	s := a.chromeOf(m)
	a.keepChosen()
	a.head, a.tail, a.stops, a.minutes, a.around = s.head, s.tail, s.stops, s.minutes, weak.Make(s)
	a.focus = again(a.stops, a.chose, a.focus)
}

// length is the number of lines of the whole article.
func (a *article) length() int {
	n := len(a.head) + len(a.tail)
	if a.page != nil {
		n += a.page.Lines.Len()
	}
	return n
}

// articleRows is the number of rows for the text.
func (m *Model) articleRows() int { return max(m.height-footerRows, 1) }

// scroll moves the text by lines.
func (a *article) scroll(lines int) { a.scrollTo(a.top + lines) }

// scrollTo puts a line at the top, as far as there is text below it.
func (a *article) scrollTo(line int) {
	top := max(min(line, a.length()-a.rows), 0)
	if top != a.top {
		a.stood = moved
	}
	a.top = top
}

// reveal scrolls a line into view, with some lines above it for context. It does not scroll if the line is
// visible.
func (a *article) reveal(line int) {
	if line < a.top || line >= a.top+a.rows {
		a.scrollTo(line - a.rows/3)
	}
}

// adopt takes a changed post over from a newer index. One that was deleted stays open as it is.
func (a *article) adopt(m *Model) tea.Cmd {
	if a.covered {
		return nil // uncover does this
	}
	p, ok := m.index.Again(a.post)
	if !ok {
		m.notice = "this post has been removed; it stays until you leave it"
		return nil
	}
	if p.Sum == a.post.Sum {
		a.post = p
		if a.page != nil {
			above := len(a.head)
			a.takeChrome(m) // its neighbours and its series may be others now
			if a.top >= above {
				a.top += len(a.head) - above
				a.stood += len(a.head) - above
			}
			a.scroll(0)
		}
		return nil
	}
	a.keepAnchor()
	a.resume.end = false // there may be more to read now
	a.post = p
	m.notice = "this post has just been revised"
	return a.reflow(m)
}

// weight counts the page too: pages are shared, but one that is open may outlive its place in the cache.
func (a *article) weight() int {
	n := int(unsafe.Sizeof(*a)) + a.find.weight() + a.lit.weight() + cap(a.stops)*stopBytes
	if a.page != nil {
		n += int(a.page.Size())
	}
	return n
}
