package reader

import (
	"sync"
	"unsafe"
	"weak"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// shelves hold parts of frames that sessions have laid out, for all that show
// the same: most keys change a line or two, and most sessions look alike. They
// belong to an index: a session takes those of the index that it shows, and with
// it lets go of them and of all the posts in them.
type shelves struct {
	index   *library.Index
	hints   shelf[hintsKey, string]
	tabs    shelf[tabsKey, [2]string]
	help    shelf[helpLinesKey, []string]
	rows    shelf[rowsKey, []string]
	whole   shelf[wholeKey, int]
	told    shelf[*post.Post, told]
	chromes shelf[chromeKey, *chrome]
	frames  shelf[frameKey, string]
	texts   shelf[weak.Pointer[render.Page], *pageText]
}

// DefaultShared is how much memory the shelves take at most, in bytes, unless told
// otherwise: enough for all positions in a few posts that everyone reads.
const DefaultShared = 6 << 20

// Option changes a Reader.
type Option func(*Reader)

// Shared sets how much memory the parts of frames that sessions share take at most,
// in bytes (default DefaultShared).
func Shared(bytes int) Option { return func(r *Reader) { r.newest.limit = bytes } }

// OnOpen has a function called with the address of each post that is opened, by the goroutine
// that acts on the session's keys.
func OnOpen(opened func(address string)) Option { return func(r *Reader) { r.opened = opened } }

// OnEnd has a function called with the address of each post whose last line comes on the screen, once
// each time that the post is opened, as OnOpen has one.
func OnEnd(ended func(address string)) Option { return func(r *Reader) { r.ended = ended } }

// WithoutSource has the Markdown of posts copied by nobody.
func WithoutSource() Option { return func(r *Reader) { r.withoutSource = true } }

// entryOverhead is about what an entry takes beside its text, in bytes.
const entryOverhead = 200

// newShelves returns the shelves of an index, which take at most limit bytes together.
func newShelves(index *library.Index, limit int) *shelves {
	s := &shelves{index: index}
	part := limit / 16
	s.texts.limit, s.texts.weigh = 4*part, (*pageText).size
	s.chromes.limit, s.chromes.weigh = 5*part, (*chrome).size
	s.frames.limit, s.frames.weigh = 5*part-part/2, textBytes
	s.told.limit, s.told.weigh = part/2, func(t told) int { return textBytes(t.summary) }
	s.rows.limit, s.rows.weigh = part, linesBytes
	little := part / 4
	s.hints.limit, s.hints.weigh = little, textBytes
	s.help.limit, s.help.weigh = little, linesBytes
	s.tabs.limit, s.tabs.weigh = little, func(rows [2]string) int { return linesBytes(rows[:]) }
	s.whole.limit, s.whole.weigh = little, func(int) int { return entryOverhead }
	return s
}

// textBytes is about what an entry takes that is a text, in bytes.
func textBytes(text string) int { return len(text) + entryOverhead }

// linesBytes is about what an entry takes that is some lines, in bytes.
func linesBytes(lines []string) int {
	size := entryOverhead
	for _, line := range lines {
		size += len(line) + int(unsafe.Sizeof(line))
	}
	return size
}

// told is what a list tells of a post and only all of its text does. Each is read
// from the text once, not in each layout.
type told struct {
	summary string
	minutes int    // that it takes to read
	also    string // other languages that it is in
	state   string // why readers do not see it; see tell of a Model
}

// tell returns what is told of a post.
func (s *shelves) tell(p *post.Post) told {
	return s.told.get(p, func() told {
		minutes := p.Minutes() // first: it reads the text to its end, and with that the summary
		return told{summary: p.Summary(), minutes: minutes, also: Languages(s.index, p)}
	})
}

// tell returns what is told of a post to a session.
func (m *Model) tell(p *post.Post) told {
	t := m.shelves.tell(p)
	t.state = m.index.State(p)
	return t
}

// newest holds the shelves of the newest index, and of that for authors, of whom there are few.
type newest struct {
	limit   int // bytes
	mu      sync.Mutex
	shelves *shelves
	authors *shelves // at most limit/authorsPart
}

// authorsPart is how much less memory than for readers there is for what sessions of authors share.
const authorsPart = 8

// AuthorsShared is that memory, in bytes, beside DefaultShared.
const AuthorsShared = DefaultShared / authorsPart

// shelvesOf returns the shelves of an index: those that all have who show it, unless it
// has been superseded already. Then they are the session's own, until it goes on.
func (n *newest) shelvesOf(index *library.Index, current func() *library.Index) *shelves {
	index = index.Base() // what differs between languages are the posts and lists in the keys
	of, limit := &n.shelves, n.limit
	if index.IsForAuthors() {
		of, limit = &n.authors, n.limit/authorsPart
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if *of != nil && (*of).index == index {
		return *of
	}
	s := newShelves(index, limit)
	if index == current().Base() {
		*of = s
	}
	return s
}

// shelf is a map that never holds more than limit bytes. What is in it must not be
// changed. When half of that has been made, what was made before it goes, unless
// it was in use since.
type shelf[K comparable, V any] struct {
	mu           sync.Mutex
	made, before map[K]V //ledger:counted at most limit, which put keeps to
	held         int     // by made
	limit        int
	weigh        func(V) int
}

// get returns what was made from key, and makes it if it is not there.
func (s *shelf[K, V]) get(key K, lay func() V) V {
	if v, ok := s.find(key); ok {
		return v
	}
	v := lay()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(key, v)
	return v
}

func (s *shelf[K, V]) find(key K) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.made[key]
	if !ok {
		if v, ok = s.before[key]; ok {
			s.put(key, v)
		}
	}
	return v, ok
}

// put adds an entry. What alone is heavier than half of the limit is not kept.
func (s *shelf[K, V]) put(key K, v V) {
	weight := s.weigh(v)
	if weight > s.limit/2 {
		return
	}
	if s.made == nil || s.held+weight > s.limit/2 {
		s.before, s.made, s.held = s.made, make(map[K]V), 0
	}
	if _, there := s.made[key]; !there { // another session may have been faster
		s.held += weight
	}
	s.made[key] = v
}

// hintsKey is what the keys in the foot depend on.
type hintsKey struct {
	keys  *keymap
	theme *theme.Theme
	room  int
}

// helpLinesKey is what the lines of the help depend on.
type helpLinesKey struct {
	here  *keymap // of the screen below
	theme *theme.Theme
	width int
}

// tabsKey is what the row of tabs and the rule below it depend on.
type tabsKey struct {
	theme    *theme.Theme
	category string
	width    int
	brackets bool
}

// rowsKey is what a post's lines in the list depend on.
type rowsKey struct {
	post     *post.Post
	theme    *theme.Theme
	left     int // where the column starts
	cells    int
	shape    layout
	rows     int // without the gap
	selected bool
	mark     postMark
}

// wholeKey is what the number of rows depends on that a post takes as a whole.
type wholeKey struct {
	post  *post.Post
	cells int
	shape layout
}

// chromeKey is what the chrome of an article depends on. The page has
// its width and theme, and may be dropped while this is kept.
type chromeKey struct {
	page  weak.Pointer[render.Page]
	post  *post.Post
	among *library.List
	index *library.Index // in the session's language
	airy  bool           // there is room for an empty line at the top
}

// frameKey is what a frame of the list or of an article depends on.
type frameKey struct {
	list           *library.List
	page, selected int
	marks          string // of the posts of the page
	greeting       greeting
	crowd          int // who read, or read the post beside one

	article weak.Pointer[chrome] // of a page, and so of a column

	top           int
	theme         *theme.Theme
	width, height int
}

// shared is a screen whose frames other sessions have too.
type shared interface {
	// frameKey returns what its frame depends on beside the window and the theme, and
	// false if nobody else has it.
	frameKey(m *Model) (frameKey, bool)
}

func (l *list) frameKey(m *Model) (frameKey, bool) {
	return frameKey{list: l.Shown, page: l.Page, selected: l.selected, top: l.top, marks: l.marks(m), greeting: m.greeting, crowd: m.crowd.last().All}, true
}

func (a *article) frameKey(m *Model) (frameKey, bool) {
	return frameKey{article: a.around, top: a.top, crowd: m.seat.Others()}, a.page != nil && a.focus == 0 && a.code.offset == 0 && !a.find.active() && a.lit.len() == 0
}

// frameKey returns what the frame to be drawn depends on, and whether others may
// have the same: not if something is told or asked in its foot, or marked in the
// text.
func (m *Model) frameKey() (of frameKey, ok bool) {
	if s, may := m.top().(shared); may && m.notice == "" && m.prompt == nil {
		of, ok = s.frameKey(m)
	}
	of.theme, of.width, of.height = m.theme, m.width, m.height
	return of, ok
}
