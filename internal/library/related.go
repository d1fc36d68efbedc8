package library

import (
	"cmp"
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

// Related returns at most n posts that have most in common with a post: a tag
// counts two, the category one. Of equals the newest comes first.
func (x *Index) Related(slug string, n int) []*post.Post {
	p, ok := x.Find(slug)
	if !ok {
		return nil
	}
	type scored struct {
		post  *post.Post
		score int
	}
	var found []scored
	for i := range x.all.Len() {
		q := x.all.At(i)
		if q.Slug == p.Slug {
			continue
		}
		score := 2 * common(p.Tags, q.Tags)
		score += common(p.Categories, q.Categories)
		if score > 0 {
			found = append(found, scored{q, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	posts := make([]*post.Post, 0, min(n, len(found)))
	for _, f := range found[:min(n, len(found))] {
		posts = append(posts, f.post)
	}
	return posts
}

// common counts the labels that two posts share.
func common(a, b []string) (n int) {
	for _, label := range a {
		if slices.ContainsFunc(b, func(other string) bool { return strings.EqualFold(label, other) }) {
			n++
		}
	}
	return n
}
