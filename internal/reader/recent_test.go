package reader

import (
	"fmt"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
)

// R lists what has been read, the last one first and each once; what is removed goes
// from it.
func TestRecentlyRead(t *testing.T) {
	at(t, 9, 80, 24, func(_ *testing.T, u *user) {
		u.press("R")
		u.sees("nothing has been read yet")
		u.press("enter n esc g enter esc R")
		u.sees("Recently read", "2 posts", "▌ Post number 9 has a title · January 9, 2026", "  Post number 8")
		u.press("down enter")
		u.sees("The first paragraph of post 8")
		u.press("esc")
		u.sees("PAGE 1 / 2")
		u.press("R")
		u.sees("▌ Post number 8")
		u.press("down")
		delete(u.posts, "post-09.md")
		u.reload()
		u.sees("1 post", "▌ Post number 8")
		delete(u.posts, "post-08.md")
		u.reload()
		u.press("enter down esc R enter")
		u.seesNot("Post number 9", "Post number 8")
	})
}

// What is remembered is bounded.
func TestHistoryIsBounded(t *testing.T) {
	var h History
	for i := range 200 {
		h.Add(&post.Post{Address: fmt.Sprint(i % 150)})
	}
	if len(h) != 50 || h[0] != "49" || h[49] != "0" || cap(h) > 100 {
		t.Errorf("%d are remembered in %d, from %v", len(h), cap(h), h[0])
	}
}
