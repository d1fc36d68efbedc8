package reader

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unsafe"
	"weak"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// chrome is what is above and below the text of an article, and where its links are. Sessions that show the
// same share it, so it must not be changed.
type chrome struct {
	head []string // the title block
	// What there is to read next.
	tail []string //ledger:counted at most the posts of chromeLayout.named
	// Links, in the order in which Tab walks them.
	stops []stop //ledger:counted at most the links of a page, which its render has counted

	minutes int // that the post takes to read
}

// size returns about what a chrome takes, in bytes.
func (s *chrome) size() int {
	size := linesBytes(s.head) + linesBytes(s.tail) + cap(s.stops)*int(unsafe.Sizeof(stop{}))
	for i := range s.stops {
		size += cap(s.stops[i].at) * int(unsafe.Sizeof(render.Place{})) // their texts are part of the page
	}
	return size
}

// chromeOf lays out what stands around the article that is open.
func (a *article) chromeOf(m *Model) *chrome {
	key := chromeKey{page: weak.Make(a.page), post: a.post, among: a.among(m), index: m.index, airy: m.airy()}
	return m.caches.chromes.get(key, func() *chrome {
		l := &chromeLayout{
			chrome: &chrome{head: m.articleHead(a.post, a.width), minutes: m.caches.derivedOf(a.post).minutes},
			theme:  m.theme, index: m.index, post: a.post, page: a.page, width: a.width,
		}
		l.textStops()
		l.summary()
		l.series()
		l.neighbours(key.among)
		l.related()
		return l.chrome
	})
}

// airy reports whether there is room for an empty line above an article.
func (m *Model) airy() bool { return m.height > minHeight+3 }

// articleHead is the title block.
func (m *Model) articleHead(p *post.Post, width int) []string {
	t := m.theme
	lines := make([]string, 0, 8)
	if m.airy() {
		lines = append(lines, "")
	}
	if meta := metaIn(t, p, m.derivedOf(p), width); meta != "" {
		lines = append(lines, t.Dim.Render(meta))
	}
	for _, line := range wrapIn(t, p.Title(), width, 8) {
		lines = append(lines, t.Title.Render(line))
	}
	if part := SeriesLine(m.index, p); part != "" {
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

// SeriesLine is "Part 2 of 4 in Postgres under load", or "".
func SeriesLine(index *library.Index, p *post.Post) string {
	parts, name := index.Series(p.Address)
	i := slices.IndexFunc(parts, func(part *post.Post) bool { return part.Address == p.Address })
	if len(parts) < 2 || i < 0 {
		return ""
	}
	return fmt.Sprintf("Part %d of %d in %s", i+1, len(parts), name)
}

// chromeLayout lays out a chrome.
type chromeLayout struct {
	*chrome
	theme *theme.Theme
	index *library.Index
	post  *post.Post
	page  *render.Page
	width int
	// The posts that are in the tail, and the article itself.
	named []*post.Post //ledger:counted at most two neighbours and those of a series
	ids   render.IDs   // what links within the article may name
}

// textStops finds the links of the text.
func (l *chromeLayout) textStops() {
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
		if s.post, s.anchor, s.lost = l.leadsTo(&link); s.post == nil {
			s.target = cmp.Or(link.Web, link.Target)
		}
		l.stops = append(l.stops, s)
	}
}

// leadsTo returns the post that a link leads to and the id of the target in it; or, of a link that leads
// nowhere, what is missing. A link out of the blog has neither.
func (l *chromeLayout) leadsTo(link *render.Link) (p *post.Post, id, lost string) {
	id = link.Fragment()
	p, ok := l.post, strings.HasPrefix(link.Target, "#")
	if !ok {
		p, ok = l.index.Resolve(l.post, link.Target, link.Reference)
	}
	if ok && id == "" && p.Address == l.post.Address {
		id = beginning
	}
	switch {
	case ok && p.Address == l.post.Address && !l.hasID(id):
		return nil, "", "no such heading"
	case ok:
		return p, id, ""
	case link.Web != "":
		return nil, "", ""
	case link.Image:
		return nil, "", "no picture here"
	default:
		return nil, "", "no such post"
	}
}

// hasID reports whether the page has an element with this id.
func (l *chromeLayout) hasID(id string) bool {
	if l.ids == nil { // built once: a page may have as many links as headings
		l.ids = l.page.IDs()
	}
	return l.ids.Has(id)
}

// summary shows the summary of a post that has no text: there is nothing else to read, and the list may have
// cut it.
func (l *chromeLayout) summary() {
	if l.page.Lines.Len() > 0 {
		return
	}
	for _, line := range Wrap(l.post.Summary(), l.width, maxSummaryLines) {
		l.line(line)
	}
}

// maxSummaryLines is more than any summary has.
const maxSummaryLines = 1000

// series lists the parts of the post's series, below a line that ends the text.
func (l *chromeLayout) series() {
	l.line("")
	l.line(l.theme.Faint.Render(repeated("─", l.width)))
	l.named = []*post.Post{l.post}
	parts, name := l.index.Series(l.post.Address)
	if len(parts) < 2 {
		return
	}
	l.line(l.theme.Dim.Render(fit(name, l.width)))
	for i, p := range parts {
		label := fmt.Sprintf("%3d. ", i+1)
		if p.Address == l.post.Address {
			l.line(l.theme.Dim.Render(fit(label+Titled(l.index, p)+" (this one)", l.width)))
		} else {
			l.leads(label, p)
		}
	}
	l.line("")
}

// neighbours names the posts that n and p lead to.
func (l *chromeLayout) neighbours(among *library.List) {
	if next, ok := among.Older(l.post); ok {
		l.leads("n next: ", next)
	}
	if previous, ok := among.Newer(l.post); ok {
		l.leads("p previous: ", previous)
	}
}

// related names posts on the same subject that are not named in the tail yet.
func (l *chromeLayout) related() {
	for i, p := range Related(l.index, l.post, l.named) {
		if i == 0 {
			l.line("")
			l.line(l.theme.Dim.Render(fit("Related", l.width)))
		}
		l.leads("  ", p)
	}
}

// maxRelated is how many related posts are named.
const maxRelated = 3

// Related returns posts on the subject of p that are not among those named.
func Related(index *library.Index, p *post.Post, named []*post.Post) []*post.Post {
	related := slices.DeleteFunc(index.Related(p.Address, maxRelated+len(named)), func(q *post.Post) bool {
		return slices.ContainsFunc(named, func(r *post.Post) bool { return r.Address == q.Address })
	})
	return related[:min(maxRelated, len(related))]
}

func (l *chromeLayout) line(text string) { l.tail = append(l.tail, text) }

// leads adds a line that names a post and is a link to it. The first letter of the label is the key that opens
// it.
func (l *chromeLayout) leads(label string, p *post.Post) {
	t, before := l.theme, widthOf(label)
	title := fit(Titled(l.index, p), l.width-before)
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
