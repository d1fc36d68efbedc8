package lines

import (
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

// Told once, what a name leads to is all that is said, and nothing is asked.
func TestOnce(t *testing.T) {
	for name, want := range map[string]struct{ begins, has string }{
		"post-07":   {"Post number 7 has a title\n", "The end of it."},
		"databases": {"Databases. Page 1 of 2, 11 posts.\n", "8. "},
		"beta":      {"41 posts with \"tag:beta\", the best 10.\n", "10. "},
	} {
		got := converseWith(t, corpus.Blog(41), Options{Name: name, Once: true}, "q\n")
		if !strings.HasPrefix(got, want.begins) || !strings.Contains(got, want.has) || strings.Contains(got, "leaves") || strings.Contains(got, "Night Shift\n") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// In a conversation it is the beginning.
func TestBeginsAtAName(t *testing.T) {
	for name, want := range map[string]string{
		"post-07":   "The first paragraph of post 7",
		"databases": "Databases. Page 1 of 2, 11 posts.",
		"beta":      "A number reads, Enter for the list",
		"nothing":   "There is no post \"nothing\".\n\nPage 1 of 6",
	} {
		if got := converseWith(t, corpus.Blog(41), Options{Name: name}, "\nq\n"); !strings.HasPrefix(got, "Night Shift\n") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
