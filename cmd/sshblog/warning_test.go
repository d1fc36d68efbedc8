//go:build unix

package main

import (
	"strings"
	"testing"
)

// Who is about to be disconnected sees it on the screen while there is time: a
// key keeps the one who was only thinking, and a session's time limit is told as
// what it is. At the end the client says why.
func TestWarningsAreSeen(t *testing.T) {
	for _, test := range []struct {
		setting, warning, farewell, reason string
		lines                              bool
	}{
		{"--idle-timeout", "unless you press a key.", "Closed: no key was pressed for a long time.", "reason=idle", false},
		{"--idle-timeout", "unless you press a key.", "Closed: no key was pressed for a long time.", "reason=idle", true},
		{"--session-timeout", ": the time for a session is up.", "Closed: this session has reached its time limit.", "reason=time_limit", false},
	} {
		t.Run(strings.TrimPrefix(test.setting, "--"), func(t *testing.T) {
			t.Parallel()
			s := serveBlog(t, 3, test.setting, "6s", "--warn-before", "4s")
			cmd, begins := s.ssh(), "PAGE 1 / 1"
			if test.lines {
				cmd = s.ssh("plain")
				cmd.Args = append([]string{"ssh", "-t"}, cmd.Args[1:]...)
				begins = "Page 1 of 1"
			}
			p := s.connect(80, 40, cmd)
			p.sees(begins)
			p.sees("Closes in", test.warning)
			if test.reason == "reason=idle" && !test.lines {
				p.types("j")
				eventually(t, func() bool { return !strings.Contains(p.screen(), test.warning) }, "the warning does not go: %v", stringer(p.screen))
				p.sees(test.warning) // and comes again
			}
			if status := p.leaves(); status != 1 {
				t.Errorf("the client exits with %d", status)
			}
			eventually(t, func() bool { return strings.Contains(string(p.written()), test.farewell) },
				"at the end there is %v", stringer(func() string { return string(p.written()) }))
			s.logged(test.reason)
		})
	}
}
