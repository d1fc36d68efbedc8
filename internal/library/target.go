package library

import (
	"net/url"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// wanted is a link's target, in the ways in which it may name a post.
type wanted struct {
	relative []string // as its author counts, the likeliest first
	root     string   // from the root
	rooted   bool
	file     bool
}

func (r *Resolver) wanted(from *post.Post, target string) (w wanted, ok bool) {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if plain, err := url.PathUnescape(target); err == nil {
		target = plain
	}
	target = strings.TrimPrefix(target, "@") // Zola's root of the content
	if strings.Contains(target, ":") && !strings.Contains(strings.SplitN(target, ":", 2)[0], "/") {
		return w, false // a URL
	}
	w.rooted = strings.HasPrefix(target, "/")
	name := post.PagePath(target)
	w.root = strings.TrimPrefix(path.Clean("/"+name), "/")
	if !w.rooted && from != nil {
		// Paths of files count from the folder that the post is in, paths of
		// pages from the page, which is mostly a folder of its own.
		files := []string{path.Join(post.PagePath(from.Path), name), path.Join(path.Dir(from.Path), name)}
		if kind := post.KindOf(target); kind == post.Markdown || kind == post.MDX {
			w.file, w.relative = true, []string{files[1], files[0]}
		} else {
			page := r.canonical(from)
			w.relative = append([]string{path.Join(page, name), path.Join(path.Dir(page), name)}, files...)
		}
	}
	return w, w.root != ""
}
