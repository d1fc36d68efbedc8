package terminal

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// modes is the state of the terminal beside the text: what was switched on, to be switched off again.
type modes struct {
	entered  bool // the alternate screen is shown
	paste    bool
	mouse    bool
	title    string
	titled   bool // the client's own title has been put aside
	keyboard int  // kitty keyboard flags
	kitty    bool // the terminal has said that it has kitty's protocol

	shown bool // the cursor is visible
	at    tea.Position
}

// change appends what brings the terminal from the modes it has to those that
// the view wants.
func (m *modes) change(out []byte, view tea.View, f features) []byte {
	if paste := !view.DisableBracketedPasteMode; paste != m.paste {
		m.paste = paste
		out = appendMode(out, paste, ansi.SetModeBracketedPaste, ansi.ResetModeBracketedPaste)
	}
	if mouse := view.MouseMode != tea.MouseModeNone; mouse != m.mouse {
		m.mouse = mouse
		out = appendMode(out, mouse, ansi.SetModeMouseExtSgr+ansi.SetModeMouseButtonEvent, ansi.ResetModeMouseButtonEvent+ansi.ResetModeMouseExtSgr)
	}
	if f.osc && view.WindowTitle != m.title {
		out = m.changeTitle(out, view.WindowTitle)
	}
	flags := keyboardFlags(view.KeyboardEnhancements)
	if m.kitty { // the Escape key is then told from the beginning of a sequence
		flags |= ansi.KittyDisambiguateEscapeCodes
	}
	if f.queries && flags != m.keyboard {
		if m.keyboard != 0 {
			out = append(out, ansi.PopKittyKeyboard(1)...)
		}
		if flags != 0 {
			out = append(out, ansi.PushKittyKeyboard(flags)...)
		}
		m.keyboard = flags
	}
	return out
}

// changeTitle sets the window's title. The client's own is pushed on the
// terminal's stack first (XTWINOPS 22), to come back at the end.
func (m *modes) changeTitle(out []byte, title string) []byte {
	if !m.titled {
		m.titled = true
		out = append(out, "\x1b[22;2t"...)
	}
	m.title = title
	return append(out, ansi.SetWindowTitle(cleanTitle(title))...)
}

// maxTitle is the longest title written, in runes.
const maxTitle = 200

// cleanTitle removes what could end the title's control string early. Bubble Tea does not check titles, so the
// model may not have either.
func cleanTitle(title string) string {
	if len(title) <= maxTitle && textwidth.IsASCII(title) {
		return title
	}
	runes := 0
	return strings.Map(func(r rune) rune {
		if runes++; runes > maxTitle || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, title)
}

// keyboardFlags are the kitty protocol's progressive enhancement flags.
func keyboardFlags(k tea.KeyboardEnhancements) (flags int) {
	if k.ReportAlternateKeys {
		flags |= ansi.KittyReportAlternateKeys
	}
	if k.ReportAllKeysAsEscapeCodes {
		flags |= ansi.KittyReportAllKeysAsEscapeCodes
	}
	if k.ReportAssociatedText {
		flags |= ansi.KittyReportAssociatedKeys
	}
	return flags
}

// cursor appends what shows the cursor where the view wants it, or hides it.
// moved records that the frame has left the cursor elsewhere.
func (m *modes) cursor(out []byte, c *tea.Cursor, moved bool) []byte {
	if c == nil {
		if m.shown {
			m.shown = false
			out = append(out, ansi.HideCursor...)
		}
		return out
	}
	if moved || !m.shown || m.at != c.Position {
		m.at = c.Position
		out = position(out, max(c.Y, 0), max(c.X, 0))
	}
	if !m.shown {
		m.shown = true
		out = append(out, ansi.ShowCursor...)
	}
	return out
}

// leave switches off all modes and returns to the client's own screen, of so many rows. If there is no
// alternate screen to leave, the cursor is put in the last row, below what was shown, as less(1) does. cut ends
// a frame that may have been cut off anywhere: an open control string is closed first. synchronized reports
// whether the terminal is holding that frame back.
func (m *modes) leave(out []byte, f features, rows int, cut, synchronized bool) []byte {
	if !m.entered {
		return out
	}
	if f.osc && cut {
		out = append(out, "\x1b\\"...)
	}
	out = append(out, wrap...)
	if f.lines {
		out = append(out, "\x1b[r"...)
	}
	if synchronized {
		out = append(out, ansi.ResetModeSynchronizedOutput...)
	}
	m.kitty = false
	out = m.change(out, tea.View{DisableBracketedPasteMode: true, WindowTitle: m.title}, f)
	if m.titled {
		out = append(out, ansi.SetWindowTitle("")+"\x1b[23;2t"...) // emptied first: some have no stack
	}
	out = append(out, "\x1b[m"...)
	out = position(out, max(rows-1, 0), 0)
	out = append(out, "\x1b[K"+ansi.ResetModeAltScreenSaveCursor+ansi.ShowCursor...)
	m.entered = false
	return out
}

func appendMode(out []byte, on bool, set, reset string) []byte {
	if on {
		return append(out, set...)
	}
	return append(out, reset...)
}
