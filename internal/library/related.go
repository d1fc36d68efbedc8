package library

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// Series returns the parts of the series that a post belongs to, the oldest first, and its name as the post
// spells it, or nil if it belongs to none. Translations are in the series of their original.
func (x *Index) Series(address string) (parts []*post.Post, name string) {
	p, ok := x.lookup(address)
	if !ok || p.Series() == "" {
		return nil, ""
	}
	for i, q := range slices.Backward(x.all.posts) {
		if strings.EqualFold(q.Series(), p.Series()) {
			parts = append(parts, x.all.At(i))
		}
	}
	return parts, cmp.Or(x.translated(p).Series(), p.Series())
}

// relatedAmong is how many of the newest posts with a label are compared. It bounds the cost of Related.
const relatedAmong = 1000

// Related returns at most n posts that have most in common with a post: a common tag counts two, a category
// one. Of equals the newest comes first.
func (x *Index) Related(address string, n int) []*post.Post {
	p, ok := x.lookup(address)
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
	posts = slices.Clip(posts[:min(n, len(posts))])
	for i, q := range posts {
		posts[i] = x.translated(q)
	}
	return posts
}
