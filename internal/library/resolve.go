package library

import (
	"net/url"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// Resolve returns the post that a link in from leads to; see the function of
// that name.
func (x *Index) Resolve(from *post.Post, target string) (*post.Post, bool) {
	return Resolve(x.all.posts, from, target)
}

// Resolve returns the one of the posts that a link in from leads to. The
// target is what authors write who think of files ("queues.md",
// "../2024/queues.md", Jekyll's "_posts/2024-01-02-queues.md"), of pages
// ("/2024/01/queues/", "../queues/#why") or of slugs and former addresses.
// What says most wins: the file itself, then its path from the root or the end
// of it, then a slug or an alias, and at last the target's last word as a
// slug. Of posts that are equally good it is the first. An absolute URL leads
// to none.
func Resolve(posts []*post.Post, from *post.Post, target string) (*post.Post, bool) {
	w, ok := newWanted(from, target)
	if !ok {
		return nil, false
	}
	var best *post.Post
	least := noMatch
	for _, p := range posts {
		if rank := w.rank(p); rank < least {
			best, least = p, rank
			if rank == 0 {
				break
			}
		}
	}
	return best, best != nil
}

// noMatch is the rank of a post that a link does not lead to.
const noMatch = 7

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

// rank tells how well a post fits, 0 being best.
func (w *wanted) rank(p *post.Post) int {
	key := pageKey(p.Path)
	switch {
	case w.likely != "" && key == w.likely:
		return 0
	case w.other != "" && key == w.other:
		return 1
	case key == w.root:
		return 2
	case strings.HasSuffix(key, w.root) && key[len(key)-len(w.root)-1] == '/':
		return 3
	case p.Slug == w.root:
		return 4
	}
	for _, alias := range p.Aliases() {
		if aliasKey(alias) == w.root {
			return 5
		}
	}
	if w.slug != "" && p.Slug == w.slug {
		return 6
	}
	return noMatch
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
