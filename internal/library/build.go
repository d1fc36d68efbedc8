package library

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// build makes the Index of what is known, for a clock that shows now.
func (l *Library) build(now time.Time) *Index {
	x := l.newIndex()
	x.superseded, x.searchable = make(chan struct{}), make(chan struct{})
	x.problems = slices.Clone(l.known.folders)
	posts := l.admit(x, l.known.entries, now)
	x.site.findSections(l.known.entries)
	moved := &moves{before: []map[*post.Post]*post.Post{l.moved}, now: make(map[*post.Post]*post.Post)}
	l.arrange(x, posts, moved)
	l.moved = moved.now
	x.reviewAliases()
	x.tellOmitted()
	x.bytes += int64(len(x.languages)) * int64(1+len(x.categories.lists)+len(x.tags.lists)) * listBytes
	slices.SortFunc(x.problems, func(a, b post.Problem) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), strings.Compare(a.What, b.What))
	})
	x.problems = summed(x.problems)
	if l.opts.Authors {
		l.buildForAuthors(x, posts)
	}
	return x
}

// newIndex returns an Index without posts.
func (l *Library) newIndex() *Index {
	x := &Index{edition: &edition{folder: l.folder, site: l.opts.Site, own: l.opts.Language, views: make(map[string]*Index)}}
	x.base, x.all = x, &List{pageSize: l.opts.PageSize, index: x}
	return x
}

// arrange puts posts into an index: its lists, and the groups that they are in.
func (l *Library) arrange(x *Index, posts []*post.Post, moved *moves) {
	l.settle(x, posts, moved)
	x.categories = groupBy(x, l.labels, func(p *post.Post) []string { return p.Categories })
	x.tags = groupBy(x, l.labels, func(p *post.Post) []string { return p.Tags })
	x.describe(l.known.entries, &l.opts, l.labels)
}

// postBytes is what a post takes beside its text.
const postBytes = 2 << 10

// admit separates the published posts, which it returns, from the others.
func (l *Library) admit(x *Index, entries []entry, now time.Time) (posts []*post.Post) {
	calendar, filled := l.opts.Calendar, make(map[*post.Post]filled)
	posts = make([]*post.Post, 0, len(entries))
	folders := foldersOf(x.folder, x.own, &x.site, entries)
	for i := range entries {
		e := &entries[i]
		x.problems = append(x.problems, e.problems()...)
		p := e.post
		if p == nil {
			continue
		}
		x.bytes += bytesOf(e.stamp.size)
		cascades := folders.cascading(p)
		p = l.fill(p, cascades, filled)
		since, until := begin(p, now, calendar), onDay(p.ExpiryDate(), calendar)
		reason, detail := folders.withhold(p, cascades)
		if reason == "" {
			reason = reasonAgainst(since, until, now)
			x.bound(since, now)
			x.bound(until, now)
		}
		if reason == "" {
			posts = append(posts, p)
			continue
		}
		out := Excluded{Path: p.Path, Address: p.Address, Reason: reason, Detail: detail, Post: p}
		if reason == Future {
			out.Until = since
		}
		x.excluded = append(x.excluded, out)
	}
	l.filled = filled
	return posts
}

// settle joins posts with their translations, and sorts them.
func (l *Library) settle(x *Index, posts []*post.Post, moved *moves) {
	slices.SortFunc(posts, newestFirst)
	x.byAddress, x.textless, x.translations = l.joinTranslations(posts, moved)
	slices.SortFunc(x.byAddress, func(a, b *post.Post) int { return strings.Compare(a.Address, b.Address) })
	languages := make(map[string]bool)
	for _, others := range x.translations {
		for _, p := range others {
			languages[p.Language] = true
		}
	}
	x.languages = slices.Sorted(maps.Keys(languages))
	x.languages = x.languages[:min(len(x.languages), maxViews)]
	x.all.posts = slices.SortedFunc(slices.Values(x.byAddress), newestFirst)
}

// moves are the posts that have another address or language in an Index than by themselves, by the originals.
// before are those of earlier indexes, to be reused.
type moves struct {
	before []map[*post.Post]*post.Post
	now    map[*post.Post]*post.Post
}

// to returns a post with an address and a language, the same object as in another index if that has it.
func (m *moves) to(p *post.Post, address, language string) *post.Post {
	for _, before := range m.before {
		if at := before[p]; at != nil && at.Address == address && at.Language == language {
			m.now[p] = at
			return at
		}
	}
	m.now[p] = p.At(address, language)
	return m.now[p]
}

// same reports whether two indexes look the same to everybody.
func same(a, b *Index) bool {
	return a.blog == b.blog && a.span == b.span &&
		slices.Equal(a.byAddress, b.byAddress) &&
		maps.EqualFunc(a.translations, b.translations, slices.Equal[[]*post.Post]) &&
		slices.Equal(a.textless, b.textless) &&
		slices.Equal(a.problems, b.problems) &&
		slices.Equal(a.excluded, b.excluded) &&
		// Other properties of categories and tags follow from the posts.
		slices.EqualFunc(a.categories.lists, b.categories.lists, func(a, b *List) bool {
			return a.Name == b.Name && a.Description == b.Description
		})
}
