package terminal

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// screen keeps what the client's screen shows and writes the difference to the next frame. It holds the text of
// the lines and no cells: a line that is equal costs one comparison of strings.
type screen struct {
	features      features
	width, height int

	// What is on the screen, top to bottom.
	lines        []string //ledger:counted at most the rows of a window
	valid        bool     // false: the screen's contents are unknown
	margins      margins
	modes        modes
	synchronized bool // the terminal can hold back a frame until it is whole
	cut          bool // what was written last may have been cut off

	// Questions for the next whole frame.
	asked   strings.Builder //ledger:counted those of ask, once
	unasked int             // questions among asked
	copies  bool            // there is a text for the clipboard, with it
	copied  Clipping        // that one; only the last counts
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

// copy queues a text for the clipboard, replacing one that is queued already. The text is made only when it is
// written, since a client can request the same copy with each of thousands of keys.
func (s *screen) copy(text Clipping) {
	if s.features.osc {
		s.copies, s.copied = true, text
	}
}

// query queues a query for a terminal that is known to ignore unknown ones.
func (s *screen) query(question string) {
	if s.features.queries {
		s.asked.WriteString(question)
		s.unasked++
	}
}

// letterRow is the row in which a letter is written to ask for its width. In the first row the reply could be a
// key: \x1b[1;2R is also Shift+F3.
const letterRow = 1

// ask queues the host's queries. profile says whether to ask for true colour.
func (s *screen) ask(profile bool) {
	if s.height > letterRow && !s.features.ascii {
		s.query("\x1b[" + strconv.Itoa(letterRow+1) + "HЯ" + ansi.RequestCursorPositionReport + "\x1b[H")
	}
	s.query(ansi.RequestModeSynchronizedOutput)
	// A terminal that knows kitty's protocol can tell where on the keyboard a letter is.
	s.query(ansi.RequestKittyKeyboard)
	s.query(ansi.RequestBackgroundColor)
	if profile && s.features.dcs {
		s.query(ansi.RequestTermcap("RGB"))
	}
}

// draw returns the bytes that turn the screen into view, or none if it shows
// view already. The bytes are valid until the next call.
func (s *screen) draw(view tea.View) []byte {
	out := s.scratch[:0]
	if s.features.ascii {
		view.WindowTitle = textwidth.ASCII(view.WindowTitle)
	}
	if !s.modes.entered {
		out = s.enter(out)
	}
	out = s.modes.change(out, view, s.features)
	return s.paint(out, s.frame(view.Content), view.Cursor)
}

// paint appends what turns the screen into the lines next.
func (s *screen) paint(out []byte, next []string, at *tea.Cursor) []byte {
	if s.queued() {
		s.invalidate()
	}
	body := s.body(out, next)
	if len(body) > len(out) {
		out = s.enclose(body, len(out))
	}
	out = s.modes.cursor(out, at, len(body) > 0)
	if cap(out) <= maxScratch {
		s.scratch = out
	} else {
		s.scratch = nil
	}
	return out
}

// queued reports whether there is something to write that is not part of a frame.
func (s *screen) queued() bool { return s.asked.Len() > 0 || s.copies }

// erase clears the screen. What is queued is written right before, at the first cell, and nowhere else: if a
// terminal prints what it does not know, that is erased, and scrolls nothing visible away.
func (s *screen) erase(out []byte) []byte {
	if s.queued() {
		out = append(out, "\x1b[m\x1b[H"...)
		out = s.questions(out)
	}
	// Lines that nobody has written are empty after an erase.
	return append(out, "\x1b[m\x1b[H\x1b[2J"...)
}

// questions appends the queued queries, once.
func (s *screen) questions(out []byte) []byte {
	out = append(out, s.asked.String()...)
	s.asked.Reset()
	s.unasked = 0
	if s.copies {
		text := s.copied.Clipboard()
		out = slices.Grow(out, base64.StdEncoding.EncodedLen(len(text))+len("\x1b]52;c;\a")) //ledger:counted as the text of a page, which the reader has taken
		out = append(out, "\x1b]52;c;"...)
		var part [3 << 10]byte // as a whole it would be copied; of three bytes base64 makes four
		for len(text) > 0 {
			n := copy(part[:], text)
			out, text = base64.StdEncoding.AppendEncode(out, part[:n]), text[n:]
		}
		out = append(out, ansi.BEL)
		s.copies, s.copied = false, nil
	}
	return out
}

// enter takes over the screen: the alternate one, emptied.
func (s *screen) enter(out []byte) []byte {
	s.modes.entered = true
	// At the first cell, a mode that a terminal prints scrolls nothing.
	out = append(out, ansi.SetModeAltScreenSaveCursor+ansi.HideCursor+"\x1b[H"...)
	return out
}

// enclose makes out[start:] one frame. Within it no line wraps, so that a terminal that draws a character wider
// than we assume cuts one row instead of pushing all others. A terminal that supports it shows the old frame
// until the new one is complete.
func (s *screen) enclose(out []byte, start int) []byte {
	begin, end := noWrap, wrap
	if s.synchronized {
		begin, end = ansi.SetModeSynchronizedOutput+begin, end+ansi.ResetModeSynchronizedOutput
	}
	out = append(out, begin...) // to make room
	copy(out[start+len(begin):], out[start:])
	copy(out[start:], begin)
	return append(out, end...)
}

// frame cuts content into the lines of the screen.
func (s *screen) frame(content string) []string {
	if s.height <= 0 || s.width <= 0 {
		return nil
	}
	lines := make([]string, 0, s.height) //ledger:counted as rows of the window, of which sshd has a limit
	for len(lines) < s.height {
		line, rest, more := strings.Cut(content, "\n")
		if s.features.ascii {
			line = textwidth.ASCII(line)
		}
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
		out = s.erase(out)
		at = cursor{floor: -1}
		s.lines, s.valid = make([]string, 0, len(next)), true
	}
	if s.features.lines {
		out, at = s.scroll(out, next, at)
	}
	out = slices.Grow(out, changedBytes(s.lines, next)+len(noWrap+wrap)) //ledger:counted by Host.hold
	for row := range max(len(next), len(s.lines)) {
		was, is := line(s.lines, row), line(next, row)
		if was == is {
			continue
		}
		e := difference(was, is, s.width)
		out = at.moveTo(out, row, e.column)
		if e.before {
			out = append(out, "\x1b[K"...)
		}
		if e.clear > 0 {
			out = append(out, strings.Repeat(" ", e.clear)...) //ledger:counted as the cells of a row, of which sshd has a limit
			out = position(out, row, e.column)
		}
		out = e.style.Append(out)
		out = s.typeset(out, row, &e)
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
	const move = 16 // to the row, and within it
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

// restore resets the terminal and writes farewell on the client's own screen.
func (s *screen) restore(farewell string) []byte {
	out := s.modes.leave(nil, s.features, s.height, s.cut, s.cut && s.synchronized)
	if s.features.ascii {
		farewell = textwidth.ASCII(farewell)
	}
	if farewell != "" {
		out = append(out, strings.ReplaceAll(farewell, "\n", "\r\n")...)
		out = append(out, "\r\n"...)
	}
	return out
}
