package reader

import (
	"sync"
	"weak"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// shelves hold parts of frames that sessions have laid out, for all that show
// the same: most keys change a line or two, and most sessions look alike.
type shelves struct {
	hints     shelf[hintsOf, string]
	tabs      shelf[tabsOf, [2]string]
	rows      shelf[rowsOf, []string]
	surrounds shelf[surroundOf, *surround]
	frames    shelf[frameOf, string]

	mu sync.Mutex
	of *library.Index // the newest whose posts are among them
}

// The most entries of each shelf: some kilobytes for each session's kind of
// window, some megabytes if all of them differ.
const (
	maxHints     = 256
	maxTabs      = 256
	maxRows      = 2048
	maxSurrounds = 128
	maxFrames    = 128
)

func newShelves() *shelves {
	s := &shelves{}
	s.hints.limit, s.tabs.limit, s.rows.limit = maxHints, maxTabs, maxRows
	s.surrounds.limit, s.frames.limit = maxSurrounds, maxFrames
	return s
}

// renew forgets what was made of older indexes, which would keep their posts
// alive. A session that has not gone on to the newest yet may still add some.
func (s *shelves) renew(newest *library.Index) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == newest {
		return
	}
	s.of = newest
	s.tabs.clear()
	s.rows.clear()
	s.surrounds.clear()
	s.frames.clear()
}

// shelf is a map that never holds more than limit entries. What is in it must
// not be changed.
type shelf[K comparable, V any] struct {
	mu    sync.Mutex
	made  map[K]V
	limit int
}

// get returns what was made from key, and makes it if it is not there.
func (s *shelf[K, V]) get(key K, lay func() V) V {
	s.mu.Lock()
	v, ok := s.made[key]
	s.mu.Unlock()
	if ok {
		return v
	}
	v = lay()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil || len(s.made) >= s.limit {
		s.made = make(map[K]V) // it soon holds again what is in use
	}
	s.made[key] = v
	return v
}

func (s *shelf[K, V]) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = nil
}

// hintsOf is what the keys in the foot depend on.
type hintsOf struct {
	keys  *keymap
	theme *render.Theme
	room  int
}

// tabsOf is what the row of tabs and the rule below it depend on.
type tabsOf struct {
	index    *library.Index
	theme    *render.Theme
	category string
	width    int
	brackets bool
}

// rowsOf is what a post's lines in the list depend on.
type rowsOf struct {
	post     *post.Post
	theme    *render.Theme
	left     int // where the column starts
	cells    int
	per      int
	selected bool
}

// surroundOf is what stands around an article's text depends on. The page has
// its width and theme, and may be dropped while this is kept.
type surroundOf struct {
	page  weak.Pointer[render.Page]
	post  *post.Post
	index *library.Index
	among *library.List
	airy  bool // there is room for an empty line at the top
}

// frameOf is what a frame of the list depends on, as long as nothing is told in
// its foot and nothing asked.
type frameOf struct {
	list                *library.List
	page, selected, top int
	theme               *render.Theme
	width, height       int
}

func (m *Model) frameOf() frameOf {
	l := &m.list
	return frameOf{l.shown, l.page, l.selected, l.top, m.theme, m.width, m.height}
}
