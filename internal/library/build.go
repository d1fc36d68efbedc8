package library

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// build makes the Index of what is known, for a clock that shows now.
func (l *Library) build(now time.Time) *Index {
	x := &Index{superseded: make(chan struct{}), searchable: make(chan struct{})}
	x.all = &List{pageSize: l.opts.PageSize, index: x}
	x.problems = slices.Clone(l.known.folders)
	x.admit(l.known.entries, now, l.opts.Calendar)
	x.settleSlugs()
	x.collectAliases()
	x.tellOmitted()
	x.categories = groupBy(x, l.labels, func(p *post.Post) []string { return p.Categories })
	x.tags = groupBy(x, l.labels, func(p *post.Post) []string { return p.Tags })
	x.describe(l.known.entries, &l.opts, l.labels)
	slices.SortFunc(x.problems, func(a, b post.Problem) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), strings.Compare(a.What, b.What))
	})
	return x
}

// postBytes is what a post takes beside its text.
const postBytes = 2 << 10

// admit sorts the posts into those to be read now and those that are not.
func (x *Index) admit(entries []entry, now time.Time, calendar *time.Location) {
	posts := make([]*post.Post, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		x.problems = append(x.problems, e.problems()...)
		p := e.post
		if p == nil {
			continue
		}
		x.bytes += min(e.stamp.size, post.MaxSize) + postBytes
		since, until := begin(p, now, calendar), onDay(p.ExpiryDate(), calendar)
		reason := reasonAgainst(p.Draft || inDrafts(e.path), since, until, now)
		if reason != Draft {
			x.bound(since, now)
			x.bound(until, now)
		}
		if reason == "" {
			posts = append(posts, p)
			continue
		}
		out := Excluded{Path: p.Path, Slug: p.Slug, Reason: reason}
		if reason == Future {
			out.Until = since
		}
		x.excluded = append(x.excluded, out)
	}
	slices.SortFunc(posts, newestFirst)
	x.all.posts = posts
}

// settleSlugs leaves one post, the newest, for every slug.
func (x *Index) settleSlugs() {
	sorted := slices.Clone(x.all.posts)
	slices.SortFunc(sorted, func(a, b *post.Post) int {
		return cmp.Or(strings.Compare(a.Slug, b.Slug), newestFirst(a, b))
	})
	dropped := make(map[*post.Post]bool)
	x.bySlug = sorted[:0]
	for _, p := range sorted {
		if n := len(x.bySlug); n > 0 && x.bySlug[n-1].Slug == p.Slug {
			dropped[p] = true
			x.between(p, post.Error, "the slug %q is also that of %s, which is shown in its place; give one of them another slug", p.Slug, x.bySlug[n-1].Path)
			continue
		}
		x.bySlug = append(x.bySlug, p)
	}
	if len(dropped) > 0 {
		x.all.posts = slices.DeleteFunc(x.all.posts, func(p *post.Post) bool { return dropped[p] })
	}
}

// same tells whether nobody could see a difference between two indexes.
func same(a, b *Index) bool {
	return a.blog == b.blog && a.span == b.span &&
		slices.Equal(a.bySlug, b.bySlug) &&
		slices.Equal(a.problems, b.problems) &&
		slices.Equal(a.excluded, b.excluded) &&
		// What else categories and tags are follows from the posts.
		slices.EqualFunc(a.categories.lists, b.categories.lists, func(a, b *List) bool {
			return a.Name == b.Name && a.Description == b.Description
		})
}
