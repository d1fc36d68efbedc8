package render

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes text safe to stand on a terminal: no control characters, no
// bidirectional marks or overrides, no invalid UTF-8. Newlines stay; tabs
// become a space. Posts are cleaned when they are read, but a character
// reference such as &#27; becomes a control character only here.
func clean(s string) string {
	if !strings.ContainsFunc(s, unclean) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unclean(r):
			return -1
		}
		return r
	}, s)
}

func unclean(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r == utf8.RuneError:
		return true
	case r < 0x61c:
		return r == 0xad // soft hyphen: terminals disagree on its width
	case r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	case r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff && !variationOrTag(r):
		return true
	}
	return unicode.Is(unicode.Cs, r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// variationOrTag tells the invisible characters that emoji are made of (flags
// of regions, and variation selectors) from those that only hide text.
func variationOrTag(r rune) bool {
	return r >= 0xe0020 && r <= 0xe007f || r >= 0xe0100 && r <= 0xe01ef
}

// maxTarget bounds a hyperlink's target, in bytes: what common terminals
// accept in OSC 8 (VTE and iTerm2 stop at 2083).
const maxTarget = 2083

// hyperlink returns the target that a link may carry as an OSC 8 hyperlink,
// or "" if it must not: only http, https and mailto, and only printable
// ASCII, so that a target can never end the sequence that holds it.
func hyperlink(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "mailto":
	default:
		return ""
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(target) {
		if c := target[i]; c > 0x20 && c < 0x7f {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	if b.Len() > maxTarget {
		return ""
	}
	return b.String()
}
