//go:build unix

package main

import (
	"strings"
	"syscall"
	"testing"
	"unicode"
)

// The name of a post's file may hold any byte but two. Neither it nor what is
// in the file acts on the terminal of who looks at the log.
func TestLogOfHostileFiles(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := serveBlog(t, 1, "--log-format", format)
			s.write("evil\u202e\u2066\u200f\u061c\u009b31m\x1b[2J\nlevel=INFO msg=forged\u2028.md",
				"---\ntitle: [\n"+"\u202e\u009b\x1b[2J: \"\n---\nText.\n")
			s.write("plain.md", "---\ntitle: A\ndate: \u202e\x1b[31m\u009b2J\n---\nText.\n")
			s.signal(syscall.SIGHUP)
			s.logged("reloaded")
			s.logged("post cannot be shown")
			for line := range strings.SplitSeq(strings.TrimSpace(s.log.String()), "\n") {
				if strings.HasPrefix(line, "level=") || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("the log has %q", line)
				}
			}
		})
	}
}
