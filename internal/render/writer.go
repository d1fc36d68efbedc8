package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/textwidth"
	"github.com/sshblog/sshblog/internal/theme"
)

// span is a run of text in one style. Its text is printable: cleaned of control
// characters, with '\n' as the only exception, which means a hard line break.
type span struct {
	text  string
	style theme.Style
	link  int // 1 + index into the page's links, or 0; plus added
}

// added tells of a span that it is none of the author's words, but a mark beside them.
const added = 1 << 30

// target returns the link that a span belongs to, or 0.
func (s *span) target() int { return s.link &^ added }

// writer writes lines of spans into one buffer with the fewest control sequences. It
// is the only place that writes one.
type writer struct {
	theme   *theme.Theme
	targets []string // OSC 8 targets by link, "" for none
	codes   map[theme.Style]theme.SGR

	buf  []byte
	ends []uint32 // where each line ends in buf
	now  theme.Style
	link int
	open bool // a hyperlink is open
	room int  // bytes that targets may still take
}

// targetRoom bounds what the targets of hyperlinks take in a page, in bytes
// for each byte of capacity: a link of many lines repeats its target on each.
const targetRoom = 1

func newWriter(t *theme.Theme, capacity int) *writer {
	return &writer{
		theme: t, codes: make(map[theme.Style]theme.SGR),
		buf: make([]byte, 0, capacity), room: 1<<16 + targetRoom*capacity, //ledger:counted as the text of the post, of which there is a limit
	}
}

// lines returns how many lines are written.
func (w *writer) lines() int { return len(w.ends) }

// firstText returns the index of the first line from i on that is not empty,
// or i if there is none.
func (w *writer) firstText(i int) int {
	start := uint32(0)
	if i > 0 {
		start = w.ends[i-1]
	}
	for j := i; j < len(w.ends); j++ {
		if w.ends[j] > start {
			return j
		}
	}
	return i
}

// truncate forgets all lines after the first n.
func (w *writer) truncate(n int) {
	w.ends = w.ends[:n]
	w.buf = w.buf[:0]
	if n > 0 {
		w.buf = w.buf[:w.ends[n-1]]
	}
	w.now, w.link, w.open = theme.Style{}, 0, false
}

// page returns the lines.
func (w *writer) page() Lines { return Lines{string(w.buf), slices.Clone(w.ends)} }

// write puts text at the end of the current line.
func (w *writer) write(s span) {
	if s.text == "" {
		return
	}
	if to := s.target(); to != w.link {
		w.setLink(to)
	}
	if s.style != w.now {
		w.setStyle(s.style)
	}
	w.buf = append(w.buf, s.text...)
}

// endLine returns to the default state and starts a new line.
func (w *writer) endLine() {
	w.finish()
	w.ends = append(w.ends, uint32(len(w.buf))) //nolint:gosec // the budget allows for a few megabytes
}

func (w *writer) finish() {
	if w.link != 0 {
		w.setLink(0)
	}
	if w.now != (theme.Style{}) {
		w.setStyle(theme.Style{})
	}
}

func (w *writer) setStyle(to theme.Style) {
	was, is := w.code(w.now), w.code(to)
	w.now = to
	switch {
	case was == is:
	case is == "":
		w.buf = append(w.buf, "\x1b[m"...)
	case was == "":
		w.buf = append(w.buf, is...)
	default:
		w.buf = append(append(w.buf, "\x1b[0;"...), is[len("\x1b["):]...)
	}
}

func (w *writer) code(s theme.Style) theme.SGR {
	if s == (theme.Style{}) {
		return ""
	}
	code, ok := w.codes[s]
	if !ok {
		code = w.theme.SGR(s)
		w.codes[s] = code
	}
	return code
}

// setLink writes the OSC 8 sequence that starts a hyperlink, or ends the one
// that is open. The id joins the parts of a link that is broken over lines.
// https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
func (w *writer) setLink(to int) {
	w.link = to
	target := ""
	if to != 0 && w.theme.Profile > colorprofile.NoTTY {
		target = w.targets[to-1]
	}
	switch {
	case target != "" && len(target) <= w.room:
		w.room -= len(target)
		w.buf = append(w.buf, "\x1b]8;id="...)
		w.buf = strconv.AppendInt(w.buf, int64(to), 10)
		w.buf = append(append(append(w.buf, ';'), target...), "\x1b\\"...)
		w.open = true
	case w.open:
		w.buf = append(w.buf, "\x1b]8;;\x1b\\"...)
		w.open = false
	}
}

// cellsOf returns the width of a line of spans, in cells. Spans of one style
// are measured together, because a cluster may reach over their border.
func cellsOf(spans []span) (total int) {
	for len(spans) > 0 {
		n := 1
		for n < len(spans) && spans[n].style == spans[0].style && spans[n].link == spans[0].link && !textwidth.IsASCII(spans[n].text) {
			n++
		}
		total += textwidth.Of(joined(spans[:n]))
		spans = spans[n:]
	}
	return total
}

// joined returns the text of spans.
func joined(spans []span) string {
	if len(spans) == 1 {
		return spans[0].text
	}
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return b.String()
}
