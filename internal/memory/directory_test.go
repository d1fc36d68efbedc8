package memory

import (
	"fmt"
	"strings"
	"testing"
)

// Who reads the list of posts keeps nobody from finding a post, and it is read once.
func TestReadingThePostsHoldsNoLock(t *testing.T) {
	m := idle(t, Options{})
	r := m.Open([]byte("key"))
	defer r.Close()
	walks := 0
	m.Posts(func(yield func(string, []string) bool) {
		walks++
		for i := range 100 {
			if !m.posts.mu.TryLock() {
				t.Fatal("the numbers of posts are locked")
			}
			m.posts.mu.Unlock()
			r.Mark("post-1") // which looks for the number, and locks the state
			if !yield(fmt.Sprint("post-", i), []string{fmt.Sprint("was-", i)}) {
				return
			}
		}
	})
	for i := range 100 {
		if err := r.Bookmark(t.Context(), fmt.Sprint("post-", i), i%2 == 0); err != nil {
			t.Fatal(err)
		}
		r.Opened(fmt.Sprint("was-", i))
		r.Left(fmt.Sprint("was-", i), Place{Percent: 40})
		if begun := r.Begun(); len(begun) != min(i+1, MaxBegun) || !strings.HasPrefix(begun[0].Address, "post-") {
			t.Fatalf("begun: %v", begun)
		}
	}
	if walks != 1 {
		t.Errorf("the posts are listed %d times", walks)
	}
}

// A lasting address is that of its post, also if another one had it.
func TestDirectory(t *testing.T) {
	d := &directory{all: func(yield func(string, []string) bool) {
		_ = yield("a", []string{"/c/", "b", "/a/"}) && yield("b", nil) && yield("d", []string{"c"})
	}}
	for name, want := range map[string]string{"a": "a", "b": "b", "c": "d", "/d/": "d", "e": ""} {
		if got := d.lasting(hashOf(name)); got != want {
			t.Errorf("%s is of %q, want %q", name, got, want)
		}
	}
	for _, c := range []struct {
		name, post string
		want       bool
	}{{"b", "a", true}, {"b", "b", true}, {"c", "a", true}, {"a", "c", false}, {"d", "a", false}} {
		if d.has(hashOf(c.name), c.post) != c.want {
			t.Errorf("%s is an address of %s: %t", c.name, c.post, !c.want)
		}
	}
	if none := (*directory)(nil); none.lasting(1) != "" || none.has(1, "a") {
		t.Error("none has something")
	}
}
