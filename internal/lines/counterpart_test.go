package lines

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/library/corpus"
	"github.com/sshblog/sshblog/internal/reader"
)

// Why some keys have no answer that does the same.
const (
	numbers  = "what a key selects on the screen has a number here"
	scrolls  = "a post is said as a whole, and the terminal or the screen reader goes through it"
	typing   = "answers are typed in the client's line, or end with Enter"
	oneLevel = "Enter leads back"
	looks    = "there are no colours, columns or mice"
	client   = "the terminal or the screen reader finds and copies what has been said"
)

// counterparts has, for all that keys do on the screens, by what the help says of it,
// what does the same in a conversation and what is said then, or why nothing does.
var counterparts = map[string]struct{ answers, says, none string }{
	"leave the blog (ctrl+c leaves from anywhere)": {answers: "q\n", says: "q leaves"},
	"leave the blog":                                {answers: "c\n\x04", says: "Number of a category"},
	"show or hide this help":                        {answers: "?\nq\n", says: "A number reads the post with that number."},
	"read the selected post":                        {answers: "2\nq\n", says: "The first paragraph of post 40"},
	"search all posts":                              {answers: "/post 7\nq\n", says: "1 post with"},
	"read the result, where the words are":          {answers: "/post 7\n1\nq\n", says: "The first paragraph of post 7"},
	"back to the list":                              {answers: "/post 7\n\nq\n", says: "Enter for the list, q leaves: \nPage 1 of 6"},
	"choose from all categories":                    {answers: "c\n\nq\n", says: "1. Databases, 11 articles."},
	"list the category's articles":                  {answers: "c\n1\nq\n", says: "Databases. Page 1 of 2"},
	"next category":                                 {answers: "c\n2\nq\n", says: "Architecture. Page 1 of 2"},
	"previous category":                             {answers: "c\n1\nq\n", says: "Databases. Page 1 of 2"},
	"back to all posts":                             {answers: "c\n1\nc\n\nq\n", says: "\nPage 1 of 6"},
	"what has been read in this session":            {answers: "2\nr\n1\nq\n", says: "1. Post number 40 has a title\nNumber of a post"},
	"next page":                                     {answers: "n\nq\n", says: "Page 2 of 6"},
	"previous page":                                 {answers: "n\nn\np\nq\n", says: "Page 3 of 6, 41 posts.\n"},
	"first page":                                    {answers: ":6\n:1\nq\n", says: "Page 1 of 6"},
	"last page":                                     {answers: ":6\nq\n", says: "Page 6 of 6"},
	"go to a page by its number: :5 enter":          {answers: ":5\nq\n", says: "Page 5 of 6"},
	"the next match; without a find the next post":  {answers: "1\nn\nq\n", says: "The first paragraph of post 40"},
	"the match before; without a find a newer post": {answers: "2\np\nq\n", says: "The first paragraph of post 41"},
	"another language of the post":                  {answers: "1\nt\nq\n", says: "This post is in one language only."},
	"follow the chosen link":                        {answers: "1\n1\nq\n", says: "The first paragraph of post 37"},
	"back to where you came from":                   {answers: "1\n\nq\n", says: "Enter for the list, ? help, q leaves: \nPage 1 of 6"},

	"go on with the post that was read last":      {answers: "continue\nq\n", says: "Nothing was begun"},
	"go where your other session is":              {answers: "elsewhere\nq\n", says: "Nothing is open elsewhere."},
	"keep a bookmark of the post, or remove it":   {answers: "1\nkeep\nkeep\nq\n", says: "Kept a bookmark of Post number 41 has a title."},
	"mark the post as read, or as unread":         {answers: "1\nunread this\nq\n", says: "Marked as unread: Post number 41 has a title."},
	"what is kept: bookmarks and passages":        {answers: "1\nkeep\nkeep it goes on\nbookmarks\n\nhighlights\n\nq\n", says: "1. Post number 41 has a title, you have read it, with a bookmark\n   \"It goes on\"\n"},
	"select a passage and keep it, or remove one": {answers: "1\nkeep it goes on\nhighlights\nremove 1\nhighlights\nq\n", says: "No passages are kept"},
	"remove the kept passage that the word is in": {answers: "1\nkeep it goes on\nhighlights\nremove 1\nq\n", says: "Removed."},
	"remove the bookmark or the passage":          {answers: "keep 2\nbookmarks\nremove 1\nbookmarks\nq\n", says: "There are no bookmarks"},
	"read it, at the passage":                     {answers: "keep 2\nbookmarks\n1\nq\n", says: "The first paragraph of post 40"},
	"begin the passage here; then keep it":        {none: typing}, "to the line below": {none: typing}, "to the line above": {none: typing},
	"to the next word": {none: typing}, "to the word before": {none: typing}, "move the other end of the passage": {none: typing},
	"leave without keeping anything": {none: typing},
	"select the post above":          {none: numbers}, "select the post below": {none: numbers},
	"select the result above": {none: numbers}, "select the result below": {none: numbers},
	"up": {none: numbers}, "down": {none: numbers}, "a screen up": {none: numbers}, "a screen down": {none: numbers},
	"first": {none: numbers}, "last": {none: numbers}, "choose": {none: numbers},
	"choose the next link; enter follows it": {none: numbers}, "choose the link before": {none: numbers},
	"a line down": {none: scrolls}, "a line up": {none: scrolls}, "a page down": {none: scrolls}, "a page up": {none: scrolls},
	"half a page down": {none: scrolls}, "half a page up": {none: scrolls}, "to the top": {none: scrolls}, "to the end": {none: scrolls},
	"the sections of this post": {none: scrolls}, "scroll code that is too wide": {none: scrolls}, "scroll it back": {none: scrolls},
	"find in the post; a capital letter counts as one": {none: client}, "the match before": {none: client},
	"copy the chosen link, code, or the post": {none: client},
	"a wider column": {none: looks}, "a narrower column": {none: looks}, "the next theme of colours": {none: looks},
	"mouse wheel on or off; off lets you select text": {none: looks},
	"back to the article":                             {none: oneLevel}, "close": {none: oneLevel},
	"do it": {none: typing}, "leave all as it was": {none: typing}, "take back a letter; at the beginning, leave": {none: typing},
	"take back a word": {none: typing}, "take back all before the cursor": {none: typing},
	"delete the letter at the cursor": {none: typing}, "delete all behind the cursor": {none: typing},
	"a letter back": {none: typing}, "a letter on": {none: typing}, "a word back": {none: typing}, "a word on": {none: typing},
	"to the beginning": {none: typing},
}

