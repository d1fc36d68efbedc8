package reader

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unique"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
)

// Memory is what is kept of a session's reader from one visit to the next; see memory.Reader. Methods with a
// context may wait for a store, and are called in a Task; the others return at once.
type Memory interface {
	Loaded() bool
	First() bool
	Since() time.Time
	Mark(names ...string) memory.Mark
	Opened(address string)
	Read(address string)
	Unread(address string)
	At(address string, where func() memory.Place)
	Left(address string, p memory.Place)
	Begun() []memory.Begun
	Elsewhere() (memory.Begun, bool)
	Settings() memory.Settings
	SetSettings(s memory.Settings)
	Bookmarks(ctx context.Context) ([]memory.Bookmark, error)
	Bookmark(ctx context.Context, address string, on bool) error
	Highlights(ctx context.Context) ([]memory.Highlight, error)
	AddHighlight(ctx context.Context, h memory.Highlight) error
	RemoveHighlight(ctx context.Context, id uint64) error
}

// WithoutKey is shown to a reader without a key who uses a feature that needs one, unless Options.Unkept
// says something else.
const WithoutKey = "Connect with an SSH key to use this."

// rememberedMsg says that what is known of the reader has changed.
type rememberedMsg struct{}

// Remembered returns a message that tells a model that its Memory has changed from outside. As with Superseded,
// a model does not look for itself.
func Remembered() tea.Msg { return rememberedMsg{} }

// remember applies what the reader chose at an earlier visit, except what this session asks for otherwise, and
// greets. If it comes late, it changes neither the selection nor the scroll position.
func (m *Model) remember(late bool) tea.Cmd {
	if m.memory == nil {
		return nil
	}
	m.marksOf++
	m.lit = litPosts{} // passages may have been added or forgotten
	if a, ok := m.top().(*article); ok {
		a.relights = a.page != nil
	}
	if !m.memory.Loaded() {
		return nil
	}
	m.greet()
	if m.remembered {
		return m.listAgain()
	}
	m.remembered = true
	s := m.memory.Settings()
	m.chosen = cmp.Or(m.chosen, s.Theme)
	if s.Column != 0 && m.measure == measure && shownNone[*article](m) {
		m.measure = max(min(s.Column, maxMeasure), minMeasure)
	}
	if !late {
		m.wanted = cmp.Or(s.Language, m.wanted)
		return nil
	}
	return m.recolour()
}

// listAgain refreshes an open list of bookmarks and passages.
func (m *Model) listAgain() tea.Cmd {
	for _, s := range m.stack {
		if p, ok := s.(*picker); ok && p.again != nil {
			return p.again()
		}
	}
	return nil
}

// shownNone reports whether no screen of a kind is open.
func shownNone[S screen](m *Model) bool {
	for _, s := range m.stack {
		if _, ok := s.(S); ok {
			return false
		}
	}
	return true
}

// choose saves a choice of the reader for the next visit.
func (m *Model) choose(change func(*memory.Settings)) {
	if m.memory == nil {
		return
	}
	s := m.memory.Settings()
	change(&s)
	m.memory.SetSettings(s)
}

// unkept shows why nothing is kept of this reader.
func (m *Model) unkept() tea.Cmd {
	m.notice = cmp.Or(m.why, WithoutKey)
	return nil
}

// postMark is the mark of a post in a list, in a byte: how far it was read, in percent, 100 if to its end; and
// whether it has a bookmark.
type postMark byte

const (
	readMark   postMark = 100
	bookmarked postMark = 0x80
)

// markOf returns the mark of a post.
func (m *Model) markOf(p *post.Post) (mark postMark) {
	if m.memory == nil {
		return 0
	}
	return MarkOf(m.memory, p).brief()
}

// Marked is what a reader's memory knows of a post.
type Marked memory.Mark

// MarkOf returns what a memory knows of a post under any of its names.
func MarkOf(of interface {
	Mark(names ...string) memory.Mark
}, p *post.Post,
) Marked {
	return Marked(of.Mark(p.Names()...))
}

// Begun reports whether the post was begun and not read to its end.
func (k Marked) Begun() bool { return k.Read.IsZero() && !k.Place.When.IsZero() && k.Percent > 0 }

func (k Marked) brief() (mark postMark) {
	switch {
	case !k.Read.IsZero():
		mark = readMark
	case k.Begun():
		mark = postMark(max(min(k.Percent, 99), 1))
	}
	if k.Bookmarked {
		mark |= bookmarked
	}
	return mark
}

// text returns a mark in words, or where there is little room in signs.
func (k postMark) text(brief bool) string {
	what := ""
	switch read := k &^ bookmarked; {
	case read == readMark && brief:
		what = "✓"
	case read == readMark:
		what = "✓ read"
	case read > 0:
		what = strconv.Itoa(int(read)) + "%"
	}
	switch {
	case k&bookmarked == 0:
		return what
	case what == "":
		return "kept"
	case brief:
		return "kept " + what
	}
	return "kept · " + what
}

// pageMarks caches the marks of one list page; they are recomputed when the page or the marks change.
type pageMarks struct {
	shown *library.List
	page  int
	of    int    // see Model.marksOf
	text  string // a postMark for each post, or "" if none has any
}

// marks returns the marks of the posts on the list's page.
func (l *list) marks(m *Model) string {
	if m.memory == nil {
		return ""
	}
	if k := &l.marked; k.of != m.marksOf || k.shown != l.Shown || k.page != l.Page {
		k.of, k.shown, k.page, k.text = m.marksOf, l.Shown, l.Page, ""
		posts := l.Posts()
		text, marked := make([]byte, len(posts)), false
		for i, p := range posts {
			text[i] = byte(m.markOf(p))
			marked = marked || text[i] != 0
		}
		if marked {
			k.text = unique.Make(string(text)).Value()
		}
	}
	return l.marked.text
}

