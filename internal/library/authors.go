package library

import (
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// ForAuthors returns the index as authors see it: with drafts, and posts that are scheduled or
// expired, in lists, groups and searches, where Options.Authors asks for it. What readers' indexes
// have leads to none of these.
func (x *Index) ForAuthors() *Index {
	if x.authors == nil {
		return x
	}
	return x.authors
}

// Base returns the index in the blog's own language, without what Sharing has added.
func (x *Index) Base() *Index { return x.base }

// IsForAuthors reports whether there are posts in the index that readers do not see.
func (x *Index) IsForAuthors() bool { return x.held != nil }

// Held returns why readers do not see a post of an index of authors, or of one that shares it.
func (x *Index) Held(p *post.Post) (Excluded, bool) {
	if x.shared != nil && p.Path == x.shared.Path {
		return *x.shared, true
	}
	e, ok := x.held[p.Path]
	return e, ok
}

// State returns in a few words why readers do not see a post, for authors and people it is shared with:
// "Draft", "Scheduled for 2026-12-24", "Expired on 2026-11-01"; or "" if they see it.
func (x *Index) State(p *post.Post) string {
	e, ok := x.Held(p)
	if !ok {
		return ""
	}
	return e.State()
}

// State returns the same for an Excluded.
func (e Excluded) State() string {
	switch e.Reason {
	case Draft:
		return "Draft"
	case Future:
		return "Scheduled for " + day(e.Until)
	case Expired:
		return "Expired on " + day(e.Post.ExpiryDate())
	default:
		return "Hidden"
	}
}

// day writes a time as its author would: without a time of day if that is midnight.
func day(t time.Time) string {
	if t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04 MST")
}

// Sharing returns the index with one more post that only authors see, by its address: it can be looked up, and
// is in no list. For a post that readers see, it returns the index itself. It reports false if there is no such
// post.
func (x *Index) Sharing(address string) (*Index, bool) {
	if _, ok := x.lookup(address); ok {
		return x, true
	}
	p, ok := x.ForAuthors().lookup(address)
	if !ok {
		return nil, false
	}
	held, ok := x.ForAuthors().Held(p)
	if !ok {
		return nil, false
	}
	held.Post, held.Address = p, address
	view := *x
	view.shared = &held
	return &view, true
}

// authorsBytes is what a post takes in the index of authors, beside its place in each list.
const authorsBytes, placeBytes = 160, 16

// buildForAuthors makes the index of authors, for one whose readers do not see all of the posts.
func (l *Library) buildForAuthors(x *Index, posts []*post.Post) {
	held := make(map[string]Excluded)
	for _, e := range x.excluded {
		if e.Reason != Hidden {
			held[e.Path] = e
			posts = append(posts, e.Post)
		}
	}
	if len(held) == 0 {
		l.hidden = nil
		return
	}
	a := l.newIndex()
	a.superseded, a.searchable = x.superseded, x.searchable
	a.problems, a.excluded, a.span, a.site = x.problems, x.excluded, x.span, x.site
	a.held, a.readers = held, x.edition
	moved := &moves{before: []map[*post.Post]*post.Post{l.moved, l.hidden}, now: make(map[*post.Post]*post.Post)}
	l.arrange(a, posts, moved)
	l.hidden = moved.now
	places, lists := a.all.Len(), int64(1)
	for _, g := range [...]groups{a.categories, a.tags} {
		for _, list := range g.lists {
			places += list.Len()
			lists++
		}
	}
	x.bytes += int64(a.all.Len())*authorsBytes + int64(places)*placeBytes + lists*int64(1+len(a.languages))*listBytes
	a.bytes, x.authors = x.bytes, a
}

// heldPosts returns the posts of an index of authors that readers do not see, in all languages.
func (x *Index) heldPosts() []*post.Post {
	var posts []*post.Post
	for _, p := range x.Everything() {
		if _, ok := x.held[p.Path]; ok {
			posts = append(posts, p)
		}
	}
	return posts
}
