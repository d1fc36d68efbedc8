package terminal

import (
	"bytes"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// How long the rest of an escape sequence may be under way. A terminal sends a
// sequence whole, and the network may cut it: TCP sends a lost packet again after
// 200 ms at the earliest (RFC 6298 and the practice of Linux).
const (
	// escTimeout is for a lone ESC of a terminal whose sequences come whole; it is
	// also how far apart two keys of a person are at least.
	escTimeout = 50 * time.Millisecond
	// escPatience is for a lone ESC that may be the beginning of a sequence.
	escPatience = 400 * time.Millisecond
	// sequencePatience is for what no person begins, counted from its last byte.
	sequencePatience = 3 * time.Second
)

// patience returns how long to wait for the rest of what is pending. answer is true while
// a reply of the terminal may come.
func (d *decoder) patience(answer bool) time.Duration {
	switch {
	case !d.loneEscape():
		return sequencePatience
	case answer || d.cut || !d.whole:
		return escPatience
	}
	return escTimeout
}

// learn records whether the complete sequence of n bytes that rest begins with arrived
// in one read.
func (d *decoder) learn(n int) {
	if p := d.rest[:n]; n > 1 && (p[0] == 0x1b && introduces(p[1]) || p[0] >= 0x80 && p[0] <= 0x9f) {
		if d.begun > 0 {
			d.cut = true
		} else {
			d.whole = true
		}
	}
	d.begun = max(d.begun-n, 0)
}

// loneEscape reports whether a single ESC is all that is pending.
func (d *decoder) loneEscape() bool { return len(d.rest) == 1 && d.rest[0] == 0x1b && !d.pasting }

// flushEscape decodes the single pending ESC as the Escape key.
func (d *decoder) flushEscape() {
	d.rest = nil
	d.emit(uv.KeyPressEvent{Code: uv.KeyEscape})
}

// introduces reports whether b behind an ESC begins a sequence that a terminal sends.
func introduces(b byte) bool { return strings.IndexByte("[O]P_^X", b) >= 0 }

// unfinished reports whether p, which is incomplete, is the beginning of a sequence
// that no person begins. Its bytes must never act as keys.
func unfinished(p []byte) bool {
	return len(p) > 1 && p[0] == 0x1b && p[1] != 'O' && introduces(p[1])
}

// broken returns how many bytes of p belong to a control string that something else
// has put an end to: another sequence, or a key such as Enter. It is 0 if p begins
// with no such string.
func broken(p []byte) int {
	if len(p) < 2 || p[0] != 0x1b || p[1] == '[' || p[1] == 'O' || !introduces(p[1]) {
		return 0
	}
	end := stringEnd(p)
	if end < 0 || p[end] == 0x07 || p[end] == 0x9c || bytes.HasPrefix(p[end:], []byte("\x1b\\")) {
		return 0
	}
	return end
}

// stringEnd returns where what follows the two bytes that introduce a control string
// ends, by BEL, ST or a control character that no string holds (ECMA-48 §5.6). It is
// negative if that has not come.
func stringEnd(p []byte) int {
	for i := 2; i < len(p); i++ {
		switch b := p[i]; {
		case b == 0x1b && i+1 == len(p):
			return -1
		case b < ' ' || b == 0x9c:
			return i
		}
	}
	return -1
}

// answerPatience is how long a reply may take.
const answerPatience = 3 * time.Second

// answers counts pending replies to our queries.
type answers struct {
	owed  int
	since time.Time // of the last query
}

// expect adds n queries that are sent now.
func (a *answers) expect(n int) {
	if n == 0 {
		return
	}
	now := time.Now()
	if !a.outstanding(now) {
		a.owed = 0
	}
	a.owed, a.since = a.owed+n, now
}

// take subtracts a reply, if the message is one.
func (a *answers) take(msg tea.Msg) {
	switch msg.(type) {
	case tea.BackgroundColorMsg, tea.ModeReportMsg, tea.CapabilityMsg, tea.KeyboardEnhancementsMsg, tea.CursorPositionMsg:
		a.owed = max(a.owed-1, 0)
	}
}

// outstanding reports whether a reply may still come.
func (a *answers) outstanding(now time.Time) bool {
	return a.owed > 0 && now.Sub(a.since) < answerPatience
}
