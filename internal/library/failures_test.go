package library

import (
	"slices"
	"testing"

	"github.com/sshblog/sshblog/internal/library/search"
	"github.com/sshblog/sshblog/internal/post"
)

// A post that makes the program fail is named, and costs only itself.
func TestFailures(t *testing.T) {
	var f failures
	for _, slug := range []string{"good", "bad"} {
		f.text(&post.Post{Address: slug, Path: "a.md"})(func(search.Field, string) bool {
			if slug == "bad" {
				panic("a bug")
			}
			return true
		})
	}
	if !slices.Equal(f.slugs, []string{"bad (a bug)"}) {
		t.Errorf("got %q", f.slugs)
	}
}
