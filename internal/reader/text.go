package reader

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/textwidth"
	"github.com/sshblog/sshblog/internal/theme"
)

// fit cuts plain text to width cells, with an ellipsis if it was longer.
func fit(text string, width int) string {
	if width <= 0 {
		return ""
	}
	if widthOf(text) <= width {
		return text
	}
	return textwidth.Truncate(text, width, "…")
}

// widthOf returns the cells that a text takes, styled or not.
func widthOf(text string) int { return textwidth.Of(text) }

// cellsOn returns the cells that a text takes on the terminal of a theme.
func cellsOn(t *theme.Theme, text string) int {
	if t.Doubles() {
		return textwidth.Doubled(text)
	}
	return textwidth.Of(text)
}

// Wrap breaks plain text into at most rows lines of width cells; what does
// not fit in the last ends in an ellipsis.
func Wrap(text string, width, rows int) []string {
	if width <= 0 || rows <= 0 || text == "" {
		return nil
	}
	lines := render.Wrap(text, width, false)
	if len(lines) > rows {
		// Joining before cutting fills the last line up to its ellipsis.
		lines = append(lines[:rows-1], fitWords(strings.Join(lines[rows-1:], " "), width))
	}
	return lines
}

// wrapIn is Wrap for the terminal of a theme.
func wrapIn(t *theme.Theme, text string, width, rows int) []string {
	const ellipsis = 2 // cells
	if !t.Doubles() || width <= ellipsis || rows <= 0 || text == "" {
		return Wrap(text, width, rows)
	}
	lines := render.Wrap(text, width-ellipsis, true)
	if len(lines) > rows {
		lines = lines[:rows]
		lines[rows-1] += "…"
	}
	return lines
}

// fitOn is fit for the terminal of a theme.
func fitOn(t *theme.Theme, text string, width int) string {
	if lines := wrapIn(t, text, width, 1); t.Doubles() && cellsOn(t, text) > width && len(lines) > 0 {
		return lines[0]
	}
	return fit(text, width)
}

// fitWords is fit that cuts between words, unless that would leave less than
// half of the width.
func fitWords(text string, width int) string {
	if widthOf(text) <= width {
		return text
	}
	cut := strings.TrimSuffix(fit(text, width), "…")
	if i := strings.LastIndexByte(cut, ' '); i > width/2 && !strings.HasPrefix(text[len(cut):], " ") {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:") + "…"
}

// pad adds spaces up to width cells.
func pad(text string, width int) string {
	return text + spaces(width-widthOf(text))
}

// unstyled is the style of text without attributes.
const unstyled theme.SGR = ""

// spaces returns n spaces.
func spaces(n int) string { return repeated(" ", n) }

// maxRow is more cells than any window's row has.
const maxRow = 4 << 10

// repeated returns a sign n times, and not at all if that is less than none.
func repeated(sign string, n int) string { return strings.Repeat(sign, min(max(n, 0), maxRow)) }

// date writes a date as people do, or "" if there is none.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("January 2, 2006")
}

// dateBeside returns a date in the form written, or "" if the state has it already.
func dateBeside(state string, t time.Time, written string) string {
	if strings.Contains(state, t.Format(time.DateOnly)) {
		return ""
	}
	return written
}

// Titled is a post's title, followed by the reason if readers do not see it.
func Titled(index *library.Index, p *post.Post) string {
	state := index.State(p)
	if state == "" {
		return p.Title()
	}
	return p.Title() + " (" + strings.ToLower(state[:1]) + state[1:] + ")"
}

// briefly cuts a state to its first word, if it does not fit in width cells.
func briefly(state string, width int) string {
	if widthOf(state) <= width {
		return state
	}
	first, _, _ := strings.Cut(state, " ")
	return first
}

// Meta is the line above a title: why readers do not see the post, date, category, reading time and the other languages that a
// post is in, as far as they are known. The reading time is that of the post, in minutes.
func Meta(index *library.Index, p *post.Post, reading int) string {
	return metaOf(p, derived{minutes: reading, also: Languages(index, p), state: index.State(p)})
}

func metaOf(p *post.Post, t derived) string {
	return joinMeta(t.state, dateBeside(t.state, p.Date, date(p.Date)), p.Category(), minutes(t.minutes), t.also)
}

// Languages says which other languages a post is in: "also in ca, es"; or "".
func Languages(index *library.Index, p *post.Post) string {
	var names []string
	for _, q := range index.Translations(p) {
		if q.Language != p.Language {
			names = append(names, cmp.Or(index.LanguageOf(q), "the original"))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "also in " + strings.Join(names, ", ")
}

// metaIn is as much of meta as fits in width cells. Narrow columns use the short form throughout, so that a
// list's lines look alike; then the least important parts are left out.
func metaIn(look *theme.Theme, p *post.Post, t derived, width int) string {
	const roomy = 48 // for "September 30, 2026 · Architecture · 10 min read"
	if width >= roomy {
		for _, t := range [...]derived{t, {minutes: t.minutes, state: t.state}} {
			if meta := metaOf(p, t); cellsOn(look, meta) <= width {
				return meta
			}
		}
	}
	return shortMetaIn(look, p, t, width)
}

// shortMetaIn is the short form of meta, as much of it as fits in width cells.
func shortMetaIn(look *theme.Theme, p *post.Post, t derived, width int) string {
	when := ""
	if !p.Date.IsZero() {
		when = dateBeside(t.state, p.Date, p.Date.Format("Jan 2, 2006"))
	}
	short := strings.TrimSuffix(minutes(t.minutes), " read")
	for _, meta := range [...]string{joinMeta(t.state, when, p.Category(), short, t.also), joinMeta(t.state, when, p.Category(), short)} {
		if cellsOn(look, meta) <= width {
			return meta
		}
	}
	if meta := joinMeta(t.state, when, short); t.state == "" || cellsOn(look, meta) <= width {
		return fit(meta, width)
	}
	return fit(briefly(t.state, width), width)
}

// joinMeta joins the parts that are known.
func joinMeta(parts ...string) string {
	known := slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(known, " · ")
}

func minutes(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n) + " min read"
}

// Count writes a number of things: "1 post", "41 posts".
func Count(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}
