package library

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/sshblog/sshblog/internal/library/search"
	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/post"
)

// Terms find the words of a search in a text.
type Terms = search.Terms

// Span is where such a word stands, in bytes.
type Span = search.Span

// SearchReport is the result of making an Index searchable.
type SearchReport struct {
	// Posts that can be searched.
	Posts int
	// Brief is how many of these are found by title and tags alone, since the
	// text of more would not fit in Options.SearchLimit.
	Brief int
	// Bytes of memory that the search takes.
	Bytes int64
	// Failed are posts whose text could not be read to its end because of a bug: the slug, and what went wrong.
	Failed []string
}

// Hit is a post that a search found.
type Hit struct {
	Post *post.Post
	// Excerpt is the part of the text, or its author's summary, with most of the
	// words, in one line of plain text, or the summary if the words stand
	// elsewhere. ExcerptOf fills it in.
	Excerpt string

	excerpted bool
}

// HasExcerpt reports whether ExcerptOf has filled in the excerpt, which may be empty.
func (h *Hit) HasExcerpt() bool { return h.excerpted }

// Found is what a search found.
type Found struct {
	// Hits are the best posts, the best first; without words the newest first.
	Hits []Hit
	// Total is the number of posts found, of which Hits are the first.
	Total int
	// Partial is true if no post has all the words: then these have the most.
	Partial bool
	// Terms are the words to mark in the posts.
	Terms Terms
	// Notes say what is wrong with the query, each in a few words.
	Notes []string
}

// Searchable is closed when the words of the posts can be searched. That is
// some time after the Index has come, as long as Run runs, unless another has
// superseded it by then.
func (x *Index) Searchable() <-chan struct{} { return x.searchable }

// Search finds the posts that a query means, and returns at most n of them. A
// query is words, of which the last may be the beginning of one, and filters:
//
//	category:databases tag:"lock free" after:2025-03 before:2026
//
// It finds nothing before the Index is Searchable.
func (x *Index) Search(query string, n int) Found { return x.SearchAmongOthers(query, n, func() {}) }

// SearchAmongOthers is Search that calls yield repeatedly, so that others get their turn meanwhile.
func (x *Index) SearchAmongOthers(query string, n int, yield func()) Found {
	const each = 64 // posts that are looked at
	looked := 0
	q := x.parseQuery(query)
	accept := func(p *post.Post) bool {
		if looked++; looked%each == 0 {
			yield()
		}
		return q.accept == nil || q.accept(p)
	}
	found := Found{Notes: q.notes}
	select {
	case <-x.searchable:
	default:
		return found
	}
	if q.words.IsZero() {
		if q.accept == nil {
			return found
		}
		for _, p := range x.all.posts {
			if accept(p) {
				if found.Total++; found.Total <= n {
					found.Hits = append(found.Hits, Hit{Post: x.translated(p)})
				}
			}
		}
		return found
	}
	all := x.search
	if x.drafts != nil {
		all = all.With(x.drafts)
	}
	most := n
	if len(x.translations) > 0 {
		most = all.Len() // a post is found once, in whatever languages
	}
	result := all.Search(q.words, accept, func(p *post.Post) string { return p.Title() }, most)
	found.Total, found.Partial, found.Terms = result.Total, result.Partial, result.Terms
	at := make(map[string]int) // index of hits that have translations, by address
	for _, h := range result.Hits {
		p := h.Key
		if now, ok := x.Again(p); x.drafts != nil && ok { // to authors it may be a translation of a draft
			p = now
		}
		i, again := at[p.Address]
		switch {
		case again:
			if found.Total--; p == x.translated(found.Hits[i].Post) {
				found.Hits[i].Post = p
			}
			continue
		case len(x.translations[p.Address]) > 0:
			at[p.Address] = len(found.Hits)
		}
		found.Hits = append(found.Hits, Hit{Post: p})
	}
	found.Hits = slices.Clone(found.Hits[:min(n, len(found.Hits))]) // the rest is not kept with them
	if fixed := found.Terms.Corrected(); len(fixed) > 0 {
		found.Notes = append(found.Notes, "taken for: "+strings.Join(fixed[:min(3, len(fixed))], ", "))
	}
	return found
}

// runSearch makes each current Index searchable, one after the other, until ctx
// ends. An Index that another supersedes meanwhile is left out.
func (l *Library) runSearch(ctx context.Context) {
	done := &search.Index[*post.Post]{}
	for {
		x := l.Current()
		var failed failures
		next, err := done.Update(ctx, x.Everything(), failed.text, search.Options{Limit: l.opts.SearchLimit, Beside: l.besides(done)})
		if errors.Is(err, search.ErrNoMemory) {
			old := weak.Make(done)
			done = l.awaitMemory(ctx, old)
			continue
		}
		if err != nil {
			return
		}
		done, x.search = next, next
		if a := x.authors; a != nil {
			a.search = next
			if a.drafts, err = l.searchOfDrafts(ctx, a, &failed); err != nil {
				return
			}
		}
		close(x.searchable)
		if l.opts.OnSearch != nil {
			l.opts.OnSearch(SearchReport{Posts: next.Len(), Brief: next.Brief(), Bytes: next.Bytes(), Failed: failed.slugs})
		}
		if !l.awaitNext(ctx, x) {
			return
		}
	}
}

