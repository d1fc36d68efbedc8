package sshd

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a client's text safe for a log line and for an operator's terminal. What is
// not printable (control characters, bidirectional overrides and other format characters,
// line separators, invalid UTF-8) is written as an escape such as \x0a or \u202e: a user name
// can neither forge nor reorder a line, and the log still shows what was sent. The result is
// at most limit bytes long, and ends in an ellipsis if it was cut.
func clean(s string, limit int) string {
	if len(s) <= limit && printable(s) {
		return s
	}
	const ellipsis = "…"
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		piece := escape(s[:size], r, size)
		s = s[size:]
		room := limit - b.Len()
		if len(piece) > room || (len(s) > 0 && len(piece) > room-len(ellipsis)) {
			b.WriteString(ellipsis)
			break
		}
		b.WriteString(piece)
	}
	return b.String()
}

// escape returns how clean writes one rune.
func escape(raw string, r rune, size int) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case unicode.IsPrint(r):
		return raw
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}

// printable reports whether s is valid UTF-8 made of graphic characters and
// ordinary spaces only.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
