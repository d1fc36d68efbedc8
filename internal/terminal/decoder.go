package terminal

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// maxSequence is the longest escape sequence that is waited for, in bytes. The longest reply to our queries is
// far shorter; longer sequences are dropped.
const maxSequence = 1024

// Bracketed paste, xterm ctlseqs "Bracketed Paste Mode".
const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// decoder turns bytes into Bubble Tea's messages. The sequences themselves are decoded by ultraviolet, as in a
// tea.Program; the decoder keeps what spans several reads: a sequence or rune cut by the network, and a paste.
type decoder struct {
	events uv.EventDecoder
	rest   []byte //ledger:counted maxSequence at most, and what arrives at once and is not decoded yet
	begun  int    // bytes at the start of rest that came before the latest read
	whole  bool   // a sequence has come whole
	cut    bool   // a sequence has come in pieces
	// Decoded and not taken yet.
	ready   []tea.Msg //ledger:counted as many as bytes have arrived, which are counted
	reads   uint64    // names rest: it counts the calls of feed
	pasting bool
	encoded bool   // the paste has begun with a control in UTF-8
	paste   []byte //ledger:counted at most Budget.Paste and what arrives at once

	returned bool // the byte before was a carriage return
}

// feed adds what has arrived. The caller may overwrite p when next has returned false. late reports that it did
// not come immediately after what came before.
func (d *decoder) feed(p []byte, late bool) {
	d.reads++
	if late && d.loneEscape() && len(p) > 0 && !introduces(p[0]) {
		d.flushEscape() // a person pressed two keys
	}
	if late && d.pasting && isCtrlC(p) {
		// The end of the paste has been lost: pasted text comes at once, and not a byte by itself.
		d.pasting, d.paste, d.rest = false, nil, nil
	}
	d.begun = len(d.rest)
	if len(d.rest) > 0 {
		p = append(d.rest, p...)
	}
	d.rest = p
}

// next returns the next message of what has arrived, and reports false if there is
// none. final says that the rest of an incomplete sequence will not come.
func (d *decoder) next(final bool) (tea.Msg, bool) {
	for len(d.ready) == 0 {
		switch {
		case len(d.rest) == 0:
			d.rest = nil
			return nil, false
		case d.pasting:
			if !d.scanPaste() {
				return nil, false
			}
		default:
			if msg := asciiKey(d.rest); msg != nil {
				d.returned = d.rest[0] == '\r'
				d.rest = d.rest[1:]
				return msg, true
			}
			n, event, ok := d.decode(d.rest, final)
			if !ok {
				if len(d.rest) > maxSequence {
					d.rest = nil
				}
				d.rest = bytes.Clone(d.rest)
				return nil, false
			}
			if !final {
				d.learn(n)
			}
			encoded := eightBit(d.rest) == 2
			d.rest = d.rest[n:]
			if _, ok := event.(uv.PasteStartEvent); ok {
				d.pasting, d.encoded = true, encoded
			} else {
				d.emit(event)
			}
		}
	}
	msg := d.ready[0]
	d.ready = d.ready[1:]
	if len(d.ready) == 0 {
		d.ready = nil
	}
	return msg, true
}

// asciiKeys are the messages of keys that are one byte of ASCII. They are made
// once: a client that types as fast as it can types these, and most memory that its
// keys need would be theirs.
var asciiKeys = sync.OnceValue(func() *[utf8.RuneSelf]tea.Msg { //nolint:gochecknoglobals // it never changes
	var keys [utf8.RuneSelf]tea.Msg
	var d decoder
	for b := range byte(utf8.RuneSelf) {
		if b != ansi.ESC && b != '\n' { // which may be half of an Enter
			_, event := d.event([]byte{b})
			keys[b] = translate(event)
		}
	}
	return &keys // not 2 KiB for each key
})

// asciiKey returns the message of the byte that p begins with if that is a key of
// one byte, whatever follows, and else nil: it may begin a sequence or a rune, or
// make one sign with what follows.
func asciiKey(p []byte) tea.Msg {
	if p[0] >= utf8.RuneSelf || len(p) > 1 && p[1] >= utf8.RuneSelf {
		return nil
	}
	return asciiKeys()[p[0]]
}

// isCtrlC reports whether p is that key and nothing else, as any keyboard protocol has it.
func isCtrlC(p []byte) bool {
	var d decoder
	if len(p) == 0 {
		return false
	}
	n, event, ok := d.decode(p, false)
	key, isKey := event.(uv.KeyPressEvent)
	return ok && n == len(p) && isKey && (key.MatchString("ctrl+c") || key.String() == "ctrl+c") // by what it writes, or its place
}

// pending identifies the incomplete sequence, or is 0. The end of a paste, or a Ctrl-C, is waited for without a
// limit: its bytes must never act as keys.
func (d *decoder) pending() uint64 {
	if len(d.rest) == 0 || d.pasting {
		return 0
	}
	return d.reads
}

// overrun reports whether a paste has become longer than the budget allows.
func (d *decoder) overrun(b Budget) bool { return b.Paste > 0 && len(d.paste) > b.Paste }

