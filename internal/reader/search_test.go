package reader

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
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

// Enter is for what has been typed, whether the answer is there or not.
func TestSearchEnterWaits(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("post 3")
		// All in one packet: nothing is awaited in between.
		u.update(tea.KeyPressMsg{Code: '8', Text: "8"})
		u.update(tea.KeyPressMsg{Code: tea.KeyEnter})
		u.send(nil)
		u.sees("The first paragraph of post 38.", "/post 38")
	})
}

// Another query begins at its best result.
func TestSearchBeginsAtTheBest(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("post")
		u.press("down down down")
		u.sees("RESULT 4 / 41")
		u.types(" second")
		u.sees("RESULT 1 / 41")
	})
}

// The way back over a link finds the matches as they were.
func TestSearchAndLinks(t *testing.T) {
	atRich(t, func(t *testing.T, u *user) {
		u.press("esc /")
		u.types("needle")
		u.press("enter n n g tab tab enter")
		u.sees("Second section")
		u.press("esc n")
		u.sees("A rich post", "link 2") // the foot tells of the link
		if f := &u.model.(*Model).article.find; f.count() != "4/6" {
			t.Errorf("at match %q, want the one after the third", f.count())
		}
	})
}

// A search that a reload has made pointless does not keep the next one waiting.
func TestSearchBeforeTheIndexIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := sitWithoutRun(t, blog(9), 80, 24)
		u.press("/")
		u.types("a")
		u.press("backspace")
		u.posts["new.md"] = file(sample(20, "A new one"))
		u.reload()
		go func() { _ = u.lib.Run(u.ctx) }()
		u.types("post")
		u.sees("/ post", "10 posts", "RESULT 1 / 10")
		u.cancel()
	})
}

// A revised post stays where it is read, even if blocks have come before.
func TestRevisedPostKeepsItsBlock(t *testing.T) {
	at(t, 1, 80, 12, func(t *testing.T, u *user) {
		var paragraphs []string
		for i := range 60 {
			paragraphs = append(paragraphs, fmt.Sprintf("Paragraph %d.", i+1))
		}
		text := func(before string) string {
			return "---\ntitle: Long\ndate: 2026-05-01\n---\n" + before + strings.Join(paragraphs, "\n\n")
		}
		u.posts["long.md"] = file(text(""))
		u.reload()
		u.press("enter space space space")
		_, want, _ := strings.Cut(u.screen(), "Paragraph ")
		want, _, _ = strings.Cut(want, "\n")
		u.posts["long.md"] = file(text("One.\n\nTwo.\n\nThree.\n\n"))
		u.reload()
		_, got, _ := strings.Cut(u.screen(), "Paragraph ")
		got, _, _ = strings.Cut(got, "\n")
		if got != want {
			t.Errorf("the first paragraph on the screen is %s, it was %s", got, want)
		}
	})
}
