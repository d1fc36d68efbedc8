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
		presence := c.Enter()
		t.Cleanup(presence.Leave)
		presence.Move("post-09")
	}
	one := c.Enter()
	t.Cleanup(one.Leave)
	one.Move("post-08")
	c.Publish(c.Here())
	got := converseAmong(t, c, corpus.Blog(9), Options{}, "1\nn\n\nq\n")
	for _, want := range []string{"9 posts. 4 reading.\n", "With you, 3 others read it.\n", "With you, 1 other reads it.\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}
