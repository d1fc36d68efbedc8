package library

import (
	"slices"
	"strings"
	"sync"

	"github.com/sshblog/sshblog/internal/library/search"
	"github.com/sshblog/sshblog/internal/post"
)

// Blog is what the blog says of itself.
type Blog struct {
	// Title is never empty.
	Title string
	// Tagline is one line under the title, or "".
	Tagline string
}

// Index is every post that may be read at one time, and the ways to find it.
// It is immutable, and stays valid after another has replaced it.
type Index struct {
	blog       Blog
	all        *List
	categories groups
	tags       groups
	bySlug     []*post.Post // sorted by slug
	aliases    []alias      // sorted by key
	problems   []post.Problem
	clashes    int // problems between posts, those that are not told of included
	excluded   []Excluded
	span       // of the clock, in which the index is right
	bytes      int64

	sequence   uint64  // counts the indexes of a Library
	changes    Changes // against the index before
	superseded chan struct{}

	search     *search.Index[*post.Post] // once searchable is closed
	searchable chan struct{}

	resolving sync.Once
	resolver  *Resolver // once a link was followed, and few indexes live to see one
}

// Superseded is closed when a newer Index has replaced this one.
func (x *Index) Superseded() <-chan struct{} { return x.superseded }

// Blog returns what the blog says of itself.
func (x *Index) Blog() Blog { return x.blog }

// All returns the list of all posts.
func (x *Index) All() *List { return x.all }

// Categories returns the categories that have posts, the largest first. The
// caller must not change the slice.
func (x *Index) Categories() []*List { return x.categories.lists }

// Category finds a category by its slug, or by a name that has this slug.
func (x *Index) Category(slug string) (*List, bool) { return x.categories.find(slug) }

// Tags returns the tags that posts have, the largest first. The caller must
// not change the slice.
func (x *Index) Tags() []*List { return x.tags.lists }

// Tag finds a tag by its slug, or by a name that has this slug.
func (x *Index) Tag(slug string) (*List, bool) { return x.tags.find(slug) }

// Find returns the post with the given slug or, if there is none, the one that
// has it among its aliases. An alias may be given with or without the slashes
// around it and the ".html" after it.
func (x *Index) Find(slugOrAlias string) (*post.Post, bool) {
	if p, ok := x.lookup(slugOrAlias); ok {
		return p, true
	}
	return x.byAlias(slugOrAlias)
}

// lookup returns the post with the given slug.
func (x *Index) lookup(slug string) (*post.Post, bool) {
	i, ok := slices.BinarySearchFunc(x.bySlug, slug, func(p *post.Post, slug string) int {
		return strings.Compare(p.Slug, slug)
	})
	if !ok {
		return nil, false
	}
	return x.bySlug[i], true
}

// Problems returns what is wrong with files, sorted by path and line. The
// caller must not change the slice.
func (x *Index) Problems() []post.Problem { return x.problems }

// Excluded returns the posts that are well but not to be read now, sorted by
// path. The caller must not change the slice.
func (x *Index) Excluded() []Excluded { return x.excluded }

// Since tells what has changed since old, an earlier Index of the same
// Library. The caller must not change its slices.
func (x *Index) Since(old *Index) Changes {
	if old.sequence+1 == x.sequence {
		// What nearly every reader asks, and thousands at once.
		return x.changes
	}
	return diff(old.bySlug, x.bySlug)
}

// Bytes returns about how much memory the posts take, in bytes, those that are not
// to be read now included: the text of their files, and a constant for each.
func (x *Index) Bytes() int64 { return x.bytes }
