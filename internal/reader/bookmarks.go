package reader

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// keptMsg brings the result of a request to the store of what is kept.
type keptMsg struct {
	then func(*Model) tea.Cmd
}

// keptOr returns the message that says what has been done, and runs then, or says why it failed.
func keptOr(err error, what string, then func(*Model) tea.Cmd) keptMsg {
	return keptMsg{func(m *Model) tea.Cmd {
		m.marksOf++
		if err != nil {
			m.notice = "not kept: " + err.Error()
			return nil
		}
		m.notice = what
		return then(m)
	}}
}

// keep makes a request to the store, in a task, after those before it have ended.
func (m *Model) keep(what func() keptMsg) tea.Cmd {
	if m.keeps.busy {
		m.notice = "what was kept last is still being written: again in a moment"
		return nil
	}
	return m.keeps.ask(func() tea.Msg { return what() })
}

// bookmark adds a bookmark of a post, or removes it.
func (m *Model) bookmark(p *post.Post) tea.Cmd {
	if m.memory == nil {
		return m.unkept()
	}
	mem, ctx, address, on := m.memory, m.ctx, p.Address, !MarkOf(m.memory, p).Bookmarked
	what := "bookmark removed"
	if on {
		what = "bookmark kept: S lists what you have"
	}
	return m.keep(func() keptMsg {
		return keptOr(mem.Bookmark(ctx, address, on), what, func(*Model) tea.Cmd { return nil })
	})
}

// toggleRead marks a post as read, or as unread if it was.
func (m *Model) toggleRead(p *post.Post) tea.Cmd {
	if m.memory == nil {
		return m.unkept()
	}
	m.notice = ToggleRead(m.memory, p)
	m.marksOf++
	return nil
}

// ToggleRead marks a post in a memory as read, or as unread if it was, under all of its names, and says
// which.
func ToggleRead(of Memory, p *post.Post) (said string) {
	if MarkOf(of, p).Read.IsZero() {
		of.Read(p.Address)
		return "marked as read"
	}
	for _, name := range p.Names() {
		if !of.Mark(name).Read.IsZero() {
			of.Unread(name)
		}
	}
	return "marked as unread"
}

// keptLists are a reader's bookmarks and passages.
type keptLists struct {
	bookmarks  []memory.Bookmark
	highlights []memory.Highlight
}

func listsOf(ctx context.Context, mem Memory) (k keptLists, err error) {
	if k.bookmarks, err = mem.Bookmarks(ctx); err == nil {
		k.highlights, err = mem.Highlights(ctx)
	}
	return k, err
}

// openKept shows the bookmarks and the passages that are kept.
func (m *Model) openKept() tea.Cmd {
	if m.memory == nil {
		return m.unkept()
	}
	mem, ctx, from := m.memory, m.ctx, m.top()
	return m.keep(func() keptMsg {
		k, err := listsOf(ctx, mem)
		return keptMsg{func(m *Model) tea.Cmd {
			switch {
			case m.top() != from: // the reader has opened something else
				return nil
			case err != nil:
				m.notice = "what is kept cannot be had now: " + err.Error()
				return nil
			case len(k.bookmarks)+len(k.highlights) == 0:
				m.notice = "nothing is kept yet: s keeps a bookmark, v in a post a passage"
				return nil
			}
			m.lit.are(k.highlights)
			return m.pick(m.keptPicker(k))
		}}
	})
}

// keptPicker makes the picker of bookmarks and passages.
func (m *Model) keptPicker(k keptLists) *picker {
	p := &picker{bindings: &m.keys.kept, title: "Kept"}
	p.refill = func(p *picker) {
		p.total = joinMeta(some(len(k.bookmarks), "bookmark", "bookmarks"), some(len(k.highlights), "passage", "passages"))
		p.footer = m.index.Blog().Title
		p.fill(m.keptRows(k))
		for i := range k.highlights {
			p.bytes += len(k.highlights[i].Text)
		}
	}
	p.choose = func(of choice, _ int) tea.Cmd { return m.openKeptAt(k, of.id) }
	p.remove = func(of choice, _ int) tea.Cmd {
		mem, ctx := m.memory, m.ctx
		return m.keep(func() keptMsg {
			err := k.remove(ctx, mem, of.id)
			now, failed := listsOf(ctx, mem)
			return keptOr(cmp.Or(err, failed), "removed", func(m *Model) tea.Cmd {
				k = now
				for _, s := range m.stack {
					if a, ok := s.(*article); ok {
						_ = a.litAgain(m)
					}
				}
				return p.adopt(m)
			})
		})
	}
	p.again = func() tea.Cmd {
		mem, ctx := m.memory, m.ctx
		return m.keeps.ask(func() tea.Msg {
			now, err := listsOf(ctx, mem)
			return keptMsg{func(m *Model) tea.Cmd {
				if err != nil { // the old list stays
					return nil
				}
				k = now
				return p.adopt(m)
			}}
		})
	}
	return p
}

// some is Count, or "" if there are none.
func some(n int, one, many string) string {
	if n == 0 {
		return ""
	}
	return Count(n, one, many)
}

// keptRows returns the rows of bookmarks and then those of passages, the newest first.
func (m *Model) keptRows(k keptLists) []choice {
	rows := make([]choice, 0, len(k.bookmarks)+len(k.highlights))
	row := func(id, address, what, about string) {
		r := choice{id: id, label: address, detail: "this post is gone", about: about}
		if p, ok := m.index.Find(address); ok {
			r.label, r.detail = p.Title(), joinMeta(what, (m.markOf(p)&^bookmarked).text(false))
			r.about = cmp.Or(about, m.caches.derivedOf(p).summary)
		}
		rows = append(rows, r)
	}
	for _, b := range slices.SortedFunc(slices.Values(k.bookmarks), func(a, b memory.Bookmark) int { return b.When.Compare(a.When) }) {
		row(bookmarkRow+b.Address, b.Address, "bookmark", "")
	}
	for _, h := range slices.SortedFunc(slices.Values(k.highlights), func(a, b memory.Highlight) int { return b.When.Compare(a.When) }) {
		row(highlightRow+strconv.FormatUint(h.ID, 10), h.Address, "passage", "“"+h.Text+"”")
	}
	return rows
}

