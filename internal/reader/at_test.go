package reader

import (
	"testing"
)

// A session that begins somewhere shows that first, and the way back from there is to the list.
func TestAt(t *testing.T) {
	for name, first := range map[string]struct {
		name string
		sees []string
		back []string
	}{
		"post":     {"post-07", []string{"Post number 7 has a title", "The first paragraph of post 7"}, []string{"▌ Post number 7 has", "PAGE 5 / 6"}},
		"category": {"Databases", []string{"Databases", "11 articles", "PAGE 1 / 2"}, []string{"PAGE 1 / 6", "41 POSTS"}},
		"tag":      {"alpha", []string{"/ tag:alpha", "▌ Post number 41", "RESULT 1 / 41"}, []string{"▌ Post number 41", "PAGE 1 / 6"}},
	} {
		t.Run(name, func(t *testing.T) {
			at(t, 41, 80, 24, func(t *testing.T, u *user) {
				m, ok := u.model.(*Model).At(u.ctx, first.name, Options{})
				if !ok {
					t.Fatalf("%s leads nowhere", first.name)
				}
				u.model = m
				u.run(m.Init())
				u.resize(u.width, u.height)
				u.sees(first.sees...)
				u.press("esc")
				u.sees(first.back...)
				if u.quit {
					t.Error("esc left the blog")
				}
			})
		})
	}
	at(t, 3, 80, 24, func(t *testing.T, u *user) {
		if _, ok := u.model.(*Model).At(u.ctx, "alice", Options{}); ok {
			t.Error("a name of nothing leads somewhere")
		}
	})
}