// Lists that have no key have the names of their commands.
func TestListsAreChosen(t *testing.T) {
	posts := fstest.MapFS{
		"a.md": {Data: []byte("---\ntitle: A\ndate: 2026-01-01\ntags: [go]\nseries: Locks\n---\nText.\n")},
		"b.md": {Data: []byte("---\ntitle: B\ndate: 2026-01-02\n---\nText.\n")},
	}
	for answers, want := range map[string]string{
		"tags\n1\nq\n":   "Tags.\n1. go, 1 article.\nNumber of a tag, or Enter for all posts: \ngo. Page 1 of 1, 1 post.",
		"series\n1\nq\n": "Series.\n1. Locks, 1 article.\nNumber of a series, or Enter for all posts: \nLocks. Page 1 of 1, 1 post.",
		"2\nls\nq\n":     "q leaves: \nPage 1 of 1, 2 posts.",
	} {
		if got := converse(t, posts, false, answers); !strings.Contains(got, want) {
			t.Errorf("after %q it does not say %q:\n%s", answers, want, got)
		}
	}
	if got := converse(t, corpus.Blog(3), false, "series\nq\n"); !strings.Contains(got, "There are no series.") {
		t.Errorf("without series it says:\n%s", got)
	}
}

// Whatever a key does on the screen, a conversation does too, or there is a reason.
func TestEveryKeyHasACounterpart(t *testing.T) {
	bound := make(map[string]bool)
	for _, does := range reader.Bindings() {
		bound[does] = true
		if _, ok := counterparts[does]; !ok {
			t.Errorf("%q has no counterpart here", does)
		}
	}
	for does, c := range counterparts {
		switch {
		case !bound[does]:
			t.Errorf("no key does %q", does)
		case c.none == "":
			if got := converseWith(t, corpus.Blog(41), Options{Memory: remembering(t).Open([]byte("key"))}, c.answers); !strings.Contains(got, c.says) {
				t.Errorf("%s: after %q it does not say %q:\n%s", does, c.answers, c.says, got)
			}
		}
	}
}
