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

// caches hold parts of frames that sessions have laid out, for all sessions that show
// the same: most keys change a line or two, and most sessions look alike. They
// belong to an index: a session uses those of the index that it shows, and drops them,
// and with them the posts in them, when it takes another.
type caches struct {
	index   *library.Index
	hints   cache[hintsKey, string]
	tabs    cache[tabsKey, [2]string]
	help    cache[helpLinesKey, []string]
	rows    cache[rowsKey, []string]
	whole   cache[wholeKey, int]
	derived cache[*post.Post, derived]
	chromes cache[chromeKey, *chrome]
	frames  cache[frameKey, string]
	texts   cache[weak.Pointer[render.Page], *pageText]
}

// DefaultShared is how much memory the caches take at most by default, in bytes:
// enough for all positions in a few posts that everyone reads.
const DefaultShared = 6 << 20

// Option changes a Reader.
type Option func(*Reader)

// Shared sets how much memory the parts of frames that sessions share take at most,
// in bytes; the default is DefaultShared.
func Shared(bytes int) Option { return func(r *Reader) { r.newest.limit = bytes } }

// OnOpen sets a function that is called with the address of each post that is opened, by the goroutine
// that acts on the session's keys.
func OnOpen(opened func(address string)) Option { return func(r *Reader) { r.opened = opened } }

// OnEnd sets a function that is called, as that of OnOpen is, with the address of each post whose last line
// becomes visible, once for each time that the post is opened.
func OnEnd(ended func(address string)) Option { return func(r *Reader) { r.ended = ended } }

// WithoutSource makes the Markdown of posts impossible to copy.
func WithoutSource() Option { return func(r *Reader) { r.withoutSource = true } }

// entryOverhead is about the size of an entry without its text, in bytes.
const entryOverhead = 200

// newCaches returns the caches of an index, which take at most limit bytes together.
func newCaches(index *library.Index, limit int) *caches {
	s := &caches{index: index}
	part := limit / 16
	s.texts.limit, s.texts.weigh = 4*part, (*pageText).size
	s.chromes.limit, s.chromes.weigh = 5*part, (*chrome).size
	s.frames.limit, s.frames.weigh = 5*part-part/2, textBytes
	s.derived.limit, s.derived.weigh = part/2, func(d derived) int { return textBytes(d.summary) }
	s.rows.limit, s.rows.weigh = part, linesBytes
	little := part / 4
	s.hints.limit, s.hints.weigh = little, textBytes
	s.help.limit, s.help.weigh = little, linesBytes
	s.tabs.limit, s.tabs.weigh = little, func(rows [2]string) int { return linesBytes(rows[:]) }
	s.whole.limit, s.whole.weigh = little, func(int) int { return entryOverhead }
	return s
}

// textBytes is about the size of an entry that is a text, in bytes.
func textBytes(text string) int { return len(text) + entryOverhead }

// linesBytes is about the size of an entry that is some lines, in bytes.
func linesBytes(lines []string) int {
	size := entryOverhead
	for _, line := range lines {
		size += len(line) + int(unsafe.Sizeof(line))
	}
	return size
}

// derived holds what the list shows of a post that needs its whole body: title, summary and minutes.
// It is read from the text once, not for each layout.
type derived struct {
	summary string
	minutes int    // that it takes to read
	also    string // other languages that it is in
	state   string // why readers do not see it; see Model.derivedOf
}

// derivedOf returns it for a post, without the state, which not all sessions see.
func (s *caches) derivedOf(p *post.Post) derived {
	return s.derived.get(p, func() derived {
		minutes := p.Minutes() // first: it reads the text to its end, and with that the summary
		return derived{summary: p.Summary(), minutes: minutes, also: Languages(s.index, p)}
	})
}

// derivedOf returns it for a post as the session sees it.
func (m *Model) derivedOf(p *post.Post) derived {
	t := m.caches.derivedOf(p)
	t.state = m.index.State(p)
	return t
}

// newestCaches are the caches of the newest index, and those of its index for authors, who are few.
type newestCaches struct {
	limit   int // bytes
	mu      sync.Mutex
	readers *caches
	authors *caches // at most limit/authorsPart
}

// authorsPart is how much less memory than for readers there is for what sessions of authors share.
const authorsPart = 8

// AuthorsShared is that memory, in bytes, beside DefaultShared.
const AuthorsShared = DefaultShared / authorsPart

// cachesOf returns the shared caches of an index; one that has been superseded gets
// private ones, for the session that still shows it.
func (n *newestCaches) cachesOf(index *library.Index, current func() *library.Index) *caches {
	index = index.Base() // what differs between languages are the posts and lists in the keys
	of, limit := &n.readers, n.limit
	if index.IsForAuthors() {
		of, limit = &n.authors, n.limit/authorsPart
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if *of != nil && (*of).index == index {
		return *of
	}
	s := newCaches(index, limit)
	if index == current().Base() {
		*of = s
	}
	return s
}

// cache is a map that never holds more than limit bytes, in two generations. Its values must not be
// changed. When the values of the new generation take half of the limit, it becomes the old one, and the old
// one is dropped; what is used moves to the new one.
type cache[K comparable, V any] struct {
	mu           sync.Mutex
	made, before map[K]V //ledger:counted at most limit, which put keeps to
	held         int     // bytes that made takes
	limit        int
	weigh        func(V) int
}

// get returns what was made from key, and makes it if it is not there.
func (s *cache[K, V]) get(key K, lay func() V) V {
	if v, ok := s.find(key); ok {
		return v
	}
	v := lay()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(key, v)
	return v
}

func (s *cache[K, V]) find(key K) (V, bool) {
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

// put adds an entry. One that alone takes more than half of the limit is not kept.
func (s *cache[K, V]) put(key K, v V) {
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

// hintsKey is what the keys in the footer depend on.
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

// shared is a screen whose frames other sessions may show too.
type shared interface {
	// frameKey returns what its frame depends on beside the window and the theme, and
	// false if no other session can have it.
	frameKey(m *Model) (frameKey, bool)
}

func (l *list) frameKey(m *Model) (frameKey, bool) {
	return frameKey{list: l.Shown, page: l.Page, selected: l.selected, top: l.top, marks: l.marks(m), greeting: m.greeting, crowd: m.crowd.last().All}, true
}

func (a *article) frameKey(m *Model) (frameKey, bool) {
	return frameKey{article: a.around, top: a.top, crowd: m.presence.Others()}, a.page != nil && a.focus == 0 && a.code.offset == 0 && !a.find.active() && a.lit.len() == 0
}

// frameKey returns what the frame to be drawn depends on, and whether others may
// have the same: not if the footer has a notice or a prompt, or something is marked in the
// text.
func (m *Model) frameKey() (of frameKey, ok bool) {
	if s, may := m.top().(shared); may && m.notice == "" && m.prompt == nil {
		of, ok = s.frameKey(m)
	}
	of.theme, of.width, of.height = m.theme, m.width, m.height
	return of, ok
}
