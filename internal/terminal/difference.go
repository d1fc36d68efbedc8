package terminal

import (
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// edit turns one line into another: text that is written from a column on.
type edit struct {
	column int             // where the text goes, in cells
	style  textwidth.State // what is in force there
	first  bool            // only spaces stand before it
	text   string          // what to write
	open   bool            // the text leaves a style in force
	kept   bool            // what is right of the text stays
	clear  int             // cells to write spaces to first
	before bool            // erase what is right of the column first
	erase  bool            // erase what is right of the text afterwards
}

// Bytes that must be saved before it pays to write only a part of a line: a column costs up to four, and
// resetting a style three.
const (
	minStart = 5
	minEnd   = 4
)

// difference returns the edit that turns a line on the screen into another: it leaves out what both have in
// common at their starts and ends. Each line starts and ends in the terminal's default style.
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
	if cut.at-cut.style.Size() < minStart {
		cut = walk{line: is}
	}
	begin := cut
	begin.skipControl()
	e := edit{column: cut.column, style: begin.style, first: !cut.text, text: is[begin.at:]}
	if e.text == "" {
		e.style = textwidth.State{}
	}
	if old, now, ok := commonEnd(was, cut); ok {
		if now.shown <= begin.at {
			return edit{column: cut.column} // they look the same
		}
		e.text, e.open, e.kept = is[begin.at:now.shown], now.open, true
		if max(old.ambiguousCount, now.ambiguousCount) > cut.ambiguousCount && strings.Trim(was[cut.at:old.at], " ") != "" {
			e.clear = now.column - cut.column + old.ambiguousCount - cut.ambiguousCount
		}
		return e
	}
	if was == "" {
		return e
	}
	// Where terminals disagree about the width of a line, the old one may reach further than computed, and the
	// new one is written with gaps. Elsewhere the new text covers the old one, which does not flicker; but a
	// line that fills the last column leaves the cursor on it, and erasing there would erase the last
	// character.
	e.before = cut.column < columns && (doubtful(is[cut.at:]) || cut.at < len(was) && doubtful(was[cut.at:]))
	e.erase = !e.before && cells < columns && textwidth.Of(was) > cells
	return e
}

// doubtful reports whether terminals may disagree about where the parts of a line
// are.
func doubtful(line string) bool {
	for i := 0; i < len(line); i++ {
		if line[i] >= utf8.RuneSelf {
			for t := range textwidth.Tokens(line[max(i-1, 0):]) {
				if !t.Control && textwidth.Doubtful(t.Text) != textwidth.None {
					return true
				}
			}
			return false
		}
	}
	return false
}

// commonStart walks along is as far as the screen shows the same, to a place
// that nothing right of it can change.
func commonStart(was, is string) walk {
	w := walk{line: is}
	last := w
	for {
		rest := is[w.at:]
		n, control := w.token()
		certain := !w.lastAmbiguous && !w.pushed && !joins(rest) && w.style.Known()
		switch {
		case w.at < len(was):
			if certain && !joins(was[w.at:]) {
				last = w
			}
			if n == 0 || len(was)-w.at < n || was[w.at:w.at+n] != rest[:n] {
				return last
			}
		default: // right of a line there are spaces
			if certain {
				last = w
			}
			if n != 1 || rest[0] != ' ' || !w.style.IsDefault() {
				return last
			}
		}
		w.take(n, control)
	}
}

// commonEnd looks for an end that both lines have in the same columns and style. It returns the walks up to
// there. The lines are alike up to start.
func commonEnd(was string, start walk) (old, now walk, ok bool) {
	is := start.line
	if start.at > len(was) {
		return old, now, false
	}
	same := 0
	for same < min(len(was), len(is))-start.at && was[len(was)-1-same] == is[len(is)-1-same] {
		same++
	}
	if same < minEnd {
		return old, now, false
	}
	old, now = start, start
	old.line = was
	// The end may begin inside a character or a sequence, of either line.
	for left := same; ; {
		for len(was)-old.at > left {
			if !old.next() {
				return old, now, false
			}
		}
		left = min(left, len(was)-old.at)
		for len(is)-now.at > left {
			if !now.next() {
				return old, now, false
			}
		}
		if len(is)-now.at == len(was)-old.at {
			break
		}
		left = len(is) - now.at
	}
	if len(is)-now.at < minEnd || old.column != now.column || !old.style.Equal(&now.style) || joins(is[now.at:]) || old.lastAmbiguous || now.lastAmbiguous {
		return old, now, false
	}
	// Ambiguous characters may have pushed text into the end: there must be room.
	if pushed := old.ambiguousCount - start.ambiguousCount; pushed > 0 && (!old.style.IsDefault() || blanks(was[old.at:]) < pushed) {
		return old, now, false
	}
	return old, now, true
}
