package library

import (
	"cmp"
	"path"

	"github.com/sshblog/sshblog/internal/post"
)

// describe takes what the _index.md files say into the index: the root's about
// the blog, the others' about categories.
func (x *Index) describe(entries []entry, opts *Options, ls labels) {
	root := &post.IndexFile{}
	claims := make(map[*List]claim)
	for i := range entries {
		e := &entries[i]
		about := e.about()
		if about == nil {
			continue
		}
		folder := path.Dir(e.path)
		if folder == "." {
			root = about
			continue
		}
		l, rank := x.described(path.Base(folder), about, ls)
		if l == nil {
			continue // a folder that is no category, or has no posts yet
		}
		if c, ok := claims[l]; !ok || rank < c.rank {
			claims[l] = claim{rank, about}
		}
	}
	for l, c := range claims {
		l.Name = cmp.Or(c.about.Title, c.about.Category, l.Name)
		l.Description = c.about.Description
	}
	x.blog = Blog{
		Title:   cmp.Or(opts.Title, root.Title, DefaultTitle),
		Tagline: cmp.Or(opts.Tagline, root.Tagline),
	}
}

// claim is what an _index.md says of a category, and how plainly (the lower
// the plainer). Of two that are equally plain the first by path is heard.
type claim struct {
	rank  int
	about *post.IndexFile
}

// described returns the category that an _index.md is about: if it names one,
// that and no other; else that of its folder's name, else that of its title.
func (x *Index) described(folder string, about *post.IndexFile, ls labels) (l *List, rank int) {
	if about.Category != "" {
		return x.categories.bySlug[ls.of(about.Category).slug], 0
	}
	for i, name := range []string{folder, about.Title} {
		if l := x.categories.bySlug[ls.of(name).slug]; l != nil {
			return l, i + 1
		}
	}
	return nil, 0
}
