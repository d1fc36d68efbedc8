package command

import (
	"strings"
	"testing"
)

// A refusal is broken at spaces and keeps its lines.
func TestRefusalsBreakAtSpaces(t *testing.T) {
	const why = "there is no theme \"solar\"; there are auto, dark, light, paper, tide, phosphor, contrast\n  use ssh -t HOST -- --theme NAME"
	for _, width := range []int{20, 40, 80} {
		got := Refusal(why, width)
		if said := strings.Join(strings.Fields(got), " "); said != "sshblog: "+strings.Join(strings.Fields(why), " ") {
			t.Errorf("at %d cells it says %q", width, got)
		}
		if !strings.Contains(got, "\r\n  use ") {
			t.Errorf("at %d cells the lines are not kept: %q", width, got)
		}
		for line := range strings.SplitSeq(got, "\r\n") {
			if len(strings.TrimRight(line, " ")) > width {
				t.Errorf("at %d cells there is the line %q", width, line)
			}
		}
	}
}