// Prefixes of the ids of rows, before the address of a bookmark or the id of a passage.
const bookmarkRow, highlightRow = "b ", "h "

// highlight returns the passage of a row, or nil if it has none.
func (k *keptLists) highlight(row string) *memory.Highlight {
	for i := range k.highlights {
		if row == highlightRow+strconv.FormatUint(k.highlights[i].ID, 10) {
			return &k.highlights[i]
		}
	}
	return nil
}

func (k *keptLists) remove(ctx context.Context, mem Memory, row string) error {
	if h := k.highlight(row); h != nil {
		return mem.RemoveHighlight(ctx, h.ID)
	}
	return mem.Bookmark(ctx, row[len(bookmarkRow):], false)
}

// openKeptAt opens the post of a row, at the passage if the row is of one.
func (m *Model) openKeptAt(k keptLists, row string) tea.Cmd {
	address := row[len(bookmarkRow):]
	h := k.highlight(row)
	if h != nil {
		address = h.Address
	}
	p, ok := m.index.Find(address)
	if !ok {
		m.notice = "this post is gone"
		return nil
	}
	if a, ok := m.top().(*article); ok {
		a.cover(m)
	}
	a := m.newArticle()
	a.begin(m, p)
	if h != nil {
		a.anew(m)
		a.toPassage = h.ID
		m.lit.add(address)
	}
	return m.push(a)
}

// litPosts are the posts with kept passages, as hashes of their addresses, so that opening another post needs
// no request to the store.
type litPosts struct {
	known bool
	seed  maphash.Seed
	posts []uint64 //ledger:counted what is kept of a reader, which memory bounds
}

func (l *litPosts) hash(address string) uint64 {
	if l.seed == (maphash.Seed{}) {
		l.seed = maphash.MakeSeed()
	}
	return maphash.String(l.seed, address)
}

// add records that a post has a passage.
func (l *litPosts) add(address string) {
	if h := l.hash(address); !slices.Contains(l.posts, h) {
		l.posts = append(l.posts, h)
	}
}

// are replaces them by the posts of all kept passages.
func (l *litPosts) are(all []memory.Highlight) {
	l.known, l.posts = true, nil
	for i := range all {
		l.add(all[i].Address)
	}
}

// has reports whether a post may have one, under any of its names.
func (l *litPosts) has(names []string) bool {
	return !l.known || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(l.posts, l.hash(name)) })
}

// litMsg brings the kept passages of an article's page, and which posts have any.
type litMsg struct {
	to    *article
	page  *render.Page
	lit   lit
	lost  int
	posts []string
	err   error

	unsought int // not looked for everywhere
}

// relight requests the kept passages of the article on the screen.
func (m *Model) relight() tea.Cmd {
	a, ok := m.top().(*article)
	if !ok || m.memory == nil || a.page == nil {
		return nil
	}
	names := a.post.Names()
	if !m.lit.has(names) {
		a.lit = lit{}
		return nil
	}
	mem, ctx, page, caches, account := m.memory, m.ctx, a.page, m.caches, m.account
	return m.lights.ask(func() tea.Msg {
		all, err := mem.Highlights(ctx)
		if err != nil {
			return litMsg{to: a, page: page, err: err}
		}
		msg := litMsg{to: a, page: page, posts: make([]string, len(all))}
		for i := range all {
			msg.posts[i] = all[i].Address
		}
		all = slices.DeleteFunc(slices.Clone(all), func(h memory.Highlight) bool { return !slices.Contains(names, h.Address) })
		if len(all) > 0 {
			turn := account.Turn()
			defer turn.End()
			text, wanted := caches.textOf(page), 0
			for i := range all {
				wanted += len(all[i].Text)
			}
			held := seekBytes(text, wanted)
			if !account.TakeExtra(held) {
				return litMsg{to: a, page: page, err: ErrNoMemory}
			}
			defer account.Give(held)
			msg.lit, msg.lost, msg.unsought = litOn(walkIn(ctx, turn), page, text, all)
			msg.err = ctx.Err()
		}
		return msg
	})
}

// take marks the passages, if the page is still the one that they were found on.
func (msg litMsg) take(m *Model) {
	if msg.err != nil {
		return // the text is read without marks
	}
	m.lit.known, m.lit.posts = true, nil
	for _, address := range msg.posts {
		m.lit.add(address)
	}
	a := msg.to
	if a.page == nil || a.page != msg.page {
		return
	}
	a.lit = msg.lit
	if m.notice == "" && m.top() == screen(a) {
		switch {
		case msg.lost > 0:
			m.notice = Count(msg.lost, "passage that you kept is", "passages that you kept are") + " not in this post any more: S has the words"
		case msg.unsought > 0:
			m.notice = Count(msg.unsought, "passage is", "passages are") + " not marked, it takes too long to find all: S has the words"
		}
	}
	if id := a.toPassage; id != 0 {
		a.toPassage = 0
		i := slices.IndexFunc(a.lit.of, func(p litPassage) bool { return p.id == id })
		if i < 0 {
			m.notice = "this passage is not in the post any more"
			if msg.unsought > 0 {
				m.notice = "this passage was not found in time, beside all others that you kept of this post"
			}
			return
		}
		a.reveal(a.lit.line(i) + len(a.head))
	}
}
