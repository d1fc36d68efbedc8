package reader

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/library"
)

// A reader's place is kept in the last sixteen lists that were left.
func TestPositionsAreBounded(t *testing.T) {
	var at Position
	for i := range 40 {
		at.Show(&library.List{Slug: fmt.Sprint(i)})
	}
	if len(at.left) != 16 || at.left[0].category != "23" || at.left[15].category != "38" {
		t.Errorf("%d places are kept, from %v", len(at.left), at.left)
	}
}

// A find keeps 5,000 matches, and says that there are more.
func TestMatchesAreBounded(t *testing.T) {
	for _, c := range []struct {
		matches int
		said    string
	}{{4999, "1/4999 "}, {5001, "1/5000+"}} {
		at(t, 1, 80, 24, func(_ *testing.T, u *user) {
			u.posts["many.md"] = file("---\ntitle: Many\ndate: 2026-05-01\n---\n" + strings.Repeat("z ", c.matches) + "\n")
			u.reload()
			u.press("g enter /")
			u.types("z")
			u.press("enter")
			u.sees(c.said)
		})
	}
}

// Prompts that are opened and closed over and over are one, and nothing of what was
// typed before is in it.
func TestPromptsAreReused(t *testing.T) {
	at(t, 1, 80, 24, func(t *testing.T, u *user) {
		u.press("/")
		u.types("zebra")
		u.press("esc")
		m := u.model.(*Model)
		closed := m.closed
		if closed == nil || closed.text != "" || closed.then != nil || closed.hint != nil {
			t.Fatalf("what is kept of a closed prompt: %+v", closed)
		}
		for _, keys := range []string{"/", ":", "enter /"} {
			u.press(keys)
			if m.closed != nil {
				t.Errorf("%s made another prompt", keys)
			}
			u.seesNot("zebra")
			u.types("x")
			u.press("esc")
			if m.closed != closed {
				t.Errorf("the prompt of %s is not used again", keys)
			}
		}
	})
}
