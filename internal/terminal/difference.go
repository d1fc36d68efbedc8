package terminal

import "github.com/sshblog/sshblog/internal/textwidth"

// edit turns one line into another: text that is written from a column on.
type edit struct {
	column int    // where the text goes, in cells
	style  style  // what is in force there
	text   string // what to write
	open   bool   // the text leaves a style in force
	erase  bool   // erase what is right of it
}

// Bytes that must be spared before it pays to write only a part of a line: a
// column costs up to four, and resetting a style three.
const (
	minStart = 5
	minEnd   = 4
)

// difference returns the edit that turns a line on the screen into one to be
// shown: it leaves out what both have in common at their starts and ends. Each
// line starts and ends in the terminal's default style.
func difference(was, is string, columns int) edit {
	if is == "" {
		return edit{erase: true}
	}
	cells := textwidth.Of(is)
	if cells > columns {
		is = textwidth.Truncate(is, columns, "")
		cells = textwidth.Of(is)
	}
	cut := commonStart(was, is)
	if cut.at-cut.style.size() < minStart {
		cut = walk{line: is}
	}
	begin := cut
	begin.skipControl()
	e := edit{column: cut.column, style: begin.style, text: is[begin.at:]}
	if e.text == "" {
		e.style = style{}
	}
	if shown, open, ok := commonEnd(was, cut); ok {
		if shown <= begin.at {
			return edit{column: cut.column} // they differ in nothing that shows
		}
		e.text, e.open = is[begin.at:shown], open
		return e
	}
	// A line that fills the last column leaves the cursor there, waiting to
	// wrap: erasing would take the last character away. Where terminals disagree
	// about how wide a line is, the old one may reach further than it says.
	e.erase = was != "" && cells < columns && (textwidth.Of(was) > cells || !textwidth.Agreed(is) || !textwidth.Agreed(was))
	return e
}

// commonStart walks along is as far as the screen shows the same, to a place
// that nothing right of it can change.
func commonStart(was, is string) walk {
	w := walk{line: is}
	last := w
	for {
		rest := is[w.at:]
		n, control := token(rest)
		switch {
		case w.at < len(was):
			if !joins(was[w.at:]) && !joins(rest) && w.style.known() {
				last = w
			}
			if n == 0 || len(was)-w.at < n || was[w.at:w.at+n] != rest[:n] {
				return last
			}
		default: // right of a line there are spaces
			if !joins(rest) && w.style.known() {
				last = w
			}
			if n != 1 || rest[0] != ' ' || w.style.count > 0 {
				return last
			}
		}
		w.take(n, control)
	}
}

// commonEnd looks for an end that both lines have in the same columns and
// style. It returns where the text before it ends, and whether that leaves a
// style in force. The lines are alike up to start.
func commonEnd(was string, start walk) (shown int, open, ok bool) {
	is := start.line
	if start.at > len(was) {
		return 0, false, false
	}
	same := 0
	for same < min(len(was), len(is))-start.at && was[len(was)-1-same] == is[len(is)-1-same] {
		same++
	}
	if same < minEnd {
		return 0, false, false
	}
	old, now := start, start
	old.line = was
	// The end may begin inside a character or a sequence, of either line.
	for left := same; ; {
		for len(was)-old.at > left {
			if !old.next() {
				return 0, false, false
			}
		}
		left = min(left, len(was)-old.at)
		for len(is)-now.at > left {
			if !now.next() {
				return 0, false, false
			}
		}
		if len(is)-now.at == len(was)-old.at {
			break
		}
		left = len(is) - now.at
	}
	if len(is)-now.at < minEnd || old.column != now.column || !old.style.equal(&now.style) || joins(is[now.at:]) {
		return 0, false, false
	}
	return now.shown, now.open, true
}
