package main

import (
	"strings"
	"testing"
	"unicode"
)

// Promise: whatever command comes, there is no panic, and what a client is told
// of it acts on no terminal.
func FuzzInvocation(f *testing.F) {
	for _, command := range []string{
		"", "plain", "read a-post", "--theme dark", "--no-color=maybe", "--help", "ls -la",
		"--\x1b]0;owned\a", "-\u202e", "--no-color=\u009b2J", "read \x00", "-\xff", "--=", "--theme",
	} {
		f.Add(command)
	}
	f.Fuzz(func(t *testing.T, command string) {
		inv, err := parseInvocation(strings.Fields(command))
		if err == nil {
			if inv.plain && inv.slug != "" {
				t.Errorf("%q asks for two things", command)
			}
			return
		}
		text := refusal(err.Error(), 80)
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q is answered with %q", command, text)
			}
		}
	})
}
