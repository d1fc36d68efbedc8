package command

import (
	"strings"
	"unicode"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// Refusal returns an error message for a client's standard error. It may quote the command, which may come from
// a link that somebody has followed, and it goes to a terminal: so control characters are removed. Lines are
// wrapped at the width, in cells, and end as a terminal in raw mode needs it. With a width of 0, for a client
// without a pty, lines are not wrapped and end as usual.
func Refusal(why string, width int) string {
	why = strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, why)
	if width <= 0 {
		return "sshblog: " + why + "\n"
	}
	return strings.ReplaceAll(broken("sshblog: "+why, width), "\n", "\r\n") + "\r\n"
}

// broken breaks lines of more than width cells, if that is not 0, but only at spaces: what is to be
// typed, as "ssh -t", must not be torn at its hyphens.
func broken(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		at := 0
		for word := range strings.SplitAfterSeq(line, " ") {
			if width > 0 && at > 0 && at+textwidth.Of(strings.TrimSpace(word)) > width {
				b.WriteByte('\n')
				at = 0
			}
			b.WriteString(word)
			at += textwidth.Of(word)
		}
	}
	return b.String()
}
