package library

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// Series returns the parts of the series that a post belongs to, the first
// written first, or nil if it belongs to none.
func (x *Index) Series(slug string) []*post.Post {
	p, ok := x.Find(slug)
	if !ok || p.Series() == "" {
		return nil
	}
	var parts []*post.Post
	for i := x.all.Len() - 1; i >= 0; i-- {
		if q := x.all.At(i); strings.EqualFold(q.Series(), p.Series()) {
			parts = append(parts, q)
		}
	}
	return parts
}

// relatedAmong is how many of the newest posts with a label are looked at: what is
// related shall be there at once, however many posts there are.
const relatedAmong = 1000

// Related returns at most n posts that have most in common with a post: a tag
// counts two, a category one. Of equals the newest comes first.
func (x *Index) Related(slug string, n int) []*post.Post {
	p, ok := x.Find(slug)
	if !ok {
		return nil
	}
	scores := make(map[*post.Post]int)
	share := func(g *groups, labels []string, worth int) {
		var seen []*List
		for _, label := range labels {
			l, ok := g.find(label)
			if !ok || slices.Contains(seen, l) {
				continue
			}
			seen = append(seen, l)
			for _, q := range l.posts[:min(len(l.posts), relatedAmong)] {
				scores[q] += worth
			}
		}
	}
	share(&x.tags, p.Tags, 2)
	share(&x.categories, p.Categories, 1)
	delete(scores, p)
	posts := slices.SortedFunc(maps.Keys(scores), func(a, b *post.Post) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), newestFirst(a, b))
	})
	return slices.Clip(posts[:min(n, len(posts))])
}
