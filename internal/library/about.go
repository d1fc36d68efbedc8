package library

import (
	"cmp"
	"path"

	"github.com/sshblog/sshblog/internal/post"
)

// describe applies the _index.md files to the index: the root's describes the blog, the others describe
// categories.
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

// claim is the description of a category by an _index.md, and how directly that refers to it (lower is more
// direct). Of equal ones the first by path counts.
type claim struct {
	rank  int
	about *post.IndexFile
}

// described returns the category that an _index.md is about: if it names one, that and no other; else the one
// with its folder's name, else the one with its title.
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
