package library

import (
	"path"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// wanted is a link's target, as the ways in which it may name a post.
type wanted struct {
	relative []string // as its author counts, the likeliest first
	files    []string // the paths that a file may have which it names, if it names one
	root     string   // from the root
	rooted   bool
	file     bool
	dotted   bool // it begins with a dot, and counts from the post alone
}

func (r *Resolver) wanted(from *post.Post, target string, reference bool) (w wanted, ok bool) {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	target = strings.TrimPrefix(unescaped(target), "@") // Zola's root of the content
	if strings.Contains(target, ":") && !strings.Contains(strings.SplitN(target, ":", 2)[0], "/") {
		return w, false // a URL
	}
	w.rooted = strings.HasPrefix(target, "/")
	name := post.PagePath(target)
	w.root = strings.TrimPrefix(path.Clean("/"+name), "/")
	kind := post.KindOf(target)
	w.file = kind == post.Markdown || kind == post.MDX
	if !w.rooted && from != nil {
		// Paths of files count from the folder that the post is in, paths of
		// pages from the page, which is mostly a folder of its own.
		files := []string{path.Join(post.PagePath(from.Path), name), path.Join(path.Dir(from.Path), name)}
		if w.file {
			w.relative = []string{files[1], files[0]}
		} else {
			page := r.canonical(from)
			w.relative = append([]string{path.Join(page, name), path.Join(path.Dir(page), name)}, files...)
		}
		if !reference || r.site.engine != jekyll { // whose post_url counts from the root
			w.files = []string{files[1], path.Join(path.Dir(post.PagePath(from.Path)), name)}
			if !w.file { // Hugo counts from the folder that a bundle is in
				slices.Reverse(w.files)
			}
			if !reference { // an author may count from the page
				w.files = append(w.files, files[0])
			}
		}
	}
	w.dotted = strings.HasPrefix(target, ".")
	if w.rooted || reference && !w.dotted {
		below := r.below(w.root, true)
		if r.site.placed && r.site.below != "" {
			below = below[1:]
		}
		w.files = append(w.files, below...)
	}
	return w, w.root != ""
}

// below returns a path from the site's root, and the paths in the folder that it may mean, of a
// page or a file: exact ones only, where the site is known.
func (r *Resolver) below(name string, exact bool) []string {
	names, least := []string{name}, 0
	if exact && r.site.placed {
		least = len(r.site.below)
	}
	for _, folder := range r.folders {
		if rest, ok := strings.CutPrefix(name, folder); ok && len(folder) > least {
			names = append(names, rest)
		}
	}
	return names
}

// fileOf returns the post of the file that a target names (gohugo.io/shortcodes/ref).
func (r *Resolver) fileOf(w *wanted, reference bool) (*post.Post, bool) {
	if !w.file && !reference {
		return nil, false
	}
	for _, name := range w.files {
		if strings.HasPrefix(name, "../") { // outside
			continue
		}
		if p, ok := r.find(file, name, anyPost); ok {
			return p, true
		}
		name = r.site.filePage(name)
		if p, ok := r.find(paged, name, func(p *post.Post) bool { return r.site.pageOf(p) == name }); ok {
			return p, true
		}
		if _, ok := r.site.sectionAt(path.Join(r.site.below, name)); ok && reference {
			return nil, false
		}
	}
	if !reference || strings.Contains(w.root, "/") || w.dotted || w.rooted && r.site.placed {
		return nil, false
	}
	name := r.site.filePage(w.root + ".md")
	return r.find(plain, post.FileSlug(name+".md"), func(p *post.Post) bool {
		file, _ := r.site.splitLanguage(p.Path)
		return r.site.filePage(path.Base(post.PagePath(file))) == name
	})
}
