package terminal

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Autowrap off and on (DECAWM). It is off within frames only, and on at the end of every Write: a client that
// receives Writes whole, as SSH packets are, keeps it on wherever the connection is lost.
const (
	noWrap = ansi.ResetModeAutoWrap
	wrap   = ansi.SetModeAutoWrap
)

// writeParts writes out, which begins and ends with autowrap on, in parts of at most size bytes that do so too.
// Only a control string that is longer, such as one for the clipboard, is not divided. A size of 0 or less is
// no bound.
func writeParts(w io.Writer, out []byte, size int) error {
	if size <= 0 || len(out) <= size {
		_, err := w.Write(out)
		return err
	}
	var part []byte
	off := false
	for len(out) > 0 {
		n := partOf(out, size-len(noWrap)-len(wrap))
		part = part[:0]
		if off {
			part = append(part, noWrap...)
		}
		part = append(part, out[:n]...)
		if i, j := bytes.LastIndex(out[:n], []byte(noWrap)), bytes.LastIndex(out[:n], []byte(wrap)); i != j {
			off = i > j
		}
		if off {
			part = append(part, wrap...)
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
		out = out[n:]
	}
	return nil
}

// partOf returns how many bytes of out to write at once, about room at most: up to
// a control sequence, or within text up to a character.
func partOf(out []byte, room int) int {
	if len(out) <= room {
		return len(out)
	}
	n := room
	for n > 0 && !begins(out[n:]) {
		n--
	}
	if n > 0 {
		return n
	}
	if end := oscLength(out); end > room {
		return end
	}
	for n = room; n > room-utf8.UTFMax+1 && !utf8.RuneStart(out[n]); n-- {
	}
	return n
}

// oscLength returns how many bytes the operating system command takes that out
// begins with, or 0 (ECMA-48 §8.3.89; xterm also ends one at a BEL).
func oscLength(out []byte) int {
	if !bytes.HasPrefix(out, []byte("\x1b]")) {
		return 0
	}
	for i := 1; i < len(out); i++ {
		switch {
		case out[i] == ansi.BEL:
			return i + 1
		case out[i] == ansi.ESC && bytes.HasPrefix(out[i:], []byte("\x1b\\")):
			return i + 2
		case out[i] == ansi.ESC: // it is broken off
			return i
		}
	}
	return len(out)
}

// begins reports whether a control sequence or an operating system command begins
// here; the ESC of a string's end is followed by something else.
func begins(out []byte) bool {
	return len(out) > 1 && out[0] == ansi.ESC && (out[1] == '[' || out[1] == ']')
}
