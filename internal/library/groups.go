package library

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// groups are an Index's categories, or its tags.
type groups struct {
	lists  []*List // the largest first; ties by slug
	bySlug map[string]*List
}

// find returns the list with the given slug, or with the slug of the given
// name.
func (g *groups) find(name string) (*List, bool) {
	if l, ok := g.bySlug[name]; ok {
		return l, true
	}
	l, ok := g.bySlug[post.Slugify(name)]
	return l, ok
}

// group is a list in the making.
type group struct {
	list  *List
	count int        // memberships, which are posts unless one names a label twice
	names []spelling // the newest first, mostSpellings at most
}

// mostSpellings is how many spellings of its name are counted for a group. More make no difference, and each
// membership searches them.
const mostSpellings = 16

// spelling is one way to write the name of a group ("NodeJS", "nodejs").
type spelling struct {
	name  string
	count int
}

// groupBy sorts posts, the newest first, into groups by what names says.
func groupBy(x *Index, ls labels, names func(*post.Post) []string) groups {
	posts := x.all.posts
	counted := make(map[string]*group)
	for _, p := range posts {
		for _, name := range names(p) {
			l := ls.of(name)
			if l.slug == "" {
				continue // a name of nothing but signs has no address
			}
			g := counted[l.slug]
			if g == nil {
				g = &group{list: &List{Slug: l.slug, pageSize: x.all.pageSize, index: x}}
				counted[l.slug] = g
			}
			g.spell(name)
		}
	}

	// A second pass, so that every list is allocated once and at its size.
	for _, p := range posts {
		for _, name := range names(p) {
			if g := counted[ls.of(name).slug]; g != nil {
				g.add(p)
			}
		}
	}

	result := groups{bySlug: make(map[string]*List, len(counted))}
	for slug, g := range counted {
		g.list.Name = g.usualName()
		result.lists = append(result.lists, g.list)
		result.bySlug[slug] = g.list
	}
	slices.SortFunc(result.lists, func(a, b *List) int {
		return cmp.Or(cmp.Compare(b.Len(), a.Len()), strings.Compare(a.Slug, b.Slug))
	})
	return result
}

func (g *group) spell(name string) {
	g.count++
	for i := range g.names {
		if g.names[i].name == name {
			g.names[i].count++
			return
		}
	}
	if len(g.names) < mostSpellings {
		g.names = append(g.names, spelling{name, 1})
	}
}

// usualName is the most frequent of the spellings counted; of equals, the newest.
func (g *group) usualName() string {
	return slices.MaxFunc(g.names, func(a, b spelling) int { return cmp.Compare(a.count, b.count) }).name
}

func (g *group) add(p *post.Post) {
	l := g.list
	if l.posts == nil {
		l.posts = make([]*post.Post, 0, g.count)
	}
	if n := len(l.posts); n > 0 && l.posts[n-1] == p {
		return // "CI/CD" and "CI CD" on one post
	}
	l.posts = append(l.posts, p)
}
