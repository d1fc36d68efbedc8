package render

import (
	"slices"
	"strconv"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// pen writes lines of spans into one buffer with the fewest escape codes. It
// is the only place that writes an escape sequence.
type pen struct {
	tones   *tones
	targets []string // OSC 8 targets by link, "" for none
	codes   map[ink]string

	buf  []byte
	ends []uint32 // where each line ends in buf
	now  ink
	link int
	open bool // a hyperlink is open
	room int  // bytes that targets may still take
}

// targetRoom bounds what the targets of hyperlinks take in a page, in bytes
// for each byte of capacity: a link of many lines repeats its target on each.
const targetRoom = 1

func newPen(t *tones, capacity int) *pen {
	return &pen{
		tones: t, codes: make(map[ink]string),
		buf: make([]byte, 0, capacity), room: 1<<16 + targetRoom*capacity, //ledger:counted as the text of the post, of which there is a limit
	}
}

// lines returns how many lines are written.
func (p *pen) lines() int { return len(p.ends) }

// firstText returns the index of the first line from i on that is not empty,
// or i if there is none.
func (p *pen) firstText(i int) int {
	start := uint32(0)
	if i > 0 {
		start = p.ends[i-1]
	}
	for j := i; j < len(p.ends); j++ {
		if p.ends[j] > start {
			return j
		}
	}
	return i
}

// truncate forgets all lines after the first n.
func (p *pen) truncate(n int) {
	p.ends = p.ends[:n]
	p.buf = p.buf[:0]
	if n > 0 {
		p.buf = p.buf[:p.ends[n-1]]
	}
	p.now, p.link, p.open = ink{}, 0, false
}

// page returns the lines.
func (p *pen) page() Lines { return Lines{string(p.buf), slices.Clone(p.ends)} }

// strings returns the lines as strings, which share one allocation.
func (p *pen) strings() []string {
	all := p.page()
	lines := make([]string, all.Len()) //ledger:counted as many as are there
	for i, line := range all.All() {
		lines[i] = line
	}
	return lines
}

// write puts text at the end of the current line.
func (p *pen) write(s span) {
	if s.text == "" {
		return
	}
	if s.link != p.link {
		p.setLink(s.link)
	}
	if s.ink != p.now {
		p.setInk(s.ink)
	}
	p.buf = append(p.buf, s.text...)
}

// endLine returns to the default state and starts a new line.
func (p *pen) endLine() {
	p.finish()
	p.ends = append(p.ends, uint32(len(p.buf))) //nolint:gosec // the budget allows for a few megabytes
}

func (p *pen) finish() {
	if p.link != 0 {
		p.setLink(0)
	}
	if p.now != (ink{}) {
		p.setInk(ink{})
	}
}

func (p *pen) setInk(to ink) {
	was, is := p.code(p.now), p.code(to)
	p.now = to
	switch {
	case was == is:
	case is == "":
		p.buf = append(p.buf, "\x1b[m"...)
	case was == "":
		p.buf = append(append(append(p.buf, "\x1b["...), is...), 'm')
	default:
		p.buf = append(append(append(p.buf, "\x1b[0;"...), is...), 'm')
	}
}

func (p *pen) code(i ink) string {
	if i == (ink{}) {
		return ""
	}
	code, ok := p.codes[i]
	if !ok {
		code = string(i.params(nil, p.tones))
		p.codes[i] = code
	}
	return code
}

// setLink writes the OSC 8 sequence that starts a hyperlink, or ends the one
// that is open. The id joins the parts of a link that is broken over lines.
// https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
func (p *pen) setLink(to int) {
	p.link = to
	target := ""
	if to != 0 && p.tones.profile > colorprofile.NoTTY {
		target = p.targets[to-1]
	}
	switch {
	case target != "" && len(target) <= p.room:
		p.room -= len(target)
		p.buf = append(p.buf, "\x1b]8;id="...)
		p.buf = strconv.AppendInt(p.buf, int64(to), 10)
		p.buf = append(append(append(p.buf, ';'), target...), "\x1b\\"...)
		p.open = true
	case p.open:
		p.buf = append(p.buf, "\x1b]8;;\x1b\\"...)
		p.open = false
	}
}

// cellsOf returns the width of a line of spans, in cells. Spans of one ink
// are measured together, because a cluster may reach over their border.
func cellsOf(spans []span) int {
	if len(spans) == 1 {
		return cells(spans[0].text)
	}
	total, joined := 0, ""
	for i, s := range spans {
		if i > 0 && s.ink == spans[i-1].ink && s.link == spans[i-1].link && !ascii(s.text) {
			joined += s.text
			continue
		}
		total += cells(joined)
		joined = s.text
	}
	return total + cells(joined)
}

// cells returns the width of text without escape sequences, in cells.
func cells(text string) int {
	if ascii(text) {
		return len(text)
	}
	return textwidth.Of(text)
}

// ascii tells whether text is printable ASCII.
func ascii(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return true
}
