package render

import (
	"net/url"
	"strings"

	"github.com/sshblog/sshblog/internal/markdown"
)

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
	if b.Len() > markdown.MaxTarget {
		return ""
	}
	return b.String()
}
