package reader

import (
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("esc right left down /")
		u.sees("Search Night Shift", "Type words.", "category:")
		u.types("golden need")
		u.sees("/ golden need", "1 post", "▌ A rich post", "▌ One needle, and a Needle", "RESULT 1 / 1")
		u.press("enter")
		// Both words are marked, and the article is open where they are.
		u.sees("/golden need  1/7", "One needle, and a Needle")
		u.press("n n n")
		u.sees("4/7")
		u.press("esc esc")
		u.sees("/ golden need", "RESULT 1 / 1")
		u.press("esc")
		u.sees("PAGE 1 / 2 · 10 POSTS", "▌ Post number 9")
		u.press("/")
		u.seesNot("golden") // each search begins anew
		u.types("zebra")
		u.sees("nothing found")
		u.press("enter")
		u.sees("nothing found")
		u.press("backspace backspace backspace backspace backspace")
		u.sees("Type words.")
		u.press("backspace")
		u.sees("PAGE 1 / 2")
	})
}

func TestSearchSelects(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		u.press("/")
		u.types("second category:backend ")
		u.sees("10 posts", "RESULT 1 / 10")
		u.press("down down pgdown pgdown pgdown up")
		u.sees("RESULT 9 / 10")
		before := u.screen()
		u.press("f1")
		u.sees("Searching all posts")
		u.press("esc")
		if after := u.screen(); after != before {
			t.Errorf("help has moved the results:\n%s", after)
		}
		u.press("enter G esc")
		if u.press("esc"); u.screen() != before {
			t.Errorf("the way back has moved the results:\n%s", u.screen())
		}
		// A reload that adds a result keeps the selection.
		name, _, _ := strings.Cut(strings.SplitAfter(before, "▌ ")[1], "  ")
		u.posts["post-48.md"] = file(sample(48, "A new one"))
		u.reload()
		u.sees("11 posts", "▌ "+name)
		u.press("ctrl+u")
		u.sees("Type words.")
		u.types("category:nowhere x")
		u.sees("there is no category nowhere")
	})
}

// Only the foot and the text differ where a word stands in the title alone.
func TestSearchFindsTitles(t *testing.T) {
	at(t, 3, 80, 24, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("post number 2 title")
		u.press("enter")
		u.sees("Post number 2 has a title")
		u.press("esc esc")
		u.press("ctrl+u")
		u.types("numbre")
		u.sees("taken for: number")
	})
}