// searchOfDrafts makes the search of what only authors see. If there is no memory for the texts, it has titles
// and tags.
func (l *Library) searchOfDrafts(ctx context.Context, x *Index, failed *failures) (*search.Index[*post.Post], error) {
	posts, text, bytes := x.heldPosts(), failed.text, x.search.Bytes()
	for _, p := range posts {
		bytes += int64(len(p.Body()))
	}
	if limit := l.opts.SearchLimit; limit > 0 && bytes > limit {
		text = func(p *post.Post) search.Text {
			return func(yield func(search.Field, string) bool) { searchNames(p, yield) }
		}
	}
	return (&search.Index[*post.Post]{}).Update(ctx, posts, text, search.Options{})
}

// besides returns a function that takes memory for a search that exists beside its successor.
func (l *Library) besides(old *search.Index[*post.Post]) func(bytes int64) bool {
	return func(bytes int64) bool {
		fits := l.opts.Memory.TakeSpare(bytes)
		if fits {
			runtime.AddCleanup(old, func(give func()) { give() }, l.opts.Memory.Replaced(bytes))
		}
		return fits
	}
}

// awaitMemory waits until a search that does not fit beside its successor is garbage: until the last session
// has taken the new Index. It returns the search to begin with: the old one after some seconds, since there may
// be memory by now, or an empty one.
func (l *Library) awaitMemory(ctx context.Context, old weak.Pointer[search.Index[*post.Post]]) *search.Index[*post.Post] {
	const pause, looks = time.Second, 5 // a collection of some hundred MB takes some 50 ms of a processor
	for range looks {
		runtime.GC()
		if old.Value() == nil {
			break
		}
		select {
		case <-ctx.Done():
			return &search.Index[*post.Post]{}
		case <-time.After(pause):
		}
	}
	return cmp.Or(old.Value(), &search.Index[*post.Post]{})
}

// excerptBefore and excerptBytes are how much of a text an excerpt has before
// the first word that was found, and in all, in bytes.
const excerptBefore, excerptBytes = 24, 400

// ExcerptOf fills in a hit's excerpt. It parses the post, which takes a millisecond for
// each 20 KB, and calls giveWay meanwhile, if that is not nil.
func (f *Found) ExcerptOf(h *Hit, giveWay func()) {
	if h.excerpted {
		return
	}
	h.excerpted = true
	var best string
	var marks []Span
	most := 0
	consider := func(part markdown.Kind, text string) (all bool) {
		spans, worth := f.Terms.Spans(text)
		// With as many words, prose is more relevant than code.
		if worth *= 2; worth > 0 && part == markdown.Code {
			worth--
		}
		if worth > most {
			best, marks, most = text, spans, worth
		}
		return most >= 2*f.Terms.Different()
	}
	if !f.Terms.IsZero() {
		all := false
		for part, text := range h.Post.Passages(giveWay) {
			if all = consider(part, text); all {
				break
			}
		}
		if !all {
			consider(markdown.Prose, h.Post.Abstract())
		}
	}
	if most == 0 {
		best = h.Post.Summary()
		marks, _ = f.Terms.Spans(best)
	}
	h.Excerpt = excerpt(best, marks)
}

// excerpt cuts a text so that its first mark is near the beginning.
func excerpt(text string, marks []Span) string {
	from, before := 0, ""
	if len(marks) > 0 && marks[0].Start > 2*excerptBefore {
		from = marks[0].Start - excerptBefore
		if i := strings.IndexByte(text[from:marks[0].Start], ' '); i >= 0 {
			from += i + 1
		} else {
			for from > 0 && !isBoundary(text, from) {
				from--
			}
		}
		before = "…"
	}
	to, after := len(text), ""
	if to-from > excerptBytes {
		to = from + excerptBytes
		for !isBoundary(text, to) {
			to--
		}
		if i := strings.LastIndexByte(text[from:to], ' '); i > excerptBytes/2 {
			to = from + i
		}
		after = "…"
	}
	return before + text[from:to] + after
}

// isBoundary reports whether a character begins at i.
func isBoundary(text string, i int) bool { return text[i]&0xc0 != 0x80 }

// searchNames yields a post's title and tags.
func searchNames(p *post.Post, yield func(search.Field, string) bool) (more bool) {
	if !yield(search.Title, p.Title()) {
		return false
	}
	for _, names := range [...][]string{p.Tags, p.Categories, p.Authors(), {p.Series()}} {
		for _, name := range names {
			if !yield(search.Tag, name) {
				return false
			}
		}
	}
	return true
}

// searchText yields what a post is found by, titles and tags first.
func searchText(p *post.Post, yield func(search.Field, string) bool) {
	if !searchNames(p, yield) {
		return
	}
	if s := p.Abstract(); s != "" && !yield(search.Body, s) {
		return
	}
	for part, text := range p.Passages(nil) {
		field := search.Body
		switch part {
		case markdown.Heading:
			field = search.Heading
		case markdown.Code:
			field = search.Code
		default:
		}
		if !yield(field, text) {
			return
		}
	}
}

// failures are posts whose text makes the parser panic. One post must not take the server down.
type failures struct {
	mu    sync.Mutex
	slugs []string
}

func (f *failures) text(p *post.Post) search.Text {
	return func(yield func(search.Field, string) bool) {
		defer func() {
			if v := recover(); v != nil {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.slugs = append(f.slugs, fmt.Sprintf("%s (%v)", p.Address, v))
			}
		}()
		searchText(p, yield)
	}
}
