package render

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/post"
)

// clean makes text safe to stand on a terminal: no control characters, no
// bidirectional marks or overrides, nothing that is invisible and of no certain
// width. Newlines stay, tabs become a space, and what is not UTF-8 is U+FFFD. Posts are cleaned when they are read,
// but a character reference such as &#27; or &shy; becomes what it stands for only
// here.
func clean(s string) string {
	s = post.Visible(s)
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unclean) {
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
	return r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029
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
