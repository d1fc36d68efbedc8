package terminal

import (
	"bytes"
	"iter"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// maxSequence is the longest escape sequence that is waited for, in bytes.
// The longest answer that a terminal gives to our questions is far shorter;
// what is longer is dropped.
const maxSequence = 1024

// Bracketed paste, xterm ctlseqs "Bracketed Paste Mode".
const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// decoder turns bytes into Bubble Tea's messages. The sequences themselves
// are decoded by ultraviolet, as in a tea.Program; kept here is what has to
// outlast one read: a sequence or rune cut by the network, and a paste.
type decoder struct {
	events  uv.EventDecoder
	rest    []byte // an incomplete sequence or rune
	reads   uint64 // names rest: it counts the calls of decode
	pasting bool
	paste   []byte
}

// decode yields the messages in p, in order.
func (d *decoder) decode(p []byte) iter.Seq[tea.Msg] {
	d.reads++
	if len(d.rest) > 0 {
		p = append(d.rest, p...)
		d.rest = nil
	}
	return func(yield func(tea.Msg) bool) { d.scan(p, false, yield) }
}

// flush yields the messages in an incomplete sequence that will get no more.
func (d *decoder) flush() iter.Seq[tea.Msg] {
	rest := d.rest
	d.rest = nil
	return func(yield func(tea.Msg) bool) { d.scan(rest, true, yield) }
}

// pending names the incomplete sequence, or is 0. A paste waits for its end
// as long as it takes: its bytes must never act as keys.
func (d *decoder) pending() uint64 {
	if len(d.rest) == 0 || d.pasting {
		return 0
	}
	return d.reads
}

// overrun tells whether a paste has become longer than the budget allows.
func (d *decoder) overrun(b Budget) bool { return b.Paste > 0 && len(d.paste) > b.Paste }

func (d *decoder) scan(p []byte, final bool, yield func(tea.Msg) bool) {
	for len(p) > 0 {
		if d.pasting {
			p = d.scanPaste(p, yield)
			continue
		}
		if !final && incomplete(p) {
			if len(p) <= maxSequence {
				d.rest = bytes.Clone(p)
			}
			return
		}
		n, event := d.next(p)
		if _, ok := event.(uv.PasteStartEvent); ok {
			d.pasting = true
			if !yield(tea.PasteStartMsg{}) {
				return
			}
		} else if !emit(event, yield) {
			return
		}
		p = p[n:]
	}
}

// next decodes the first event of p, which is at least one byte long.
func (d *decoder) next(p []byte) (int, uv.Event) {
	if len(p) >= 4 && string(p[:3]) == "\x1b[[" && 'A' <= p[3] && p[3] <= 'E' {
		// The Linux console's F1 to F5 (console_codes(4)); taken apart they
		// would type a letter.
		return 4, uv.KeyPressEvent{Code: uv.KeyF1 + rune(p[3]-'A')}
	}
	n, event := d.events.Decode(p)
	return min(max(n, 1), len(p)), event
}

// scanPaste takes p up to the end of the paste and returns what follows it.
func (d *decoder) scanPaste(p []byte, yield func(tea.Msg) bool) []byte {
	before, after, ok := bytes.Cut(p, []byte(pasteEnd))
	if !ok {
		// The mark itself may be cut: keep what could be its beginning.
		keep := len(p)
		for tail := min(len(p), len(pasteEnd)-1); tail > 0; tail-- {
			if strings.HasPrefix(pasteEnd, string(p[len(p)-tail:])) {
				keep = len(p) - tail
				break
			}
		}
		d.paste = append(d.paste, p[:keep]...)
		d.rest = bytes.Clone(p[keep:])
		return nil
	}
	text := strings.ToValidUTF8(string(append(d.paste, before...)), "")
	d.paste, d.pasting = nil, false
	if yield(tea.PasteMsg{Content: text}) {
		yield(tea.PasteEndMsg{})
	}
	return after
}

// incomplete tells whether p starts with the beginning of a sequence or rune
// whose rest may still be under way.
func incomplete(p []byte) bool {
	if p[0] != 0x1b {
		return p[0] >= utf8.RuneSelf && !utf8.FullRune(p)
	}
	if len(p) == 1 {
		return true
	}
	switch p[1] {
	case '[':
		return incompleteCSI(p[2:])
	case 'O':
		return len(p) == 2
	case ']', 'P', '_', '^', 'X': // strings, up to BEL or ST
		return bytes.IndexByte(p, 0x07) < 0 && !bytes.Contains(p[2:], []byte("\x1b\\")) && bytes.IndexByte(p, 0x9c) < 0
	case 0x1b:
		return false
	}
	return !utf8.FullRune(p[1:])
}

// incompleteCSI tells whether the parameters p of a control sequence lack
// their final byte (ECMA-48 §5.4).
func incompleteCSI(p []byte) bool {
	if len(p) > 0 && p[0] == '[' { // Linux console, see next
		return len(p) == 1
	}
	if len(p) > 0 && p[0] == 'M' { // X10 mouse: three bytes follow
		return len(p) < 4
	}
	for _, b := range p {
		if b < 0x20 || b > 0x3f {
			return false
		}
	}
	return true
}

// emit yields what the event means to a model, if anything.
func emit(event uv.Event, yield func(tea.Msg) bool) bool {
	switch e := event.(type) {
	case nil:
		return true
	case uv.MultiEvent:
		for _, part := range e {
			if !emit(part, yield) {
				return false
			}
		}
		return true
	}
	msg := translate(event)
	return msg == nil || yield(msg)
}

// translate gives an event the type that Bubble Tea gives it, or nil if the
// model has no use for it. Sizes that come as input are dropped: only the
// window's owner may tell its size, within the limits set there.
func translate(event uv.Event) tea.Msg {
	switch e := event.(type) {
	case uv.KeyPressEvent:
		return tea.KeyPressMsg(typedKeypad(e))
	case uv.KeyReleaseEvent:
		return tea.KeyReleaseMsg(e)
	case uv.MouseClickEvent:
		return tea.MouseClickMsg(e)
	case uv.MouseReleaseEvent:
		return tea.MouseReleaseMsg(e)
	case uv.MouseWheelEvent:
		return tea.MouseWheelMsg(e)
	case uv.MouseMotionEvent:
		return tea.MouseMotionMsg(e)
	case uv.FocusEvent:
		return tea.FocusMsg(e)
	case uv.BlurEvent:
		return tea.BlurMsg(e)
	case uv.BackgroundColorEvent:
		return tea.BackgroundColorMsg(e)
	case uv.ForegroundColorEvent:
		return tea.ForegroundColorMsg(e)
	case uv.CapabilityEvent:
		return tea.CapabilityMsg(e)
	case uv.KeyboardEnhancementsEvent:
		return tea.KeyboardEnhancementsMsg(e)
	case uv.ModeReportEvent:
		return tea.ModeReportMsg(e)
	}
	return nil
}
