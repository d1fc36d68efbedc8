package reader

import (
	"testing"
	"unsafe"

	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// Readers are told how many read, and how many others the same post: as of the last count, each the same, and in
// frames that they share.
func TestCrowd(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		c := &Crowd{}
		r := New(u.lib, render.NewCache(1<<20, 0), theme.NewSet(), Showing(c))
		var all [3]*user
		for i := range all {
			all[i] = u.with(r, Options{})
			all[i].seesNot("reading")
		}
		c.Tell(c.Here())
		for _, u := range all {
			u.press("down")
			u.sees("3 reading · 9 posts so far")
		}
		all[0].golden("crowd-list")
		for _, u := range all {
			u.press("enter")
			u.seesNot("others")
		}
		c.Tell(c.Here())
		for _, u := range all {
			u.press("j")
			u.sees("2 others")
			if mine, first := u.model.View().Content, all[0].model.View().Content; unsafe.StringData(mine) != unsafe.StringData(first) {
				t.Error("each has a frame of its own")
			}
		}
		all[0].golden("crowd-article")
		all[2].leaves()
		all[1].press("esc")
		c.Tell(c.Here())
		all[0].press("k")
		all[0].seesNot("other")
		all[1].press("up")
		all[1].sees("2 reading")
		all[1].leaves()
		c.Tell(c.Here())
		all[0].press("esc")
		all[0].seesNot("reading")
	})
}

// BenchmarkCrowd is what a key costs more by it.
func BenchmarkCrowd(b *testing.B) {
	c := &Crowd{}
	seat := c.Enter()
	defer seat.Leave()
	c.Tell(c.Here())
	b.ReportAllocs()
	for b.Loop() {
		seat.Move("post-1")
		_ = c.others("post-1")
	}
}
