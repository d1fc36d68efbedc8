package library

import (
	"net/url"
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
	*edition
	language   string // that readers want; "" is the blog's own
	all        *List
	categories groups
	tags       groups
	shared     *Excluded // see Sharing, or nil
}

// edition is the part of an Index that it shares with those of the same posts in other languages.
type edition struct {
	blog         Blog
	byAddress    []*post.Post            // one for each address, sorted by that
	translations map[string][]*post.Post // the others of an address, by language
	textless     []*post.Post            // translations whose text is still to be written
	problems     []post.Problem
	clashes      int // problems between posts, those that are not told of included
	excluded     []Excluded
	span         // of the clock, in which the index is right
	bytes        int64
	folder       string // that the posts are in, by its path
	site         Site

	sequence   uint64  // increases with each Index of a Library
	changes    Changes // against the index before
	superseded chan struct{}

	search     *search.Index[*post.Post] // once searchable is closed
	searchable chan struct{}

	authors *Index                    // the same for authors; nil if they see no more
	held    map[string]Excluded       // of an index of authors: the posts that readers do not see, by path; else nil
	readers *edition                  // of an index of authors: the one for readers, which lives as long, and whose memory counts
	drafts  *search.Index[*post.Post] // of an index of authors: what is held

	resolving sync.Once
	resolver  *Resolver // once a link was followed or a name looked up, and few indexes live to see one

	grouping sync.Once
	serials  groups // once series were asked for, in the blog's own language

	base      *Index   // in the blog's own language
	own       string   // see Options.Language
	languages []string // of translations, at most maxViews
	mu        sync.Mutex
	views     map[string]*Index // by language
}

// Superseded is closed when a newer Index has replaced this one.
func (x *Index) Superseded() <-chan struct{} { return x.superseded }

// Site returns what is known of the website for which the posts are written.
func (x *Index) Site() Site { return x.site }

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

// Find returns the post with the given address or, if there is none, the newest of those that
// have it as their plain name, as an alias, or as the path that their file, or their engine,
// gives them: "2024/01/hello.md", "/blog/2024/01/hello/", also as the URL of a page of the site. The
// slashes around it and an ".html" after it are optional.
func (x *Index) Find(name string) (*post.Post, bool) {
	name, ok := x.site.pathOf(name)
	if !ok {
		return nil, false
	}
	names := []string{name} // an address may have escapes of its own
	if plain, err := url.PathUnescape(name); err == nil && plain != name {
		names = append(names, plain)
	}
	for _, name := range names {
		for _, address := range [...]string{name, post.AddressOf(name), name + "/"} {
			if p, ok := x.lookup(address); ok {
				return x.translated(p), true
			}
		}
	}
	for _, name := range slices.Backward(names) {
		if p, ok := x.links().named(name); ok {
			return x.translated(p), true
		}
	}
	return nil, false
}

// lookup returns the post with the given address.
func (x *Index) lookup(address string) (*post.Post, bool) {
	if x.shared != nil && x.shared.Address == address {
		return x.shared.Post, true
	}
	i, ok := slices.BinarySearchFunc(x.byAddress, address, func(p *post.Post, address string) int {
		return strings.Compare(p.Address, address)
	})
	if !ok {
		return nil, false
	}
	return x.byAddress[i], true
}

// Problems returns what is wrong with files, sorted by path and line. The
// caller must not change the slice.
func (x *Index) Problems() []post.Problem { return x.problems }

// Excluded returns the valid but unpublished posts, sorted by
// path. The caller must not change the slice.
func (x *Index) Excluded() []Excluded { return x.excluded }

// Since returns what has changed since old, an earlier Index of the same
// Library. The caller must not change its slices.
func (x *Index) Since(old *Index) Changes {
	if old.sequence+1 == x.sequence && old.held == nil && x.held == nil {
		// Nearly every session asks this, thousands at once.
		return x.changes
	}
	return diff(old.edition, x.edition)
}

// Bytes returns about how much memory the posts take, in bytes, including unpublished ones: the text of their
// files, and a constant for each.
func (x *Index) Bytes() int64 { return x.bytes }

// Resolve returns the post that a link in from leads to; see that of Resolver. From a translation a
// link that names no language, which is none from the root, leads to the one in the same. Another link to a
// place in a post leads to the language that it names, since others have other headings.
func (x *Index) Resolve(from *post.Post, target string, reference bool) (*post.Post, bool) {
	p, ok := x.links().Resolve(from, target, reference)
	if ok && from != nil && from.Language != "" && from.Language != x.own && (reference || !strings.HasPrefix(target, "/") && !isURL(target)) {
		for _, other := range append([]*post.Post{p}, x.translations[p.Address]...) {
			if other.Language == from.Language && other.Body() != "" {
				return other, true
			}
		}
	}
	if ok && strings.Contains(target, "#") && p.Body() != "" {
		return p, true
	}
	return x.translated(p), ok
}

// ResolverOf returns a Resolver of other posts of the folder, such as drafts.
func (x *Index) ResolverOf(posts []*post.Post) *Resolver {
	return newResolver(posts, x.folder, x.own, &x.site)
}

// links returns the index's resolver, which is made when it is first needed.
func (x *Index) links() *Resolver {
	x.resolving.Do(func() { x.resolver = newResolver(append(x.Everything(), x.textless...), x.folder, x.own, &x.site) })
	return x.resolver
}
