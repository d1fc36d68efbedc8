package library

import (
	"fmt"
	"strings"
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

// A blog has no more labels than maxLabels: those of posts that come later are left
// out, and told of, but for what others have as well.
func TestLabelsAreBounded(t *testing.T) {
	const each = 100 // of which a post has no more
	m := fstest.MapFS{}
	put := func(name string, tags []string) {
		text := fmt.Appendf(nil, "---\ntitle: A post\ntags: [%s]\n---\n\nSome text.\n", strings.Join(tags, ", "))
		m[name] = &fstest.MapFile{Mode: 0o644, Data: text}
	}
	fill := func(letter string) {
		for i := 0; i < maxLabels; i += each {
			var tags []string
			for j := range min(each, maxLabels-i) {
				tags = append(tags, fmt.Sprintf("%s%d", letter, i+j))
			}
			put(fmt.Sprintf("a%06d.md", i), tags)
		}
	}
	fill("t")
	put("b.md", []string{"t1", "new", "t2"})
	lib, err := Open(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := lib.Current()
	if n := len(x.Tags()); n != maxLabels {
		t.Errorf("there are %d tags, want %d", n, maxLabels)
	}
	if p, _ := x.Find("b"); len(p.Tags) != 2 {
		t.Errorf("the last post has the tags %q", p.Tags)
	}
	problems := x.Problems()
	if n := len(problems); n == 0 || !strings.Contains(problems[n-1].What, "left out") || problems[n-1].Path != "b.md" {
		t.Errorf("the problems are %v", problems)
	}

	// Labels that are replaced make room for those that replace them.
	fill("new")
	delete(m, "b.md")
	if _, err := lib.Reload(); err != nil {
		t.Fatal(err)
	}
	if x := lib.Current(); len(x.Tags()) != maxLabels || len(x.Problems()) != 0 {
		t.Errorf("when all are replaced there are %d tags, want %d, and the problems %v", len(x.Tags()), maxLabels, x.Problems())
	}
}
