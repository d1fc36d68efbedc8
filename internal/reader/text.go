package reader

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// fit cuts plain text to width cells, with an ellipsis if it was longer.
func fit(text string, width int) string {
	if width <= 0 {
		return ""
	}
	if widthOf(text) <= width {
		return text
	}
	return ansi.Truncate(text, width, "…")
}

// widthOf returns the cells that a text takes, styled or not. Nearly all that
// is measured for a frame is of letters and rules; for the rest all of Unicode
// has to be known, which costs more than everything else that a key does.
func widthOf(text string) (width int) {
	for at := 0; at < len(text); {
		switch c := text[at]; {
		case c >= ' ' && c <= '~':
			at++
			width++
		case c == '\x1b':
			n := sgr(text[at:])
			if n == 0 {
				return ansi.StringWidth(text)
			}
			at += n
		default:
			r, size := utf8.DecodeRuneInString(text[at:])
			if !narrow(r) {
				return ansi.StringWidth(text)
			}
			at += size
			width++
		}
	}
	return width
}

// narrow tells whether a character beyond ASCII takes one cell, as far as they
// are frequent here. What may join the one before it is none of these.
func narrow(r rune) bool {
	return r == '·' || r >= 'À' && r <= 'ɏ' || r >= '‐' && r <= '…' ||
		r >= '←' && r <= '↓' || r >= '─' && r <= '▟'
}

// sgr returns the length of the SGR sequence that s begins with, or 0 (ECMA-48
// §8.3.117).
func sgr(s string) int {
	if len(s) < 3 || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
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

// unstyled leaves text as the terminal shows it.
const unstyled render.Style = ""

// blank is as many spaces as most windows are wide.
const blank = "                                                                                                    " +
	"                                                                                                    "

// spaces returns n spaces.
func spaces(n int) string {
	if n <= len(blank) {
		return blank[:max(n, 0)]
	}
	return strings.Repeat(" ", n)
}

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
	return joinMeta(date(p.Date), p.Category(), minutes(p.Minutes))
}

// metaIn is as much of meta as fits in width cells. Narrow columns have the
// short form throughout, so that a list's lines look alike; then what says
// least goes first.
func metaIn(p *post.Post, width int) string {
	const roomy = 48 // for "September 30, 2026 · Architecture · 10 min read"
	info := meta(p)
	if width >= roomy && widthOf(info) <= width {
		return info
	}
	when := ""
	if !p.Date.IsZero() {
		when = p.Date.Format("Jan 2, 2006")
	}
	reading := strings.TrimSuffix(minutes(p.Minutes), " read")
	info = joinMeta(when, p.Category(), reading)
	if widthOf(info) > width {
		info = joinMeta(when, reading)
	}
	return fit(info, width)
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

// count writes a number of things: "1 post", "41 posts".
func count(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}
