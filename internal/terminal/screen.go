package terminal

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// screen knows what the client's screen shows and writes the difference to
// the next frame. It holds the text of the lines and no cells: a line that is
// equal costs a comparison of two strings, and nothing else.
type screen struct {
	features      features
	width, height int

	lines        []string // what is on the screen, top to bottom
	valid        bool     // false: the screen's contents are unknown
	margins      margins
	modes        modes
	synchronized bool // the terminal can hold back a frame until it is whole

	asked   strings.Builder // questions and raw text for the next write
	scratch []byte          // reused between frames while it stays small
}

// maxScratch is the largest output buffer, in bytes, that a screen keeps
// between two frames. Most frames are far smaller.
const maxScratch = 512

// resize takes the new size in cells. Terminals differ in what they keep on
// the screen when its size changes, so the next frame is written whole.
func (s *screen) resize(width, height int) {
	s.width, s.height = width, height
	s.invalidate()
}

// invalidate makes the next frame a whole one.
func (s *screen) invalidate() { s.valid, s.lines = false, nil }

// raw queues text that the model wants written as it is.
func (s *screen) raw(text string) {
	if s.features.osc {
		s.asked.WriteString(text)
	}
}

// query queues a question for a terminal that is known to swallow those it
// does not understand.
func (s *screen) query(question string) {
	if s.features.queries {
		s.asked.WriteString(question)
	}
}

// ask queues the host's own questions, those for colours among them if they are
// wanted.
func (s *screen) ask(colours bool) {
	s.query(ansi.RequestModeSynchronizedOutput)
	if colours {
		s.query(ansi.RequestBackgroundColor)
		s.queryCapability("RGB")
	}
}

// queryCapability queues a question for a capability of terminfo's (XTGETTCAP).
func (s *screen) queryCapability(name string) {
	if s.features.dcs {
		s.query(ansi.RequestTermcap(name))
	}
}

// draw returns the bytes that turn the screen into view, or none if it shows
// view already. The bytes are valid until the next call.
func (s *screen) draw(view tea.View) []byte {
	out := s.scratch[:0]
	if !s.modes.entered {
		out = s.enter(out)
	}
	out = s.modes.change(out, view, s.features)
	body := s.body(out, s.frame(view.Content))
	if len(body) > len(out) {
		out = s.sync(body, len(out))
	}
	out = s.modes.cursor(out, view.Cursor, len(body) > 0)
	out = s.questions(out)
	if cap(out) <= maxScratch {
		s.scratch = out
	} else {
		s.scratch = nil
	}
	return out
}

// questions appends what is to be asked of the terminal, once.
func (s *screen) questions(out []byte) []byte {
	out = append(out, s.asked.String()...)
	s.asked.Reset()
	return out
}

// enter takes over the screen: the alternate one, emptied.
func (s *screen) enter(out []byte) []byte {
	s.modes.entered = true
	out = append(out, ansi.SetModeAltScreenSaveCursor+ansi.HideCursor...)
	return out
}

// sync marks out[start:] as one frame, so that a terminal that can do it
// shows the old frame until the new one is complete.
func (s *screen) sync(out []byte, start int) []byte {
	if !s.synchronized {
		return out
	}
	out = append(out, ansi.SetModeSynchronizedOutput...)
	const n = len(ansi.SetModeSynchronizedOutput)
	copy(out[start+n:], out[start:len(out)-n])
	copy(out[start:], ansi.SetModeSynchronizedOutput)
	return append(out, ansi.ResetModeSynchronizedOutput...)
}

// frame cuts content into the lines of the screen.
func (s *screen) frame(content string) []string {
	if s.height <= 0 || s.width <= 0 {
		return nil
	}
	lines := make([]string, 0, s.height)
	for len(lines) < s.height {
		line, rest, more := strings.Cut(content, "\n")
		lines = append(lines, line)
		if !more {
			break
		}
		content = rest
	}
	return lines
}

// body writes the lines that differ and remembers them.
func (s *screen) body(out []byte, next []string) []byte {
	at := cursor{row: -1, column: -1, floor: s.margins.bottom - 1}
	if !s.valid {
		if s.margins != (margins{}) { // some terminals keep them in a new size
			out = append(out, "\x1b[r"...)
			s.margins = margins{}
		}
		// Lines that nobody has written are empty after an erase.
		out = append(out, "\x1b[m\x1b[H\x1b[2J"...)
		at = cursor{floor: -1}
		s.lines, s.valid = make([]string, 0, len(next)), true
	}
	if s.features.lines {
		out, at = s.scroll(out, next, at)
	}
	out = slices.Grow(out, changedBytes(s.lines, next))
	for row := range max(len(next), len(s.lines)) {
		was, is := line(s.lines, row), line(next, row)
		if was == is {
			continue
		}
		e := difference(was, is, s.width)
		out = at.moveTo(out, row, e.column)
		out = e.style.write(out)
		out = append(out, e.text...)
		if e.open {
			out = append(out, "\x1b[m"...)
		}
		if e.erase {
			out = append(out, "\x1b[K"...)
		}
		at.column = -1
	}
	s.lines = next
	return out
}

// changedBytes is about how much there is to write, and rarely less.
func changedBytes(was, is []string) (n int) {
	const move = 8 // to the row
	for row := range max(len(is), len(was)) {
		if text := line(is, row); text != line(was, row) {
			n += len(text) + move
		}
	}
	return n
}

// line returns the text of a row, which is empty beyond the last.
func line(lines []string, row int) string {
	if row < len(lines) {
		return lines[row]
	}
	return ""
}

// restore gives the terminal back as it was found and writes farewell on the
// screen the client came from.
func (s *screen) restore(farewell string) []byte {
	out := s.modes.leave(nil, s.features)
	if farewell != "" {
		out = append(out, strings.ReplaceAll(farewell, "\n", "\r\n")...)
		out = append(out, "\r\n"...)
	}
	return out
}
