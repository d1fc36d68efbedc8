package reader

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
)

// kept is what a test keeps of one reader, whose sessions have it in common.
type kept struct {
	mu         sync.Mutex
	marks      map[string]memory.Mark
	order      []string // of what was left, the last at the end
	settings   memory.Settings
	bookmarks  []memory.Bookmark
	highlights []memory.Highlight
	since      time.Time
	first      bool
	ids        uint64
	sessions   map[*remembering]string
	fails      error // what the store answers
}

// remembering is a Memory of a test, for one session.
type remembering struct {
	*kept
	loaded bool
	at     map[string]func() memory.Place
	calls  []string
}

func newKept() *kept {
	return &kept{marks: make(map[string]memory.Mark), sessions: make(map[*remembering]string)}
}

func (k *kept) session() *remembering {
	return &remembering{kept: k, loaded: true, at: make(map[string]func() memory.Place)}
}

func (r *remembering) Loaded() bool     { return r.loaded }
func (r *remembering) First() bool      { return r.loaded && r.first }
func (r *remembering) Since() time.Time { return r.since }
func (r *remembering) Mark(names ...string) memory.Mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.loaded {
		return memory.Mark{}
	}
	for _, name := range names {
		if m, ok := r.marks[name]; ok {
			m.Bookmarked = slices.ContainsFunc(r.bookmarks, func(b memory.Bookmark) bool { return b.Address == name })
			return m
		}
	}
	return memory.Mark{Bookmarked: slices.ContainsFunc(r.bookmarks, func(b memory.Bookmark) bool { return slices.Contains(names, b.Address) })}
}

func (r *remembering) Opened(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[r] = address
	r.calls = append(r.calls, "opened "+address)
}

func (r *remembering) Read(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.marks[address]
	m.Read = time.Now()
	r.marks[address] = m
	r.calls = append(r.calls, "read "+address)
}

func (r *remembering) Unread(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.marks[address]
	m.Read = time.Time{}
	r.marks[address] = m
	r.calls = append(r.calls, "unread "+address)
}

func (r *remembering) At(address string, where func() memory.Place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at[address] = where
	r.sessions[r] = address
}

func (r *remembering) Left(address string, p memory.Place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.marks[address]
	p.When = time.Now()
	m.Place, m.Percent = p, p.Percent
	r.marks[address] = m
	r.order = append(slices.DeleteFunc(r.order, func(a string) bool { return a == address }), address)
	delete(r.sessions, r)
	delete(r.at, address)
	r.calls = append(r.calls, "left "+address)
}

func (r *remembering) Begun() (all []memory.Begun) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, address := range slices.Backward(r.order) {
		if m := r.marks[address]; m.Read.IsZero() && m.Percent > 0 {
			all = append(all, memory.Begun{Address: address, Place: m.Place})
		}
	}
	return all
}

func (r *remembering) Elsewhere() (memory.Begun, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for other, address := range r.sessions {
		if other != r && other.at[address] != nil {
			return memory.Begun{Address: address, Place: other.at[address]()}, true
		}
	}
	return memory.Begun{}, false
}

func (r *remembering) Settings() memory.Settings     { return r.settings }
func (r *remembering) SetSettings(s memory.Settings) { r.settings = s }
func (r *remembering) Bookmarks(context.Context) ([]memory.Bookmark, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bookmarks), r.fails
}

func (r *remembering) Bookmark(_ context.Context, address string, on bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails != nil {
		return r.fails
	}
	r.bookmarks = slices.DeleteFunc(r.bookmarks, func(b memory.Bookmark) bool { return b.Address == address })
	if on {
		r.bookmarks = append(r.bookmarks, memory.Bookmark{Address: address, When: time.Now()})
	}
	return nil
}

func (r *remembering) Highlights(context.Context) ([]memory.Highlight, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.highlights), r.fails
}

func (r *remembering) AddHighlight(_ context.Context, h memory.Highlight) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails != nil {
		return r.fails
	}
	r.ids++
	h.ID, h.When = r.ids, time.Now()
	r.highlights = append(r.highlights, h)
	return nil
}

func (r *remembering) RemoveHighlight(_ context.Context, id uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.highlights = slices.DeleteFunc(r.highlights, func(h memory.Highlight) bool { return h.ID == id })
	return r.fails
}
