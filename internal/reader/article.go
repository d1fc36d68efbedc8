package reader

import (
	"context"
	"hash/fnv"
	"io"
	"strings"
	"time"
	"weak"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// article is an open post: its title block, its body, and what comes next.
// The lines of all three are counted together, from 0.
type article struct {
	post  *post.Post
	head  []string     // the title block, above the body
	page  *render.Page // the body; nil until it has been rendered
	tail  []string     // what stands below the body
	width int          // of the column, in cells

	around weak.Pointer[surround] // whence all but the body is; zero without a page

	minutes int   // that it takes to read
	top     int   // first line on the screen
	err     error // why there is no page

	id     int    // of the page that is awaited
	resume anchor // where to stand when it comes
	stood  int    // the top that this has led to; as long as it stays, resume counts
	seek   find   // what to find when it comes

	find  find
	stops []stop // links, in the order in which Tab walks them
	focus int    // the stop that Enter follows, from 1; 0: none
	chose stop   // that one, to find it again among others
	code  sideways
}

// moved is where an article stood whose reader has moved since.
const moved = -1 << 30

// anchor is a place in an article that outlasts another width: a line of a
// block of the body. Lines of the title block have block -1.
type anchor struct {
	block int
	line  int  // inside the block
	lines int  // that the block had
	end   bool // the last line was on the screen, and is to be

	sum uint64 // of the block's text, to find it again in a revised post

	heading string // to stand at instead, by its id
}

// pageMsg brings a rendered page to the article that asked for it.
type pageMsg struct {
	id   int
	page *render.Page
	err  error
	held int64 // bytes that were taken from the account for it, until it is taken in
}

// read opens p at its beginning.
func (m *Model) read(p *post.Post) tea.Cmd {
	m.place = inArticle
	m.article = article{post: p, resume: anchor{block: -1}}
	return m.layArticle()
}

// layArticle lays the article out for the window, the column and the theme.
// A body that nobody has read at this width is rendered beside; the title
// stands there meanwhile.
func (m *Model) layArticle() tea.Cmd { return m.layArticleAfter(0) }

// layArticleAfter is layArticle, but a body that has to be rendered is not before
// it has been wanted for a while.
func (m *Model) layArticleAfter(settle time.Duration) tea.Cmd {
	a := &m.article
	m.keepPlace()
	_, a.width = column(m.width, m.measure)
	a.keepChosen()
	a.page, a.head, a.tail, a.stops, a.err = nil, nil, nil, nil, nil
	a.around = weak.Pointer[surround]{}
	a.find.hits = nil // they are of the page before
	if a.width <= 0 {
		return nil
	}
	if m.asking != nil {
		settle = max(settle, settleTime)
	}
	m.unask()
	m.renderID++
	a.id = m.renderID
	if page, ok := m.pages.Peek(a.post, a.width, m.theme); ok {
		m.loaded(pageMsg{id: a.id, page: page})
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
		page, held, err := hold(account, page, err)
		return pageMsg{id: id, page: page, err: err, held: held}
	})
}

// keepPlace remembers where the reader stands for another layout. In a large window
// the end of the text may have come before the reader got to where they were: they
// get there in a smaller one. Who went to the end stays at the end.
func (m *Model) keepPlace() {
	a := &m.article
	if a.page == nil || a.top == a.stood {
		return
	}
	a.resume = a.anchor()
	a.resume.end = a.top > 0 && a.top == a.length()-m.articleRows()
	a.stood = a.top
}

// How long something has to stay as it is before its page is rendered: a theme or
// a choice, if the page before was not waited for; and a window that has got its
// size within dragTime of another, as one that is dragged does many times.
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

// unask withdraws the question for a page that is not wanted any more. Without
// it a window that is dragged leaves a render for each size behind it.
func (m *Model) unask() {
	if m.asking != nil {
		m.asking()
		m.asking = nil
	}
}

// loaded takes a page, unless the article has asked for another since.
func (m *Model) loaded(msg pageMsg) {
	a := &m.article
	if a.post == nil || msg.id != a.id {
		return
	}
	m.unask() // it has been answered
	a.page, a.err = msg.page, msg.err
	if a.page == nil {
		return
	}
	a.code = sideways{offset: a.code.offset}
	m.surround()
	if a.resume.end {
		m.scrollTo(a.length())
	} else {
		m.scrollTo(a.lineOf(a.resume))
	}
	a.stood = a.top
	m.toHeading(a.resume.heading)
	a.resume.heading = ""
	if a.find.active() {
		a.find.again(a.page)
	}
	if a.seek.active() {
		a.find, a.seek = a.seek, find{}
		a.find.from = a.resume
		m.seek()
		if len(a.find.hits) == 0 { // only its title or its tags have the words
			a.find = find{}
		}
	}
}

