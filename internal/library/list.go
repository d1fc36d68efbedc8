package library

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// List is some of an Index's posts, the newest first and those without a date
// last. It is immutable.
type List struct {
	// Slug names the list; "" for the list of all posts.
	Slug string
	// Name is the category or tag as its author wrote it ("CI/CD").
	Name string
	// Description of a category, or "".
	Description string

	posts    []*post.Post // in the blog's own language
	pageSize int
	index    *Index
}

// Len returns the number of posts.
func (l *List) Len() int { return len(l.posts) }

// At returns the post at i, which must be in [0, Len).
func (l *List) At(i int) *post.Post { return l.index.translated(l.posts[i]) }

// Pages returns the number of pages; an empty list has none.
func (l *List) Pages() int {
	if len(l.posts) == 0 {
		return 0
	}
	return l.PageOf(len(l.posts) - 1)
}

// Page returns the posts on page n, counted from 1, or nil if there is no such
// page. The caller must not change the slice.
func (l *List) Page(n int) []*post.Post {
	if n < 1 || n > l.Pages() {
		return nil
	}
	rest := l.posts[(n-1)*l.pageSize:]
	end := min(l.pageSize, len(rest))
	if l.index.language == "" {
		return rest[:end:end]
	}
	posts := make([]*post.Post, end)
	for i, p := range rest[:end] {
		posts[i] = l.index.translated(p)
	}
	return posts
}

// PageOf returns the number, counted from 1, of the page with the post at i.
func (l *List) PageOf(i int) int { return i/l.pageSize + 1 }

// Index returns the place of the post with the given address, or -1.
func (l *List) Index(address string) int {
	p, ok := l.index.lookup(address)
	if !ok {
		return -1
	}
	if i, ok := l.search(p); ok {
		return i
	}
	return -1
}

// Newer returns the post that stands before p. If p is of an older Index, its
// successor in this one counts or, if it has none, the place at which p would
// stand.
func (l *List) Newer(p *post.Post) (*post.Post, bool) {
	i, _ := l.place(p)
	if i == 0 {
		return nil, false
	}
	return l.At(i - 1), true
}

// Older returns the post that stands after p, in the same sense as Newer.
func (l *List) Older(p *post.Post) (*post.Post, bool) {
	i, ok := l.place(p)
	if ok {
		i++
	}
	if i >= len(l.posts) {
		return nil, false
	}
	return l.At(i), true
}

func (l *List) place(p *post.Post) (int, bool) {
	if current, ok := l.index.lookup(p.Address); ok {
		p = current
	}
	return l.search(p)
}

// search returns the place of p, or where it would stand.
func (l *List) search(p *post.Post) (int, bool) {
	return slices.BinarySearchFunc(l.posts, p, newestFirst)
}

// newestFirst is the order of every list: by date, the newest first and what
// has none last; then by slug, address and path.
func newestFirst(a, b *post.Post) int {
	return cmp.Or(
		b.Date.Compare(a.Date), // the zero time is before all others
		strings.Compare(a.Slug, b.Slug),
		strings.Compare(a.Address, b.Address),
		strings.Compare(a.Path, b.Path),
	)
}
