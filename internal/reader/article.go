package reader

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// article is an open post: its title block, its body, and what comes next.
type article struct {
	post  *post.Post
	head  []string     // the title block, above the body
	page  *render.Page // the body; nil until it has been rendered
	tail  []string     // what stands below the body
	width int          // of the column, in cells
	top   int          // first line on the screen
	err   error        // why there is no page

	id     int    // of the page that is awaited
	resume anchor // where to stand when it comes
}

// anchor is a place in an article that outlasts another width: a line of a
// block of the body. Lines of the title block count up from -1 downwards.
type anchor struct {
	block int
	line  int // inside the block
	lines int // that the block had
}

// pageMsg brings a rendered page to the article that asked for it.
type pageMsg struct {
	id   int
	page *render.Page
	err  error
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
func (m *Model) layArticle() tea.Cmd {
	a := &m.article
	if a.page != nil {
		a.resume = a.anchor()
	}
	_, a.width = column(m.width, m.measure)
	a.head, a.tail = m.articleHead(a.post, a.width), m.articleTail(a.post, a.width)
	a.page, a.err = nil, nil
	if a.width <= 0 {
		return nil
	}
	m.renderID++
	a.id = m.renderID
	if page, ok := m.pages.Peek(a.post, a.width, m.theme); ok {
		a.loaded(pageMsg{id: a.id, page: page})
		return nil
	}
	ctx, pages, theme := m.ctx, m.pages, m.theme
	id, p, width := a.id, a.post, a.width
	return func() tea.Msg {
		page, err := pages.Page(ctx, p, width, theme)
		return pageMsg{id: id, page: page, err: err}
	}
}

// loaded takes a page, unless the article has asked for another since.
func (a *article) loaded(msg pageMsg) {
	if msg.id != a.id {
		return
	}
	a.page, a.err = msg.page, msg.err
	if a.page != nil {
		a.top = a.find(a.resume)
	}
}

// anchor tells which line of which block is the first on the screen.
func (a *article) anchor() anchor {
	line := a.top - len(a.head)
	if line < 0 || len(a.page.Blocks) == 0 {
		return anchor{block: -1, line: a.top}
	}
	block := 0
	for block+1 < len(a.page.Blocks) && a.page.Blocks[block+1] <= line {
		block++
	}
	start, end := a.block(block)
	return anchor{block: block, line: line - start, lines: end - start}
}

// find returns the line that an anchor stands for now.
func (a *article) find(at anchor) int {
	if at.block < 0 {
		return at.line
	}
	if len(a.page.Blocks) == 0 {
		return len(a.head)
	}
	start, end := a.block(min(at.block, len(a.page.Blocks)-1))
	line := at.line
	if now := end - start; at.lines > 0 && now != at.lines {
		line = at.line * now / at.lines
	}
	return len(a.head) + start + line
}

// block returns the lines of the page that a block takes.
func (a *article) block(i int) (start, end int) {
	end = len(a.page.Lines)
	if i+1 < len(a.page.Blocks) {
		end = a.page.Blocks[i+1]
	}
	return a.page.Blocks[i], end
}

// length is the number of lines of the whole article.
func (a *article) length() int {
	n := len(a.head) + len(a.tail)
	if a.page != nil {
		n += len(a.page.Lines)
	}
	return n
}

// line returns a line of the whole article.
func (a *article) line(i int) string {
	if i < len(a.head) {
		return a.head[i]
	}
	i -= len(a.head)
	if a.page != nil {
		if i < len(a.page.Lines) {
			return a.page.Lines[i]
		}
		i -= len(a.page.Lines)
	}
	return a.tail[i]
}

// articleRows is the number of rows for the text.
func (m *Model) articleRows() int { return max(m.height-footRows, 1) }

// scroll moves the text by lines.
func (m *Model) scroll(lines int) {
	a := &m.article
	a.top = max(min(a.top+lines, a.length()-m.articleRows()), 0)
}

// actArticle acts on the article.
func (m *Model) actArticle(does action) tea.Cmd {
	rows := m.articleRows()
	switch does {
	case up:
		m.scroll(-1)
	case down:
		m.scroll(1)
	case pageUp:
		m.scroll(-max(rows-2, 1)) // two lines stay, to find one's place by
	case pageDown:
		m.scroll(max(rows-2, 1))
	case halfUp:
		m.scroll(-max(rows/2, 1))
	case halfDown:
		m.scroll(max(rows/2, 1))
	case first:
		m.article.top = 0
	case last:
		m.scroll(m.article.length())
	case older:
		return m.readNeighbour(m.index.Older, "This is the oldest post.")
	case newer:
		return m.readNeighbour(m.index.Newer, "This is the newest post.")
	case wider:
		return m.setMeasure(m.measure + measureStep)
	case narrower:
		return m.setMeasure(m.measure - measureStep)
	case mouse:
		m.wheel = !m.wheel
		m.notice = "mouse wheel off: the terminal selects text again"
		if m.wheel {
			m.notice = "mouse wheel on: m lets you select text again"
		}
	case back:
		m.place = inList
		m.article = article{} // lets go of the page
	}
	return nil
}

// setMeasure changes the widest column.
func (m *Model) setMeasure(cells int) tea.Cmd {
	cells = max(min(cells, maxMeasure), minMeasure)
	if _, width := column(m.width, cells); width == m.article.width {
		if cells > m.measure {
			m.notice = "the window is no wider"
		}
		return nil
	}
	m.measure = cells
	return m.layArticle()
}

// readNeighbour opens the post next to this one, and selects it in the list.
func (m *Model) readNeighbour(next func(*post.Post) (*post.Post, bool), none string) tea.Cmd {
	p, ok := next(m.article.post)
	if !ok {
		m.notice = none
		return nil
	}
	if !m.list.selectSlug(p.Slug) {
		m.list.show(m.index.All())
		m.list.selectSlug(p.Slug)
	}
	return m.read(p)
}

// adoptArticle takes a changed post over from a newer index. One that has
// been deleted stays as it is while it is read.
func (m *Model) adoptArticle() tea.Cmd {
	if m.place != inArticle {
		return nil
	}
	p, ok := m.index.Find(m.article.post.Slug)
	if !ok {
		m.notice = "this post has been removed; it stays until you leave it"
		return nil
	}
	if p.Sum == m.article.post.Sum {
		m.article.post = p
		return nil
	}
	m.article.post = p
	m.notice = "this post has just been revised"
	return m.layArticle()
}

// articleHead is the title block.
func (m *Model) articleHead(p *post.Post, width int) []string {
	t := m.theme
	lines := make([]string, 0, 8)
	if m.height > minHeight+3 {
		lines = append(lines, "")
	}
	if info := meta(p); info != "" {
		lines = append(lines, t.Dim.Render(fit(info, width)))
	}
	for _, line := range wrap(p.Title, width, 8) {
		lines = append(lines, t.Title.Render(line))
	}
	if len(p.Authors) > 0 {
		lines = append(lines, t.Dim.Render(fit("by "+strings.Join(p.Authors, ", "), width)))
	}
	if len(p.Tags) > 0 {
		lines = append(lines, t.Accent.Render(fit("#"+strings.Join(p.Tags, " #"), width)))
	}
	return append(lines, "")
}

// articleTail tells what there is to read next.
func (m *Model) articleTail(p *post.Post, width int) []string {
	t := m.theme
	lines := []string{"", t.Faint.Render(strings.Repeat("─", width))}
	if next, ok := m.index.Older(p); ok {
		lines = append(lines, t.Key.Render("n")+" "+t.Dim.Render(fit("next: "+next.Title, width-2)))
	}
	if previous, ok := m.index.Newer(p); ok {
		lines = append(lines, t.Key.Render("p")+" "+t.Dim.Render(fit("previous: "+previous.Title, width-2)))
	}
	return lines
}

// viewArticle draws the lines that the window shows, and how far one is.
func (m *Model) viewArticle(f *frame) {
	a := &m.article
	f.left, f.column = column(f.width, m.measure)
	rows := m.articleRows()
	a.top = max(min(a.top, a.length()-rows), 0)
	end := min(a.top+rows, a.length())
	if a.page == nil {
		for _, line := range a.head[:min(len(a.head), rows)] {
			f.add(line)
		}
		if a.err != nil && len(f.lines) < rows {
			f.add(m.theme.Error.Render(fit("This post cannot be shown: "+a.err.Error(), f.column)))
		}
	} else {
		for i := a.top; i < end; i++ {
			f.add(a.line(i))
		}
	}
	m.foot(f, m.articleFoot(end), end, a.length(), true)
}

// articleFoot is the section, how far the reader is, and the minutes left.
func (m *Model) articleFoot(end int) string {
	a := &m.article
	if a.page == nil {
		return a.post.Title
	}
	percent := 100
	if length := a.length(); end < length {
		percent = end * 100 / length
	}
	place := fmt.Sprintf("%d%%", percent)
	if left := (a.post.Minutes*(100-percent) + 99) / 100; left > 0 {
		place += fmt.Sprintf(" · %d min left", left)
	}
	section := a.section(end)
	if section == "" {
		return place
	}
	return place + " · " + fit(section, max(a.width/3, 12))
}

// section returns the heading that the text at the top belongs to, or at the
// end of the article the last one. end is the first line below the screen.
func (a *article) section(end int) string {
	text, line := "", a.top-len(a.head)+1
	if end == a.length() {
		line = end // what is on the last screen never reaches the top
	}
	for _, h := range a.page.Headings {
		if h.Line > line {
			break
		}
		text = h.Text
	}
	return text
}
