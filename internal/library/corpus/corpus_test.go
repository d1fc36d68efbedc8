package corpus_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

// A benchmark compares with an earlier one only if both read the same posts.
func TestSamePostsEveryTime(t *testing.T) {
	a, b := corpus.New(), corpus.New()
	for i := range 20 {
		pathA, textA := a.Post(i)
		pathB, textB := b.Post(i)
		if pathA != pathB || !bytes.Equal(textA, textB) {
			t.Fatalf("post %d differs between two corpora", i)
		}
		if pathA != a.Path(i) {
			t.Errorf("post %d lies at %s and Path says %s", i, pathA, a.Path(i))
		}
	}
}

// What the benchmarks conclude rests on posts that are like real ones.
func TestLikeRealPosts(t *testing.T) {
	const posts = 1000
	c := corpus.New()
	var size, words, different int
	vocabulary := make(map[string]bool)
	for i := range posts {
		_, text := c.Post(i)
		size += len(text)
		own := make(map[string]bool)
		for _, word := range strings.FieldsFunc(strings.ToLower(string(text)), func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}) {
			words++
			own[word], vocabulary[word] = true, true
		}
		different += len(own)
	}
	size, words, different = size/posts, words/posts, different/posts
	t.Logf("a post: %d bytes, %d words, %d different; vocabulary %d", size, words, different, len(vocabulary))
	if size < corpus.MeanSize*8/10 || size > corpus.MeanSize*12/10 {
		t.Errorf("posts have %d bytes", size)
	}
	if share := 100 * different / words; share < 30 || share > 45 {
		t.Errorf("%d%% of a post's words are different; in real posts of this length it is 35 to 40", share)
	}
}

func TestWrite(t *testing.T) {
	dir, c := t.TempDir(), corpus.New()
	total, err := c.Write(dir, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		path, want := c.Post(i)
		got, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("post %d: %v", i, err)
		}
		total -= int64(len(want))
	}
	if total != 0 {
		t.Errorf("the number of bytes is wrong by %d", total)
	}
}
