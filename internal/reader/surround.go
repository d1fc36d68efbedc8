package reader

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
	"weak"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// surround is what stands above and below the text of an article, and where its
// links are. Sessions that read the same have it in common, so it must not be
// changed.
type surround struct {
	head  []string // the title block
	tail  []string // what there is to read next
	stops []stop   // links, in the order in which Tab walks them

	minutes int // that the post takes to read
}

// size returns about what a surround takes, in bytes.
func (s *surround) size() int {
	size := linesBytes(s.head) + linesBytes(s.tail) + cap(s.stops)*int(unsafe.Sizeof(stop{}))
	for i := range s.stops {
		size += cap(s.stops[i].at) * int(unsafe.Sizeof(render.Place{})) // its texts are the page's
	}
	return size
}

// surroundOf lays out what stands around the article that is open.
func (m *Model) surroundOf() *surround {
	a := &m.article
	key := surroundOf{page: weak.Make(a.page), post: a.post, among: m.among(), airy: m.airy()}
	return m.shelves.surrounds.get(key, func() *surround {
		l := &surrounding{
			surround: &surround{head: m.articleHead(a.post, a.width), minutes: m.shelves.tell(a.post).minutes},
			theme:    m.theme, index: m.index, post: a.post, page: a.page, width: a.width,
		}
		l.textStops()
		l.summary()
		l.series()
		l.neighbours(key.among)
		l.related()
		return l.surround
	})
}

// airy tells whether there is room for an empty line above an article.
func (m *Model) airy() bool { return m.height > minHeight+3 }

// articleHead is the title block.
func (m *Model) articleHead(p *post.Post, width int) []string {
	t := m.theme
	lines := make([]string, 0, 8)
	if m.airy() {
		lines = append(lines, "")
	}
	if info := metaIn(p, m.shelves.tell(p).minutes, width); info != "" {
		lines = append(lines, t.Dim.Render(info))
	}
	for _, line := range wrap(p.Title, width, 8) {
		lines = append(lines, t.Title.Render(line))
	}
	if part := seriesLine(m.index, p); part != "" {
		lines = append(lines, t.Dim.Render(fit(part, width)))
	}
	if len(p.Authors()) > 0 {
		lines = append(lines, t.Dim.Render(fit("by "+strings.Join(p.Authors(), ", "), width)))
	}
	if len(p.Tags) > 0 {
		lines = append(lines, t.Accent.Render(fit("#"+strings.Join(p.Tags, " #"), width)))
	}
	return append(lines, "")
}

// seriesLine is "Part 2 of 4 in Postgres under load", or "".
func seriesLine(index *library.Index, p *post.Post) string {
	parts := index.Series(p.Slug)
	if len(parts) < 2 {
		return ""
	}
	for i, part := range parts {
		if part.Slug == p.Slug {
			return fmt.Sprintf("Part %d of %d in %s", i+1, len(parts), p.Series())
		}
	}
	return ""
}

// surrounding lays out a surround.
type surrounding struct {
	*surround
	theme *render.Theme
	index *library.Index
	post  *post.Post
	page  *render.Page
	width int
	named []*post.Post // in the tail, or the article itself
	ids   render.IDs   // what links within the article may name
}

// textStops finds the links of the text.
func (l *surrounding) textStops() {
	l.stops = make([]stop, 0, len(l.page.Links)+4)
	for _, link := range l.page.Links {
		if len(link.At) == 0 {
			continue
		}
		s := stop{at: make([]render.Place, len(link.At)), target: link.Target}
		for i, place := range link.At {
			place.Line += len(l.head)
			s.at[i] = place
		}
		s.post, s.anchor, s.lost = l.leadsTo(&link)
		l.stops = append(l.stops, s)
	}
}

