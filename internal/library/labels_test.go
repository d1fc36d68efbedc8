package library

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"
)

// Labels that no post has any more are forgotten.
func TestLabelsAreForgotten(t *testing.T) {
	m := fstest.MapFS{}
	put := func(i int) {
		text := fmt.Appendf(nil, "---\ntitle: A post\ntags: [tag-%d, other-%d]\n---\n\nSome text.\n", i, i)
		m["post.md"] = &fstest.MapFile{Mode: 0o644, ModTime: time.Unix(int64(i), 0), Data: text}
	}
	put(0)
	lib, err := Open(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		put(i + 1)
		if _, err := lib.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(lib.labels); n != 2 {
		t.Errorf("%d labels are held for 2 tags", n)
	}
	if _, ok := lib.Current().Tag("tag-50"); !ok {
		t.Error("the tag of the post is not there")
	}
}