// surround puts around the page what belongs there.
func (m *Model) surround() {
	a := &m.article
	s := m.surroundOf()
	a.keepChosen()
	a.head, a.tail, a.stops, a.minutes, a.around = s.head, s.tail, s.stops, s.minutes, weak.Make(s)
	a.focus = again(a.stops, a.chose, a.focus)
}

// anchor tells which line of which block is the first on the screen.
func (a *article) anchor() anchor { return a.anchorOf(a.top) }

func (a *article) anchorOf(line int) anchor {
	line -= len(a.head)
	if line < 0 || len(a.page.Blocks) == 0 {
		return anchor{block: -1, line: line + len(a.head)}
	}
	block := 0
	for block+1 < len(a.page.Blocks) && a.page.Blocks[block+1] <= line {
		block++
	}
	start, end := blockLines(a.page, block)
	return anchor{block: block, line: line - start, lines: end - start, sum: a.sum(block)}
}

// lineOf returns the line that an anchor stands for now.
func (a *article) lineOf(at anchor) int {
	if at.block < 0 {
		return at.line
	}
	if len(a.page.Blocks) == 0 {
		return len(a.head)
	}
	start, end := blockLines(a.page, a.blockOf(at))
	line := at.line
	if now := end - start; at.lines > 0 && now != at.lines {
		line = at.line * now / at.lines
	}
	return len(a.head) + start + line
}

// sum is a hash of what a block says, however it is wrapped; 0 if it says nothing.
func (a *article) sum(block int) uint64 {
	start, end := blockLines(a.page, block)
	hash, said := fnv.New64a(), false
	for line := start; line < end; line++ {
		for word := range strings.FieldsSeq(ansi.Strip(a.page.Lines.At(line))) {
			_, _ = io.WriteString(hash, word) // it never fails
			said = true
		}
	}
	if !said {
		return 0
	}
	return hash.Sum64()
}

// blockOf returns the block of an anchor: the nearest with its text, else the one
// with its number.
func (a *article) blockOf(at anchor) int {
	blocks := len(a.page.Blocks)
	for far := 0; far < blocks && at.sum != 0; far++ {
		for _, i := range [...]int{at.block + far, at.block - far} {
			if i >= 0 && i < blocks && a.sum(i) == at.sum {
				return i
			}
		}
	}
	return min(at.block, blocks-1)
}

// blockLines returns the lines of a page that a block takes.
func blockLines(page *render.Page, i int) (start, end int) {
	end = page.Lines.Len()
	if i+1 < len(page.Blocks) {
		end = page.Blocks[i+1]
	}
	return page.Blocks[i], end
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
func (m *Model) articleRows() int { return max(m.height-footRows, 1) }

// scroll moves the text by lines.
func (m *Model) scroll(lines int) { m.scrollTo(m.article.top + lines) }

// scrollTo puts a line at the top, as far as there is text below it.
func (m *Model) scrollTo(line int) {
	a := &m.article
	top := max(min(line, a.length()-m.articleRows()), 0)
	if top != a.top {
		a.stood = moved
	}
	a.top = top
}

// reveal brings a line on the screen, with some of what leads to it above. It
// moves nothing if the line is there.
func (m *Model) reveal(line int) {
	rows := m.articleRows()
	if top := m.article.top; line < top || line >= top+rows {
		m.scrollTo(line - rows/3)
	}
}

// adoptArticle takes a changed post over from a newer index. One that has
// been deleted stays as it is while it is read.
func (m *Model) adoptArticle() tea.Cmd {
	if m.article.post == nil {
		return nil
	}
	p, ok := m.index.Find(m.article.post.Slug)
	if !ok {
		m.notice = "this post has been removed; it stays until you leave it"
		return nil
	}
	if p.Sum == m.article.post.Sum {
		m.article.post = p
		if a := &m.article; a.page != nil {
			above := len(a.head)
			m.surround() // its neighbours and its series may be others now
			if a.top >= above {
				a.top += len(a.head) - above
				a.stood += len(a.head) - above
			}
		}
		return nil
	}
	m.keepPlace()
	m.article.resume.end = false // there may be more to read now
	m.article.post = p
	m.notice = "this post has just been revised"
	return m.layArticle()
}
