package reader

import (
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// fit cuts plain text to width cells, with an ellipsis if it was longer.
func fit(text string, width int) string {
	if width <= 0 {
		return ""
	}
	return ansi.Truncate(text, width, "…")
}

// wrap breaks plain text into at most rows lines of width cells; what does
// not fit in the last ends in an ellipsis.
func wrap(text string, width, rows int) []string {
	if width <= 0 || rows <= 0 || text == "" {
		return nil
	}
	lines := strings.Split(ansi.Wrap(text, width, ""), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	if len(lines) > rows {
		// Joining before cutting fills the last line up to its ellipsis.
		lines = append(lines[:rows-1], fitWords(strings.Join(lines[rows-1:], " "), width))
	}
	return lines
}

// fitWords is fit that cuts between words, unless that would leave less than
// half of the width.
func fitWords(text string, width int) string {
	if ansi.StringWidth(text) <= width {
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
	return text + spaces(width-ansi.StringWidth(text))
}

// unstyled leaves text as the terminal shows it.
const unstyled render.Style = ""

// spaces returns n spaces.
func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }

// date writes a date as people do, or "" if there is none.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("January 2, 2006")
}

// meta is the line above a title: date, category and reading time, as far as
// they are known.
func meta(p *post.Post) string {
	parts := make([]string, 0, 3)
	for _, part := range [...]string{date(p.Date), p.Category(), minutes(p.Minutes)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " · ")
}

// metaIn is as much of meta as fits in width cells: what says least goes first.
func metaIn(p *post.Post, width int) string {
	info := meta(p)
	if ansi.StringWidth(info) <= width {
		return info
	}
	category := p.Category() + " · "
	if p.Category() == "" {
		category = ""
	}
	when := ""
	if !p.Date.IsZero() {
		when = p.Date.Format("Jan 2, 2006") + " · "
	}
	info = strings.TrimSuffix(info, " read")
	for _, shorter := range [...]string{
		info,
		when + category + strings.TrimSuffix(minutes(p.Minutes), " read"),
		when + strings.TrimSuffix(minutes(p.Minutes), " read"),
	} {
		if info = strings.TrimSuffix(shorter, " · "); ansi.StringWidth(info) <= width {
			return info
		}
	}
	return fit(info, width)
}

func minutes(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n) + " min read"
}

// count writes a number of things: "1 post", "41 posts".
func count(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}
