package reader

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
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
		// That is where both are together, not the heading with one of them.
		u.sees("/golden need  2/7", "One needle, and a Needle")
		u.press("n n n")
		u.sees("5/7")
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
		u.press("ctrl+u")
		u.types("tag:")
		u.sees("which tag?") // and not only that nothing is found
		u.types("alpha")
		u.sees("RESULT 1 / 42")
	})
}

// Only the footer and the text differ where a word stands in the title alone.
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
		u.sees("A rich post", "link 2") // the footer tells of the link
		if f := &shown[*article](u.model.(*Model)).find; f.count() != "4/6" {
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

// wideAndTorn is a post with words that its column cuts, tears and pushes aside.
var wideAndTorn = `---
title: Wide
date: 2026-05-02
---
The beginning.

` + "```go" + `
short := 1
var aLineThatIsLong = "it goes on and on, and on, and on, over the edge and further: quokka"; after()
` + "```" + `

` + strings.Repeat("Lines.\n\n", 30) + `

> 日本語の文章は単語の間に空白がないので、行の終わりで単語が分かれることがある。この文の中に検索語がある。

The end.
`

// Enter opens a post where the words are, be it in code right of the edge.
func TestSearchOpensInCutCode(t *testing.T) {
	atWide(t, 80, func(t *testing.T, u *user) {
		u.press("esc /")
		u.types("quokka")
		u.press("enter")
		u.sees("/quokka  1/1", "further: quokka", "‹")
		u.seesMarked("quokka")
		u.press("left") // back over the edge, from which the mark goes too
		u.press("left left left left left left left left")
		u.sees(`aLineThatIsLong = "it goes on`, "›")
		u.seesNot("quokka\"")
		u.press("n")
		u.sees("further: quokka")
		u.press("esc")
		u.sees("further: quokka") // the matches are gone, the place is not
		// A find does the same, and given up it goes back.
		u.press("g left left left left left left left left")
		before := u.screen()
		u.press("/")
		u.types("OVER the edge AND further")
		u.sees("not found")
		u.press("ctrl+u")
		u.types("over the edge and further")
		u.sees("1/1", "the edge and further")
		u.seesMarked("over the edge and further")
		u.press("esc")
		if after := u.screen(); after != before {
			t.Errorf("after esc:\n%s\nwant:\n%s", after, before)
		}
	})
}

// A word of a script without spaces is found over the end of a line, and what
// stands before the next line is no part of it.
func TestSearchOpensInTornWord(t *testing.T) {
	for width := 40; width < 56; width++ {
		atWide(t, width, func(_ *testing.T, u *user) {
			u.press("esc /")
			u.types("検索語")
			u.press("enter")
			u.sees("/検索語  1/1")
			u.seesMarked("検索語")
			u.press("esc g /")
			u.types("単語が分かれる")
			u.sees("1/1")
			u.seesMarked("単語が分かれる")
			u.press("ctrl+u")
			u.types("空白がない")
			u.sees("1/1")
			u.seesMarked("空白がない")
		})
	}
}

func atWide(t *testing.T, width int, do func(*testing.T, *user)) {
	t.Helper()
	at(t, 3, width, 16, func(t *testing.T, u *user) {
		u.posts["wide.md"] = file(wideAndTorn)
		u.reload()
		u.press("enter")
		u.sees("Wide")
		do(t, u)
	})
}

// Results that scroll in have their excerpts too, and what has no text is not asked for
// again and again.
func TestExcerptsOfWhatScrollsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		posts := fstest.MapFS{}
		for i := range 20 {
			body := fmt.Sprintf("Here is alpha body %d.", i)
			if i%4 == 1 {
				body = ""
			}
			posts[fmt.Sprintf("post-%02d.md", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: Alpha %d\ndate: 2026-01-%02d\n---\n%s\n", i, 1+i, body)}
		}
		u := sit(t, posts, 80, 24)
		u.press("/")
		u.types("alpha")
		u.sees("20 posts", "RESULT 1 / 20")
		for range 19 {
			u.press("down")
		}
		u.sees("RESULT 20 / 20", "▌ Alpha 1 ") // those without text come last
		u.seesNot("Here is alpha body 10.")
		u.resize(80, 60)
		u.sees("Here is alpha body 10.", "Here is alpha body 0.")
	})
}
