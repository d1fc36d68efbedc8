package library

import "github.com/sshblog/sshblog/internal/post"

// PageSize returns how many posts a page has, but for the last.
func (l *List) PageSize() int { return l.pageSize }

// AllSeries returns the series that posts belong to, the largest first. As in every list, the newest
// post of a series comes first. The caller must not change the slice.
func (x *Index) AllSeries() []*List {
	x.grouping.Do(func() {
		x.serials = groupBy(x.base, labels{}, func(p *post.Post) []string { return []string{p.Series()} })
	})
	if x == x.base {
		return x.serials.lists
	}
	lists := make([]*List, len(x.serials.lists))
	for i, l := range x.serials.lists {
		lists[i] = l.in(x)
	}
	return lists
}

// FindSeries finds a series by its slug, or by a name that has this slug.
func (x *Index) FindSeries(name string) (*List, bool) {
	x.AllSeries()
	l, ok := x.serials.find(name)
	if !ok {
		return nil, false
	}
	return l.in(x), true
}

// in returns the list as it is read in the language of an index.
func (l *List) in(x *Index) *List {
	other := *l
	other.index = x
	return &other
}
