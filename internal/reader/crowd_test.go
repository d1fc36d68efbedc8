package reader

import (
	"strings"
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
		c.Publish(c.Here())
		for _, u := range all {
			u.press("down")
			u.sees("3 reading · 9 posts so far")
		}
		all[0].golden("crowd-list")
		for _, u := range all {
			u.press("enter")
			u.seesNot("others")
		}
		c.Publish(c.Here())
		for _, u := range all {
			u.press("j")
			u.sees("2 others")
			if mine, first := u.model.View().Content, all[0].model.View().Content; unsafe.StringData(mine) != unsafe.StringData(first) {
				t.Error("each has a frame of its own")
			}
		}
		all[0].golden("crowd-article")
		all[1].press("esc")
		all[1].press("enter") // and is in what was told last
		all[1].sees("2 others")
		late := u.with(r, Options{})
		late.press("down enter") // and is not
		late.sees("3 others")
		late.leaves()
		all[2].leaves()
		all[1].press("esc")
		c.Publish(c.Here())
		all[0].press("k")
		all[0].seesNot("other")
		all[1].press("up")
		all[1].sees("2 reading")
		all[1].leaves()
		c.Publish(c.Here())
		all[0].press("esc")
		all[0].seesNot("reading")
	})
}

// Where there is no room for them, the numbers give way to the blog's title and to the keys that lead out.
func TestCrowdGivesWay(t *testing.T) {
	at(t, 41, 32, 24, func(t *testing.T, u *user) {
		c := &Crowd{}
		for range 12 {
			presence := c.Enter()
			t.Cleanup(presence.Leave)
			presence.Move("post-41")
		}
		c.Publish(c.Here())
		u = u.with(New(u.lib, render.NewCache(1<<20, 0), theme.NewSet(), Showing(c)), Options{})
		u.sees("Night Shift", "41 posts so far")
		u.seesNot("reading")
		u.resize(48, 24)
		u.sees("Night Shift", "12 reading · 41 posts so far")
		u.press("enter")
		u.resize(40, 24)
		u.sees("min left", "esc back", "? help")
		u.seesNot("others")
		u.types("/words")
		u.press("enter")
		u.resize(48, 24)
		u.sees("/words", "esc back")
		u.seesNot("others")
		u.press("esc")
		u.resize(60, 24)
		u.sees("12 others", "esc back", "? help")
	})
}

// Who opens a post is not among those that were told to read it before the next count, and then is; nor does
// it matter what was open between two counts.
func TestOneIsNotAmongTheOthers(t *testing.T) {
	c := &Crowd{}
	var presences [3]Presence
	for i := range presences {
		presences[i] = c.Enter()
		presences[i].Move("a")
	}
	c.Publish(c.Here())
	one := c.Enter()
	for i, step := range []struct {
		moves string // each to the post of that name; - is none
		tells bool
		want  int
	}{
		{"a", false, 3},
		{"", true, 3},
		{"-", false, 0},
		{"a", false, 3},
		{"ba", false, 3},
		{"b", true, 0},
		{"a", false, 3},
		{"-a", true, 3},
	} {
		for _, address := range step.moves {
			one.Move(strings.TrimPrefix(string(address), "-"))
		}
		if step.tells {
			c.Publish(c.Here())
		}
		if got := one.Others(); got != step.want {
			t.Errorf("step %d: %d others, want %d", i, got, step.want)
		}
	}
	none := (*Crowd)(nil).Enter()
	none.Move("a")
	if got := none.Others(); got != 0 {
		t.Errorf("without a Crowd there are %d others", got)
	}
}

// BenchmarkCrowd is what a key costs more by it.
func BenchmarkCrowd(b *testing.B) {
	c := &Crowd{}
	presence := c.Enter()
	defer presence.Leave()
	c.Publish(c.Here())
	b.ReportAllocs()
	for b.Loop() {
		presence.Move("post-1")
		_ = presence.Others()
	}
}
