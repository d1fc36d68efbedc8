package lines

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sshblog/sshblog/internal/library/corpus"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

// remembering returns a memory of readers of a test.
func remembering(t *testing.T) *memory.Memory { return remembers(t, &storetest.Store{}) }

func remembers(t *testing.T, store memory.Store) *memory.Memory {
	t.Helper()
	m := memory.New(store, []byte("secret"), memory.Options{Wait: time.Minute})
	t.Cleanup(m.Close)
	m.Posts(func(yield func(string, []string) bool) {
		for i := range 50 {
			if !yield(fmt.Sprintf("post-%02d", i), nil) || !yield(fmt.Sprintf("post-%d", i), nil) {
				return
			}
		}
	})
	return m
}

// What is known of a reader is told in words, and is there at the next visit.
func TestAConversationIsRemembered(t *testing.T) {
	store, posts := &storetest.Store{}, corpus.Blog(9)
	visit := func(answers string) string {
		m := remembers(t, store)
		defer m.Close()
		r := m.Open([]byte("key"))
		defer r.Close()
		return converseWith(t, posts, Options{Memory: r, Forget: "ssh blog.example.com me forget"}, answers)
	}
	for _, step := range []struct {
		answers   string
		says, not []string
	}{
		{"1\nkeep\n\nq\n", []string{
			"Your key is remembered here: ssh blog.example.com me forget ends that, --private\navoids it.\n",
			"\n1. Post number 9 has a title\n   ", "Kept a bookmark of", "2 min read, you have read it, with a bookmark\n",
		}, nil},
		{"unread\n1\nkeep the first paragraph\nq\n", []string{"Nothing new since", "1. Post number 8 has a title\n", "Kept: \"The first paragraph\""}, []string{"Your key is remembered", "Post number 9 has a title\n2."}},
		{"highlights\n\nkeep 1\nbookmarks\nq\n", []string{"1. Post number 8 has a title, you have read it\n   \"The first paragraph\"\n", "Removed the bookmark of Post number 9", "There are no bookmarks"}, nil},
		{"keep these words are not in it\n1\nkeep these words are not in it\nq\n", []string{"keep after a post keeps a bookmark", "These words are not in the post, in this order."}, nil},
	} {
		got := visit(step.answers)
		for _, want := range step.says {
			if !strings.Contains(got, want) {
				t.Errorf("after %q it does not say %q:\n%s", step.answers, want, got)
			}
		}
		for _, not := range step.not {
			if strings.Contains(got, not) {
				t.Errorf("after %q it says %q:\n%s", step.answers, not, got)
			}
		}
	}
}

// The numbers of keep and unread are those of the list that was told last.
func TestNumbersAreOfWhatWasToldLast(t *testing.T) {
	page, hits := corpus.Blog(9), corpus.Blog(9)
	for _, address := range []string{"post-01", "post-02"} {
		for name := range hits {
			if strings.Contains(name, address) {
				hits[name].Data = append(hits[name].Data, "\n\nherons\n"...)
			}
		}
	}
	const first, second = "1. Post number 1 has a title\n", "2. Post number 2 has a title\n"
	for name, c := range map[string]struct {
		posts   fstest.MapFS
		answers string
		want    []string
	}{
		"the page":             {page, "unread 2\nkeep 3\n", []string{"Marked as read: Post number 8 ", "bookmark of Post number 7 "}},
		"the unread":           {page, "unread 1\nunread\n\nunread 1\nkeep 2\n", []string{"read: Post number 9 ", "read: Post number 8 ", "bookmark of Post number 7 "}},
		"the unread at a post": {page, "1\nunread\n\nunread 2\nkeep 3\n", []string{"read: Post number 7 ", "bookmark of Post number 6 "}},
		"the page again":       {page, "unread 1\nunread\n\nl\nunread 2\n", []string{"read: Post number 9 ", "read: Post number 8 "}},
		"the recent":           {page, "3\n\nr\n\nkeep 1\n", []string{"bookmark of Post number 7 "}},
		"a search":             {hits, "/herons\nunread 2\nkeep 1\n", []string{first, second, "read: Post number 2 ", "bookmark of Post number 1 "}},
		"a search again":       {hits, "/herons\n1\n\nunread 2\n", []string{second, "The end.", "read: Post number 2 "}},
		"a post":               {page, "1\nunread 2\nkeep 2\nunread this\n", []string{"After a post, unread this marks it; ", "not in the post, in this order.", "Marked as unread: Post number 9 "}},
	} {
		t.Run(name, func(t *testing.T) {
			r := remembering(t).Open([]byte("key"))
			defer r.Close()
			got := converseWith(t, c.posts, Options{Memory: r}, c.answers+"q\n")
			rest := got
			for _, want := range c.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("it does not say %q next:\n%s", want, got)
				}
				rest = after
			}
		})
	}
}

// A post that was left in the middle on a screen is told from there on.
func TestConversationGoesOn(t *testing.T) {
	store, posts := &storetest.Store{}, corpus.Blog(9)
	m := remembers(t, store)
	r := m.Open([]byte("key"))
	r.Opened("post-09")
	r.Left("post-09", memory.Place{Block: 9, Percent: 40})
	r.Close()
	m.Close()
	r = remembers(t, store).Open([]byte("key"))
	defer r.Close()
	got := converseWith(t, posts, Options{Memory: r}, "continue\nq\n")
	for _, want := range []string{"; continue goes on with “Post number 9 has a\ntitle” at 40%.\n", "9 has a title\n", "From where you left it, at 40 percent", "The end of it."} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "The first paragraph of post 9") {
		t.Errorf("it begins at the top:\n%s", got)
	}
}

// Without a key it says how to come with one.
func TestConversationWithoutAKey(t *testing.T) {
	for _, word := range []string{"unread", "bookmarks", "highlights", "continue", "elsewhere", "keep", "keep 1", "unread this", "unread 3"} {
		if got := converse(t, corpus.Blog(9), false, word+"\nq\n"); !strings.Contains(got, "Connect with an SSH key") {
			t.Errorf("%s says\n%s", word, got)
		}
	}
}
