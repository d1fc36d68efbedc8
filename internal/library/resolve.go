package library

import (
	"hash/maphash"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// Resolver finds the posts that links lead to. It may be used by any number of
// goroutines.
//
// For every name by which a link may mean a post it holds 8 bytes, of which a
// post has four or five: a hash of the name and the post's number. Whether the
// post has the name it looks up in the post.
type Resolver struct {
	posts []*post.Post
	seeds [kinds]maphash.Seed
	names []uint64 // hash<<32 | number, sorted: of one name the first post is first
}

// kind is what a name is of a post.
type kind int

const (
	whole kind = iota // its path, reduced by pageKey
	tail              // the end of that, from a slash on
	slug
	former // an alias, reduced by aliasKey
	kinds
)

// NewResolver returns a Resolver of posts, which must stay as they are. It takes
// about half a microsecond a post.
func NewResolver(posts []*post.Post) *Resolver {
	r := &Resolver{posts: posts}
	for k := range r.seeds {
		r.seeds[k] = maphash.MakeSeed()
	}
	total := 0
	for _, p := range posts {
		total += 2 + strings.Count(p.Path, "/") + len(p.Aliases())
	}
	r.names = make([]uint64, 0, total)
	for i, p := range posts {
		add := func(k kind, name string) { r.names = append(r.names, r.first(k, name)|uint64(i)) } //nolint:gosec // an index
		key := pageKey(p.Path)
		add(whole, key)
		add(slug, p.Slug)
		for at := range len(key) {
			if key[at] == '/' {
				add(tail, key[at+1:])
			}
		}
		for _, alias := range p.Aliases() {
			add(former, aliasKey(alias))
		}
	}
	slices.Sort(r.names)
	return r
}

// first returns the least that may be in names for a name.
func (r *Resolver) first(k kind, name string) uint64 {
	return maphash.String(r.seeds[k], name) >> 32 << 32
}

// find returns the first post that has the name.
func (r *Resolver) find(k kind, name string) (*post.Post, bool) {
	if name == "" {
		return nil, false
	}
	hash := r.first(k, name)
	for i, _ := slices.BinarySearch(r.names, hash); i < len(r.names) && r.names[i]>>32 == hash>>32; i++ {
		if p := r.posts[uint32(r.names[i])]; isNamed(p, k, name) { //nolint:gosec // the lower half
			return p, true
		}
	}
	return nil, false
}

// isNamed tells whether a post has the name; of two names with one hash it is
// one that has not.
func isNamed(p *post.Post, k kind, name string) bool {
	switch k {
	case whole:
		return pageKey(p.Path) == name
	case tail:
		key := pageKey(p.Path)
		return len(key) > len(name) && strings.HasSuffix(key, name) && key[len(key)-len(name)-1] == '/'
	case slug:
		return p.Slug == name
	default:
		return slices.ContainsFunc(p.Aliases(), func(alias string) bool { return aliasKey(alias) == name })
	}
}

// Resolve returns the one of the posts that a link in from leads to. The
// target is what authors write who think of files ("queues.md",
// "../2024/queues.md", Jekyll's "_posts/2024-01-02-queues.md"), of pages
// ("/2024/01/queues/", "../queues/#why") or of slugs and former addresses.
// What says most wins: the file itself, then its path from the root or the end
// of it, then a slug or an alias, and at last the target's last word as a
// slug. Of posts that are equally good it is the first. An absolute URL leads
// to none.
func (r *Resolver) Resolve(from *post.Post, target string) (*post.Post, bool) {
	w, ok := newWanted(from, target)
	if !ok {
		return nil, false
	}
	for _, name := range [...]struct {
		kind
		name string
	}{{whole, w.likely}, {whole, w.other}, {whole, w.root}, {tail, w.root}, {slug, w.root}, {former, w.root}, {slug, w.slug}} {
		if p, ok := r.find(name.kind, name.name); ok {
			return p, true
		}
	}
	return nil, false
}

// Resolve returns the post that a link in from leads to; see that of Resolver,
// which it makes for the first link.
func (x *Index) Resolve(from *post.Post, target string) (*post.Post, bool) {
	x.resolving.Do(func() { x.resolver = NewResolver(x.all.posts) })
	return x.resolver.Resolve(from, target)
}

// wanted is a link's target, in the ways in which it may name a post.
type wanted struct {
	likely string // relative, as its author most likely counts
	other  string // relative, as others count
	root   string // from the root
	slug   string // its last word
}

func newWanted(from *post.Post, target string) (w wanted, ok bool) {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if plain, err := url.PathUnescape(target); err == nil {
		target = plain
	}
	if strings.Contains(target, ":") && !strings.Contains(strings.SplitN(target, ":", 2)[0], "/") {
		return w, false // a URL
	}
	rooted := strings.HasPrefix(target, "/")
	name := pageKey(strings.Trim(target, "/"))
	w.root = strings.TrimPrefix(path.Clean("/"+name), "/")
	if !rooted && from != nil {
		// Paths of files count from the folder that the post is in, paths of
		// pages from the page, which is a folder of its own.
		w.likely, w.other = path.Join(pageKey(from.Path), name), path.Join(path.Dir(from.Path), name)
		if ext := path.Ext(target); strings.EqualFold(ext, ".md") || strings.EqualFold(ext, ".markdown") {
			w.likely, w.other = w.other, w.likely
		}
	}
	w.slug = post.FileSlug(path.Base(w.root) + ".md")
	return w, w.root != ""
}

// pageKey reduces a path to what a file and its page have in common: without
// the extension, and without the index of a bundle.
func pageKey(file string) string {
	switch ext := path.Ext(file); strings.ToLower(ext) {
	case ".md", ".markdown", ".html", ".htm":
		file = file[:len(file)-len(ext)]
	}
	file = strings.TrimSuffix(file, "/_index")
	return strings.TrimSuffix(file, "/index")
}