// decode decodes the first event of p, which is n bytes long, and reports false if
// its rest may still be under way.
//
// Controls in their eight-bit form (ECMA-48 §5.3), as bytes or as the characters U+0080
// to U+009F, are decoded in their seven-bit form, the one that is tested everywhere.
func (d *decoder) decode(p []byte, final bool) (n int, event uv.Event, ok bool) {
	control, seven := eightBit(p), p
	if control > 0 {
		seven = append([]byte{0x1b, p[control-1] - 0x40}, p[control:min(len(p), maxSequence)]...)
		if end := bytes.Index(seven, []byte("\u009c")); end >= 0 && control == 2 {
			copy(seven[end:], "\x1b\\") // which is as long
		}
	}
	if incomplete(seven) && (control == 0 || len(p) < maxSequence) {
		if !final {
			return 0, nil, false
		}
		if unfinished(seven) {
			return len(p), nil, true
		}
	}
	if n = broken(seven); n == 0 {
		n, event = d.event(seven)
	}
	if control > 0 {
		n = max(n-2, 0) + control
	}
	return n, event, true
}

// eightBit returns how many bytes of p are a control in its eight-bit form, or 0. A byte
// that is one never begins a rune.
func eightBit(p []byte) int {
	switch {
	case p[0] >= 0x80 && p[0] <= 0x9f:
		return 1
	case len(p) > 1 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f:
		return 2
	default:
		return 0
	}
}

// event decodes the first event of p, which is at least one byte long. What the library panics at is left out,
// since clients choose it.
func (d *decoder) event(p []byte) (n int, event uv.Event) {
	if n, event, ok := d.enter(p); ok {
		return n, event
	}
	if n, event, ok := d.onBase(p); ok {
		return n, event
	}
	if bytes.HasPrefix(p, []byte("\x1b\x1b\x1b")) {
		return 1, uv.KeyPressEvent{Code: uv.KeyEscape} // the library takes all for one, a call deeper for each
	}
	if len(p) >= 4 && string(p[:3]) == "\x1b[[" && 'A' <= p[3] && p[3] <= 'E' {
		// The Linux console's F1 to F5 (console_codes(4)); taken apart they
		// would type a letter.
		return 4, uv.KeyPressEvent{Code: uv.KeyF1 + rune(p[3]-'A')}
	}
	return d.decoded(p)
}

// decoded is what the library makes of the first event of p, with a key of the win32
// input mode as pressed once.
func (d *decoder) decoded(p []byte) (n int, event uv.Event) {
	defer func() {
		if recover() != nil {
			n, event = 1, nil
		}
	}()
	once, cut := pressedOnce(p)
	n, event = d.events.Decode(once)
	if n = max(n, 1); cut != 0 && n >= len(once) {
		n += cut
	}
	return min(n, len(p)), event
}

// scanPaste takes what has arrived up to the end of the paste, and reports whether
// that has come.
func (d *decoder) scanPaste() bool {
	from := max(0, len(d.paste)-len(pasteEnd)+1) // the mark itself may be cut
	d.paste, d.rest = append(d.paste, d.rest...), nil
	end, n := pasteEndIn(d.paste, from, d.encoded)
	if n == 0 {
		return false
	}
	text := strings.ToValidUTF8(string(d.paste[:end]), "")
	d.rest = bytes.Clone(d.paste[end+n:])
	d.paste, d.pasting = nil, false
	d.ready = append(d.ready, tea.PasteMsg{Content: text})
	return true
}

// pasteEndIn returns where the end of a paste begins in p, at from or later, and how
// many bytes it has, or 0 if it is not there. Its eight-bit form begins with a byte that
// may also be the last of a rune. In UTF-8 it counts only where the beginning was: others
// may be part of what is pasted.
func pasteEndIn(p []byte, from int, encoded bool) (at, n int) {
	const parameters = "201~"
	for {
		i := bytes.Index(p[from:], []byte(parameters))
		if i < 0 {
			return 0, 0
		}
		at = from + i
		from = at + len(parameters)
		if bytes.HasSuffix(p[:at], []byte("\x1b[")) {
			return at - 2, len(pasteEnd)
		}
		switch r, size := utf8.DecodeLastRune(p[:at]); {
		case r == utf8.RuneError && size == 1 && p[at-1] == 0x9b:
			return at - 1, len(pasteEnd) - 1
		case encoded && r == 0x9b && size == 2:
			return at - 2, len(pasteEnd)
		}
	}
}

// incomplete reports whether p starts with the beginning of a sequence or rune
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
		return stringEnd(p) < 0
	case 0x1b:
		return false
	}
	return !utf8.FullRune(p[1:])
}

// incompleteCSI reports whether the parameters p of a control sequence lack
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

// emit queues the messages that the event means, if any. A sequence never becomes more messages than it has
// bytes, so the budget for bytes bounds messages.
func (d *decoder) emit(event uv.Event) {
	switch e := event.(type) {
	case nil:
		return
	case uv.MultiEvent:
		for _, part := range e {
			d.emit(part)
		}
		return
	}
	if msg := translate(event); msg != nil {
		d.ready = append(d.ready, msg)
	}
}

// translate gives an event its Bubble Tea type, or returns nil if the reader has no use for it. Sizes that come
// as input are dropped: they come from the channel's requests, within limits.
func translate(event uv.Event) tea.Msg {
	switch e := event.(type) {
	case uv.KeyPressEvent:
		if isModifier(e) {
			return nil
		}
		return tea.KeyPressMsg(typedKeypad(e))
	case uv.MouseWheelEvent:
		return tea.MouseWheelMsg(e)
	case uv.BackgroundColorEvent:
		return tea.BackgroundColorMsg(e)
	case uv.CapabilityEvent:
		return tea.CapabilityMsg(e)
	case uv.KeyboardEnhancementsEvent:
		return tea.KeyboardEnhancementsMsg(e)
	case uv.ModeReportEvent:
		return tea.ModeReportMsg(e)
	case uv.CursorPositionEvent:
		return tea.CursorPositionMsg(e)
	}
	return nil
}
