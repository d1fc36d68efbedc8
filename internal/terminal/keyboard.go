package terminal

import (
	"bytes"
	"strconv"

	uv "github.com/charmbracelet/ultraviolet"
)

// enter returns the Enter key if the first byte of p is a line feed, which some terminals, scripts and clients
// send for it. After a carriage return the line feed belongs to that.
func (d *decoder) enter(p []byte) (n int, event uv.Event, ok bool) {
	half := d.returned
	d.returned = p[0] == '\r'
	switch {
	case p[0] != '\n':
		return 0, nil, false
	case half:
		return 1, nil, true
	default:
		return 1, uv.KeyPressEvent{Code: uv.KeyEnter}, true
	}
}

// onBase decodes a key whose position on a keyboard of the PC-101 layout the terminal
// reports (kitty's protocol, "base layout key"): CSI key:shifted:base;… u. The decoder
// takes that for the shifted key as well, so it is taken out and put in again.
func (d *decoder) onBase(p []byte) (n int, event uv.Event, ok bool) {
	rest, ok := bytes.CutPrefix(p, []byte("\x1b["))
	if !ok {
		return 0, nil, false
	}
	end := bytes.IndexFunc(rest, func(r rune) bool { return r != ':' && (r < '0' || r > '9') })
	if end < 0 || rest[end] != ';' && rest[end] != 'u' {
		return 0, nil, false
	}
	fields := bytes.Split(rest[:end], []byte{':'})
	if len(fields) != 3 {
		return 0, nil, false
	}
	base, err := strconv.ParseUint(string(fields[2]), 10, 16)
	if err != nil {
		return 0, nil, false
	}
	without := append([]byte("\x1b["), fields[0]...)
	if len(fields[1]) > 0 {
		without = append(append(without, ':'), fields[1]...)
	}
	cut := end + len("\x1b[") - len(without)
	n, event = d.decoded(append(without, rest[end:]...))
	if key, ok := event.(uv.KeyPressEvent); ok {
		key.BaseCode = rune(base)
		event = key
	}
	return n + cut, event, true
}

// pressedOnce returns p with the repeat count of its first win32-input-mode key set to one, if p begins with
// such a key, or with Escapes before it: CSI key;scan;text;down;state;count _. cut is the number of bytes
// saved. The library makes count events, so 24 bytes would become 65,535 keys that no budget has counted.
func pressedOnce(p []byte) (once []byte, cut int) {
	start := 0
	for start < len(p) && p[start] == 0x1b {
		start++
	}
	if start == len(p) || p[start] != 0x9b && (start == 0 || p[start] != '[') {
		return p, 0
	}
	start++
	end := bytes.IndexFunc(p[start:], func(r rune) bool { return r < 0x30 || r > 0x3f }) // parameters, ECMA-48 §5.4
	if end < 0 || p[start+end] != '_' {
		return p, 0
	}
	end += start
	count := start + bytes.LastIndexAny(p[start:end], ";:") + 1
	if count == start {
		return p, 0
	}
	once = append(bytes.Clone(p[:count]), "1_"...)
	return once, end + 1 - len(once)
}

// isModifier reports whether a key is a modifier. Terminals that report every key report
// Shift, too, and it must not dismiss a notice.
func isModifier(k uv.KeyPressEvent) bool {
	return k.Code >= uv.KeyLeftShift && k.Code <= uv.KeyIsoLevel5Shift ||
		k.Code >= uv.KeyCapsLock && k.Code <= uv.KeyNumLock
}
