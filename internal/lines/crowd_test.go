package lines

import (
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library/corpus"
	"github.com/sshblog/sshblog/internal/reader"
)

// How many read is told with a page, and how many others a post at its end.
func TestCrowd(t *testing.T) {
	c := &reader.Crowd{}
	for range 3 {
		seat := c.Enter()
		t.Cleanup(seat.Leave)
		seat.Move("post-09")
	}
	c.Tell(c.Here())
	got := converseAmong(t, c, corpus.Blog(9), Options{}, "1\n\nq\n")
	for _, want := range []string{"9 posts. 3 reading.\n", "With you, 2 others read it.\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}
