package reader

import (
	"slices"
	"testing"

	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// A post is read when the last line of its text has been on the screen, once each time that it is opened.
func TestReadToTheEnd(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		var opened, ended []string
		u = u.another(New(u.lib, render.NewCache(1<<20, 0), theme.NewSet(),
			OnOpen(func(address string) { opened = append(opened, address) }), OnEnd(func(address string) { ended = append(ended, address) })))
		u.press("enter")
		u.sees("Post number 41 has a title", "The first paragraph")
		u.seesNot("The end of it.")
		if len(opened) != 1 || len(ended) != 0 {
			t.Errorf("opened %q, read %q", opened, ended)
		}
		for range 100 { // line by line, until it is there
			if u.press("down"); len(ended) > 0 {
				break
			}
		}
		u.sees("The end of it.")
		u.press("up up up")
		u.seesNot("The end of it.")
		u.press("G ? esc g G esc")
		if !slices.Equal(ended, []string{"post-41"}) {
			t.Errorf("read %q", ended)
		}
		u.press("enter n n G")
		if !slices.Equal(ended, []string{"post-41", "post-39"}) || len(opened) != 4 {
			t.Errorf("opened %q, read %q", opened, ended)
		}
		// In a window that has all of it, it is read as it comes.
		u.press("esc")
		u.resize(80, 200)
		u.press("enter")
		u.sees("The end of it.")
		if len(ended) != 3 || len(opened) != 5 {
			t.Errorf("opened %q, read %q", opened, ended)
		}
	})
}
