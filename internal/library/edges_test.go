package library_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
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

// To see that links lead out of the folder 40 are followed from one to the next, as Linux does.
func TestEdgeOfLinks(t *testing.T) {
	files := map[string]string{".store/0": "-> ../../elsewhere", "enough": "-> .store/38", "many": "-> .store/39", "round": "-> round"}
	for i := range 40 {
		files[fmt.Sprintf(".store/%d", i+1)] = fmt.Sprintf("-> %d", i)
	}
	x := open(t, library.Dir(tree(t, files)), library.Options{Now: time.Now}).Current()
	wantProblem(t, x.Problems(), "enough", post.Warning, "leads out of the posts folder")
	equal(t, "problems", len(x.Problems()), 1)
}