// leadsTo returns the post that a link leads to and the id of what it leads to
// there; or, of a link that leads nowhere, what is missing. A link out of the
// blog has neither.
func (l *surrounding) leadsTo(link *render.Link) (p *post.Post, id, lost string) {
	id = link.Fragment()
	p, ok := l.post, strings.HasPrefix(link.Target, "#")
	if !ok {
		p, ok = l.index.Resolve(l.post, link.Target)
	}
	if ok && id == "" && p.Slug == l.post.Slug {
		id = beginning
	}
	switch {
	case ok && p.Slug == l.post.Slug && !l.hasPlace(id):
		return nil, "", "no such heading"
	case ok:
		return p, id, ""
	case link.Kind == render.ToWeb:
		return nil, "", ""
	case link.Image:
		return nil, "", "no picture here"
	default:
		return nil, "", "no such post"
	}
}

// hasPlace tells whether an id names a place of the article.
func (l *surrounding) hasPlace(id string) bool {
	if l.ids == nil { // a page may have as many links as headings
		l.ids = l.page.IDs()
	}
	return l.ids.Has(id)
}

// summary stands for the text of a post that has none: it is all there is to read,
// and the list may have cut it.
func (l *surrounding) summary() {
	if l.page.Lines.Len() > 0 {
		return
	}
	for _, line := range wrap(l.post.Summary(), l.width, maxSummaryLines) {
		l.line(line)
	}
}

// maxSummaryLines is more than any summary has.
const maxSummaryLines = 1000

// series lists the parts of the post's series, below a line that ends the text.
func (l *surrounding) series() {
	l.line("")
	l.line(l.theme.Faint.Render(repeated("─", l.width)))
	l.named = []*post.Post{l.post}
	parts := l.index.Series(l.post.Slug)
	if len(parts) < 2 {
		return
	}
	l.line(l.theme.Dim.Render(fit(l.post.Series(), l.width)))
	for i, p := range parts {
		label := fmt.Sprintf("%3d. ", i+1)
		if p.Slug == l.post.Slug {
			l.line(l.theme.Dim.Render(fit(label+p.Title+" (this one)", l.width)))
		} else {
			l.leads(label, p)
		}
	}
	l.line("")
}

// neighbours names the posts that n and p lead to.
func (l *surrounding) neighbours(among *library.List) {
	if next, ok := among.Older(l.post); ok {
		l.leads("n next: ", next)
	}
	if previous, ok := among.Newer(l.post); ok {
		l.leads("p previous: ", previous)
	}
}

// related names posts on the same subject that are not named yet.
func (l *surrounding) related() {
	for i, p := range relatedTo(l.index, l.post, l.named) {
		if i == 0 {
			l.line("")
			l.line(l.theme.Dim.Render(fit("Related", l.width)))
		}
		l.leads("  ", p)
	}
}

// maxRelated is how many related posts are named.
const maxRelated = 3

// relatedTo returns posts on the subject of p that are not among those named.
func relatedTo(index *library.Index, p *post.Post, named []*post.Post) []*post.Post {
	related := slices.DeleteFunc(index.Related(p.Slug, maxRelated+len(named)), func(q *post.Post) bool { return isIn(q, named) })
	return related[:min(maxRelated, len(related))]
}

func isIn(p *post.Post, posts []*post.Post) bool {
	for _, q := range posts {
		if q.Slug == p.Slug {
			return true
		}
	}
	return false
}

func (l *surrounding) line(text string) { l.tail = append(l.tail, text) }

// leads adds a line that names a post and leads to it. A label's first letter is
// the key that leads there too.
func (l *surrounding) leads(label string, p *post.Post) {
	t, before := l.theme, widthOf(label)
	title := fit(p.Title, l.width-before)
	styled := t.Dim.Render(label)
	if key, rest, ok := strings.Cut(label, " "); ok && key != "" && rest != "" && before > 5 {
		styled = t.Key.Render(key) + " " + t.Dim.Render(rest)
	}
	line := len(l.head) + l.page.Lines.Len() + len(l.tail)
	l.line(styled + title)
	if cells := widthOf(title); cells > 0 {
		l.stops = append(l.stops, stop{at: []render.Place{{Line: line, Column: before, Cells: cells}}, post: p})
	}
	l.named = append(l.named, p)
}
