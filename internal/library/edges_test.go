package library_test

import (
	"fmt"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
)

// Of posts that a translation may be of eight are looked at; one for which that is not enough stands
// for itself.
func TestEdgeOfOriginals(t *testing.T) {
	files := folder{}
	for i := range 9 {
		files[fmt.Sprintf("a%d.md", i)] = md("title: A", "translationKey: k")
		files[fmt.Sprintf("e%d.md", i)] = md("title: E", "lang: es", "translationKey: k")
	}
	x := open(t, files.fs(), library.Options{Language: "en"}).Current()
	equal(t, "posts, of 9 with 9 translations", x.All().Len(), 10)
}
