package reader

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
)

// maxHits is how many matches a find keeps; whoever has more of them is not
// looking for one.
const maxHits = 5000

// find is a search in the open article.
type find struct {
	query string
	terms library.Terms // of a search over all posts, in place of query's own
	hits  []hit
	at    int    // the hit that n and N move from
	from  anchor // where the reader stood when it was begun
}

// hit is one match: a place on each line of the page that it touches.
type hit []render.Place

// active tells whether there is something to find.
func (f *find) active() bool { return f.query != "" }

// count is "3/17", for the foot.
func (f *find) count() string {
	switch {
	case !f.active():
		return ""
	case len(f.hits) == 0:
		return "not found"
	case len(f.hits) == maxHits:
		return fmt.Sprintf("%d/%d+", f.at+1, maxHits)
	}
	return fmt.Sprintf("%d/%d", f.at+1, len(f.hits))
}

// line returns the first line of the current hit, or -1.
func (f *find) line() int {
	if f.at >= len(f.hits) {
		return -1
	}
	return f.hits[f.at][0].Line
}

// pattern compiles a query: its words in their order, with any white space or
// line end between them. Lower case matches both, as in less and vim.
func pattern(query string) *regexp.Regexp {
	words := strings.Fields(query)
	if len(words) == 0 {
		return nil
	}
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	// Quotes and alerts have a bar at the start of each line.
	expression := strings.Join(words, `[\s│┃▌▎]+`)
	if !strings.ContainsFunc(query, unicode.IsUpper) {
		expression = "(?i)" + expression
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return nil // invalid UTF-8: nothing on the screen matches it
	}
	return compiled
}

// in finds what is looked for on a page.
func (f *find) in(page *render.Page) []hit {
	want := pattern(f.query)
	if want == nil {
		return nil
	}
	var text strings.Builder
	starts := make([]int, len(page.Lines)) // in text, in bytes
	for i, line := range page.Lines {
		starts[i] = text.Len()
		text.WriteString(ansi.Strip(line))
		text.WriteByte('\n')
	}
	whole := text.String()
	var hits []hit
	if !f.terms.IsZero() {
		spans, _ := f.terms.Spans(whole)
		for _, span := range spans[:min(len(spans), maxHits)] {
			hits = append(hits, places(whole, starts, span.Start, span.End))
		}
		return hits
	}
	for _, match := range want.FindAllStringIndex(whole, maxHits) {
		hits = append(hits, places(whole, starts, match[0], match[1]))
	}
	return hits
}

// places tells which cells the bytes from start to end of text take.
func places(text string, starts []int, start, end int) hit {
	var h hit
	first := sort.SearchInts(starts, start+1) - 1
	for line := first; line < len(starts) && starts[line] < end; line++ {
		stop := len(text) - 1
		if line+1 < len(starts) {
			stop = starts[line+1] - 1
		}
		from, to := max(start, starts[line]), min(end, stop)
		inside := text[from:to]
		if line > first { // the bars and the indent are not what was looked for
			trimmed := strings.TrimLeft(inside, " │┃▌▎")
			from, inside = to-len(trimmed), trimmed
		}
		inside = strings.TrimRight(inside, " ")
		if inside == "" {
			continue
		}
		h = append(h, render.Place{
			Line:   line,
			Column: widthOf(text[starts[line]:from]),
			Cells:  widthOf(inside),
		})
	}
	return h
}

// startFind asks what to find in the article.
func (m *Model) startFind() {
	a := &m.article
	if a.page == nil {
		return
	}
	a.find = find{from: a.anchor()}
	m.prompt = prompt{asking: forMatch, label: "/"}
}

// finding follows what is typed: the first match from where the reader began
// comes on the screen.
func (m *Model) finding(what edit, text string) {
	a := &m.article
	switch what {
	case cancelled:
		a.top = a.lineOf(a.find.from)
		a.find = find{}
	case edited, accepted:
		a.find.query = strings.TrimSpace(text)
		m.seek()
		if what == accepted && len(a.find.hits) == 0 {
			if a.find.active() {
				m.notice = "not found: " + text
			}
			a.find = find{}
		}
	}
}

// seek goes to the first match after the place where the find was begun.
func (m *Model) seek() {
	a := &m.article
	a.find.hits, a.find.at = nil, 0
	if a.page == nil {
		return
	}
	a.find.hits = a.find.in(a.page)
	begun := a.lineOf(a.find.from)
	a.top = begun
	for i, h := range a.find.hits {
		if h[0].Line+len(a.head) >= begun {
			a.find.at = i
			break
		}
	}
	m.revealHit()
}

// nextHit goes n matches on, around the ends of the article.
func (m *Model) nextHit(n int) {
	f := &m.article.find
	if len(f.hits) == 0 {
		return
	}
	to := f.at + n
	f.at = (to + len(f.hits)) % len(f.hits)
	switch {
	case to >= len(f.hits):
		m.notice = "the first match again"
	case to < 0:
		m.notice = "the last match again"
	}
	m.revealHit()
}

func (m *Model) revealHit() {
	if line := m.article.find.line(); line >= 0 {
		m.reveal(line + len(m.article.head))
	}
}

// marked returns a line of the page with its matches marked. The current one
// is marked in another way than by colour.
func (f *find) marked(line int, text string, t *render.Theme) string {
	first := sort.Search(len(f.hits), func(i int) bool { h := f.hits[i]; return h[len(h)-1].Line >= line })
	for i := first; i < len(f.hits) && f.hits[i][0].Line <= line; i++ {
		style := t.Match
		if i == f.at {
			style = current
		}
		for _, place := range f.hits[i] {
			if place.Line == line {
				text = overlay(text, place, style)
			}
		}
	}
	return text
}

// current is how the place that the keys act on looks: reversed, which every
// terminal can show, with colours or without.
const current render.Style = "\x1b[7m"

// overlay paints a part of a styled line anew.
func overlay(line string, at render.Place, style render.Style) string {
	end := at.Column + at.Cells
	inside := ansi.Strip(ansi.Cut(line, at.Column, end))
	if inside == "" {
		return line
	}
	return ansi.Truncate(line, at.Column, "") + style.Render(inside) + ansi.TruncateLeft(line, end, "")
}