// markAt returns the mark of the page's post with the number i.
func markAt(marks string, i int) postMark {
	if i >= len(marks) {
		return 0
	}
	return postMark(marks[i])
}

// greeting is what a returning reader is shown at first, in several lengths; the first one that fits is used.
type greeting struct {
	ways  [3]string
	title string // of a post; it replaces titleHere in the first length, cut to the room that there is
}

// titleHere stands for the title in a greeting, which has at least leastTitle cells.
const titleHere, leastTitle = "\x00", 16

// In returns the greeting for a width in cells, or "" if none fits.
func (g *greeting) In(cells int) string {
	last := ""
	for _, way := range g.ways {
		before, after, titled := strings.Cut(way, titleHere)
		if room := cells - widthOf(before) - widthOf(after); titled && (room >= leastTitle || room >= widthOf(g.title)) {
			return before + fit(g.title, room) + after
		}
		if titled || way == "" {
			continue
		}
		if last = way; widthOf(way) <= cells {
			break
		}
	}
	return fit(last, cells)
}

// Greeting returns what a reader is shown at first, in so many cells: what is new since the last visit and what
// was left in the middle; or at the first visit with a key that it is remembered, and the command to forget all
// that is kept. goesOn is how to continue what was left ("C goes on").
func Greeting(index *library.Index, of Memory, forget, goesOn string, cells int) string {
	g := greetingOf(index, of, forget, goesOn)
	return g.In(cells)
}

func greetingOf(index *library.Index, of Memory, forget, goesOn string) (g greeting) {
	if of.First() {
		forget = cmp.Or(forget, "ssh HOST me forget")
		g.ways = [...]string{
			"Your key is remembered here: " + forget + " ends that, --private avoids it.",
			"Your key is remembered: " + forget + " ends it.",
			"Key remembered; me forget ends it.",
		}
		return g
	}
	news := newsOf(index, of.Since(), time.Now())
	if p, begun, ok := lastBegun(index, of, ""); ok {
		g.ways[0] = joinMeta(news, fmt.Sprintf("%s with “%s” at %d%%", goesOn, titleHere, begun.Place.Percent))
		g.ways[1] = joinMeta(news, fmt.Sprintf("%s at %d%%", goesOn, begun.Place.Percent))
		g.title = p.Title()
	}
	g.ways[2] = news
	return g
}

// greet sets the first screen's greeting, unless the reader has begun to read.
func (m *Model) greet() {
	m.greeting = greeting{}
	if m.history == nil {
		m.greeting = greetingOf(m.index, m.memory, m.forget, "C goes on")
		for i, way := range m.greeting.ways { // sessions share them
			m.greeting.ways[i] = unique.Make(way).Value()
		}
	}
}

// newsOf says how many posts are newer than a visit, or "" if there was none.
func newsOf(index *library.Index, since, now time.Time) string {
	if since.IsZero() {
		return ""
	}
	all, n := index.All(), 0
	for n < all.Len() && all.At(n).Date.After(since) {
		n++
	}
	when := since.Format("January 2")
	switch {
	case now.Sub(since) < 12*time.Hour:
		when = "your last visit"
	case now.Year() != since.Year():
		when = since.Format("January 2, 2006")
	}
	if n == 0 {
		return "Nothing new since " + when
	}
	return Count(n, "new post", "new posts") + " since " + when
}

// LastBegun returns the post that was read last of those begun that are still there, and where it was left.
func LastBegun(index *library.Index, of Memory) (*post.Post, memory.Place, bool) {
	p, begun, ok := lastBegun(index, of, "")
	return p, begun.Place, ok
}

// lastBegun is LastBegun, except for the post at an address.
func lastBegun(index *library.Index, of Memory, but string) (*post.Post, memory.Begun, bool) {
	for _, begun := range of.Begun() {
		if p, ok := index.Find(begun.Address); ok && p.Address != but {
			return p, begun, true
		}
	}
	return nil, memory.Begun{}, false
}

// goOn opens the post that was read last.
func (m *Model) goOn() tea.Cmd {
	if m.memory == nil {
		return m.unkept()
	}
	current := ""
	if a, ok := m.top().(*article); ok {
		current = a.post.Address
	}
	p, begun, ok := lastBegun(m.index, m.memory, current)
	if !ok {
		m.notice = "nothing else was begun and left in the middle"
		return nil
	}
	return m.openAt(p, begun.Place)
}

// takeOver goes to where another session of the same reader is.
func (m *Model) takeOver() tea.Cmd {
	if m.memory == nil {
		return m.unkept()
	}
	there, ok := m.memory.Elsewhere()
	if !ok {
		m.notice = "nothing is open elsewhere"
		return nil
	}
	p, ok := m.index.Find(there.Address)
	if !ok {
		m.notice = "what is open elsewhere is not here"
		return nil
	}
	if a, ok := m.top().(*article); ok && a.post.Address == p.Address {
		a.resume, a.stood = anchorAt(there.Place), a.top
		if a.page != nil {
			a.scrollTo(a.lineOf(a.resume))
			a.stood = a.top
		}
		m.notice = "here as elsewhere"
		return nil
	}
	return m.openAt(p, there.Place)
}

// openAt opens a post at a place, over what is shown.
func (m *Model) openAt(p *post.Post, place memory.Place) tea.Cmd {
	if a, ok := m.top().(*article); ok {
		a.cover(m)
	}
	a := m.newArticle()
	a.begin(m, p)
	a.anew(m)
	a.resumeAt(m, place)
	return m.push(a)
}
