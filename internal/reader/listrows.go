package reader

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/theme"
)

// viewPosts draws posts that take so many rows each.
func (m *Model) viewPosts(f *frame, posts []*post.Post, marks string, shape layout, rows []int) {
	for i, p := range posts {
		if i > 0 && shape.gap() > 0 {
			f.add("")
		}
		key := rowsKey{p, m.theme, f.left, f.column, shape, rows[i] - shape.gap(), i+m.list.top == m.list.selected, markAt(marks, i)}
		f.put(m.caches.rows.get(key, func() []string { return m.layRows(key) }))
	}
}

// rowsEach returns the layout of the posts, how many rows each takes, the gap included, and how many rows are
// left. It is the plan's, unless more posts are shown whole with the meta beside the titles.
func (m *Model) rowsEach(posts []*post.Post, column int, plan listPlan) (shape layout, rows []int, spare int) {
	rows, spare, whole := m.shareRows(posts, column, plan)
	if whole || plan.shape != airy || column < besideCells {
		return plan.shape, rows, spare
	}
	plan.shape = beside
	if denser, left, whole := m.shareRows(posts, column, plan); whole {
		return beside, denser, left
	}
	return airy, rows, spare
}

// shareRows shares the rows of a plan among the posts, and reports whether all
// are shown whole.
func (m *Model) shareRows(posts []*post.Post, column int, plan listPlan) (rows []int, spare int, whole bool) {
	rows = slices.Repeat([]int{plan.per}, len(posts))
	free := plan.above + plan.rows + plan.shape.gap() // none is due below the last
	if len(posts) == 0 || plan.shape.gap() == 0 {
		return rows, free - len(posts)*plan.per, false
	}
	for i, p := range posts {
		rows[i] = m.caches.whole.get(wholeKey{p, column, plan.shape}, func() int { return m.wholeRows(p, plan.shape, column) })
	}
	return level(rows, plan.per, free)
}

// level distributes the free rows among posts that want some. If all get what they want, each takes at least
// per rows as far as there are enough, so that posts stand at equal distances. Otherwise each gets the same,
// and of what is left then those that lack least get what they want.
func level(rows []int, per, free int) (got []int, spare int, whole bool) {
	most, least := slices.Max(rows), 0
	taken := func(n int) int { return max(min(n, most), least) }
	fits := func() bool {
		all := 0
		for _, n := range rows {
			all += taken(n)
		}
		spare = free - all
		return spare >= 0
	}
	wanted := most
	for !fits() && most > 0 {
		most--
	}
	if whole = most == wanted; whole {
		for least = per; !fits(); {
			least--
		}
	}
	got = make([]int, len(rows))
	for i, n := range rows {
		got[i] = taken(n)
	}
	for lacking := 1; !whole && lacking <= spare; lacking++ {
		for i, n := range rows {
			if n-got[i] == lacking && lacking <= spare {
				got[i], spare = n, spare-lacking
			}
		}
	}
	return got, spare, whole
}

// wholeRows is how many rows a post takes that is shown in full, the gap included.
func (m *Model) wholeRows(p *post.Post, shape layout, column int) int {
	cells := column - widthOf(mark)
	rows := shape.gap() + len(wrapIn(m.theme, m.caches.derivedOf(p).summary, cells, manyRows))
	if shape == beside {
		return rows + len(wrapIn(m.theme, p.Title(), cells-besideMeta, manyRows))
	}
	return rows + 1 + len(wrapIn(m.theme, p.Title(), cells, manyRows))
}

// manyRows is more than any title or summary takes in a window that is not too
// small.
const manyRows = post.MaxTitle + post.MaxSummary

// mark is what stands before the selected post, never colour alone.
const mark = "▌ "

// besideMeta are the cells that are kept free beside a title: the width of "  Sep 30, 2026 · 10 min".
const besideMeta = 2 + 21

// layRows draws a post in as many rows as it has, the gap not included.
func (m *Model) layRows(o rowsKey) []string {
	before, title := spaces(widthOf(mark)), o.theme.Title
	if o.selected {
		before, title = o.theme.Mark.Render(mark), o.theme.Selected
	}
	before = spaces(o.left) + before
	lines := m.linesOf(o, title)
	rows := make([]string, 0, max(o.rows, len(lines))) //ledger:counted as the rows of a window
	for _, line := range lines {
		rows = append(rows, before+line)
	}
	for len(rows) < o.rows {
		rows = append(rows, "")
	}
	return rows
}

// linesOf returns the lines of a post, its title in the style given.
func (m *Model) linesOf(o rowsKey, title theme.SGR) []string {
	t, p, cells := o.theme, o.post, o.cells-widthOf(mark)
	switch o.shape {
	case row:
		when := strings.TrimSpace(o.mark.text(true) + " " + m.shortMeta(p, cells))
		room := cells - widthOf(when) - 2
		return []string{title.Render(pad(fitOn(t, p.Title(), room), room)) + "  " + t.Dim.Render(when)}
	case bare:
		return []string{title.Render(fitOn(t, p.Title(), cells)), t.Dim.Render(m.markedMeta(o, cells, metaIn))}
	case beside:
		lines := m.textOf(o, title, cells-besideMeta, o.rows)
		when := m.markedMeta(o, cells-cellsOn(t, lines[0])-2, shortMetaIn)
		lines[0] += spaces(cells-widthOf(lines[0])-cellsOn(t, when)) + t.Dim.Render(when)
		return lines
	default:
		when := t.Dim.Render(m.markedMeta(o, cells, metaIn))
		return append([]string{when}, m.textOf(o, title, cells, o.rows-1)...)
	}
}

// markedMeta is the meta of a post and its mark. The meta is cut, the mark is not.
func (m *Model) markedMeta(o rowsKey, cells int, meta func(*theme.Theme, *post.Post, derived, int) string) string {
	mark := o.mark.text(false)
	if mark == "" {
		return meta(o.theme, o.post, m.derivedOf(o.post), cells)
	}
	room := cells - cellsOn(o.theme, " · "+mark)
	when := meta(o.theme, o.post, m.derivedOf(o.post), room)
	if strings.HasSuffix(when, "…") { // the date is more than half a reading time
		when = o.post.Date.Format("Jan 2, 2006")
		if o.post.Date.IsZero() || cellsOn(o.theme, when) > room {
			when = ""
		}
	}
	return fit(joinMeta(when, mark), cells)
}

// textOf returns a post's title, wrapped to width cells, and its summary in so
// many rows at most.
func (m *Model) textOf(o rowsKey, title theme.SGR, width, rows int) []string {
	cells, summary := o.cells-widthOf(mark), m.caches.derivedOf(o.post).summary
	lines := wrapIn(o.theme, o.post.Title(), width, max(min(rows, 2), rows-len(wrapIn(o.theme, summary, cells, rows))))
	for i := range lines {
		lines[i] = title.Render(lines[i])
	}
	return append(lines, wrapIn(o.theme, summary, cells, rows-len(lines))...)
}

// markedDate is the short meta of a post with its mark.
func (m *Model) markedDate(p *post.Post, cells int) string {
	return strings.TrimSpace(m.markOf(p).text(true) + " " + m.shortMeta(p, cells))
}

// shortMeta is the date, in a window that has no room for more, or why readers do not see the post.
func (m *Model) shortMeta(p *post.Post, cells int) string {
	const roomy = 44
	if state := m.index.State(p); state != "" {
		return briefly(state, cells/2)
	}
	if p.Date.IsZero() || cells < roomy {
		return ""
	}
	return p.Date.Format("2006-01-02")
}
