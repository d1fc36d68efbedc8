package reader

import (
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"

	tea "charm.land/bubbletea/v2"
)

// atRich opens the rich post in front of a sample blog.
func atRich(t *testing.T, do func(*testing.T, *user)) {
	t.Helper()
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		u.posts["rich.md"] = file(rich)
		u.reload()
		u.press("enter")
		u.sees("A rich post")
		do(t, u)
	})
}

func TestFind(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("needle")
		u.sees("/needle", "1/6")
		u.press("enter")
		u.sees("1/6 ·")
		u.press("n n")
		u.sees("3/6")
		u.press("N")
		u.sees("2/6")
		u.press("p p")
		u.sees("6/6", "the last match again", "The last needle")
		u.press("n")
		u.sees("1/6", "the first match again")
		u.press("esc")
		u.seesNot("1/6")
		u.sees("One needle") // the matches are gone, the place is not
		u.press("esc")
		u.sees("PAGE 1 / 2")
	})
}

func TestFindIsSmartAboutCaseAndLines(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("Needle")
		u.sees("1/2") // the heading's and the one with a capital
		u.press("ctrl+u")
		u.types("golden needle broken")
		u.sees("1/1")
		u.press("ctrl+u")
		u.types("no such thing")
		u.sees("not found")
		u.press("enter")
		u.sees("not found: no such thing")
		u.press("/")
		u.types("last")
		u.sees("The last needle")
		u.press("esc") // back to where it was begun
		u.sees("A rich post")
		u.seesNot("The last needle")
	})
}

func TestFindSurvivesAResize(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("needle")
		u.press("enter n n")
		u.sees("3/6")
		u.resize(50, 20)
		u.sees("3/6")
	})
}

func TestLinks(t *testing.T) {
	atRich(t, func(t *testing.T, u *user) {
		u.press("tab")
		u.sees("link 1/", "https://example.com/out", "y copy  esc back")
		u.seesNot("follow", "scroll") // it leads out of the blog
		u.press("enter")
		u.sees("y copies it")
		u.press("y")
		if want := "https://example.com/out"; u.clipboard != want {
			t.Errorf("the clipboard has %q, want %q", u.clipboard, want)
		}
		u.press("tab")
		u.sees("post: Post number 5 has a title", "enter follow  y copy  esc back")
		u.press("?")
		u.seesNot("follow  y copy")
		u.press("esc enter")
		u.sees("Second section", "The end of it.") // at the heading
		u.press("esc")
		u.sees("A rich post", "post: Post number 5")
		u.press("tab")
		u.sees("here: Needles", "The last needle")
		u.press("enter")
		u.sees("Needles")
		u.seesNot("A rich post", "The last needle")
		u.press("esc")
		u.sees("The last needle", "here: Needles")
		u.press("esc esc")
		u.sees("PAGE 1 / 2")
	})
}

// A notice is whole wherever the column has room for it: what stands at the left
// gives way.
func TestNoticesAreWhole(t *testing.T) {
	at(t, 3, 80, 24, func(_ *testing.T, u *user) {
		u.posts["far.md"] = file("---\ntitle: Far\ndate: 2026-05-01\n---\nA [way](https://example.com/" + strings.Repeat("a/very/long/path/", 9) + ").\n")
		u.reload()
		u.press("enter tab y")
		u.sees("link 1/2  https", "…   copied the address, if your terminal allows it")
		u.resize(60, 24)
		u.press("y")
		u.sees("copied the address, if your terminal allows it")
		u.resize(48, 24)
		u.press("y")
		u.sees("copied the address, if your terminal allows it")
		u.seesNot("link 1/2")
		u.resize(80, 24)
		delete(u.posts, "far.md")
		u.reload()
		u.sees("this post has been removed; it stays until you leave it")
		u.press("esc esc")
		wide := strings.Repeat("As wide as it. ", 5) + "!" // 76 cells, as the column
		u.send(Notice(wide))
		u.sees(wide)
	})
}

// A link stays chosen while its page is rendered anew, and is followed when that
// has come.
func TestLinkWhilePageIsAwaited(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("tab tab")
		u.holdStill()
		_, cmd := u.model.Update(tea.WindowSizeMsg{Width: 50, Height: 24})
		_, _ = u.model.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
		u.width = 50
		u.sees("A rich post")
		u.run(cmd)
		u.send(nil)
		u.sees("The end of it.")
		u.press("esc")
		u.sees("link 2/", "y copy  esc back")
	})
}

// A path that leads to no post says so, instead of being taken for an address.
func TestLinksThatLeadNowhere(t *testing.T) {
	at(t, 3, 80, 24, func(_ *testing.T, u *user) {
		u.posts["lost.md"] = file("---\ntitle: Lost\ndate: 2026-05-01\n---\n" +
			"[One](nowhere.md), [two](/no/such/page/), ![three](pic.png), [four](//example.com/), [five](mailto:a@example.com).\n")
		u.reload()
		u.press("enter tab")
		for _, c := range []struct{ footer, notice string }{
			{"link 1/6  no such post: nowhere.md", "there is no such post: nowhere.md"},
			{"link 2/6  no such post: /no/such/page/", "there is no such post: /no/such/page/"},
			{"link 3/6  no picture here: pic.png", "there is no picture here: pic.png"},
			{"link 4/6  https://example.com/", "most terminals open it"},
			{"link 5/6  mailto:a@example.com", "most terminals open it"},
		} {
			u.sees(c.footer, "y copy  esc back")
			u.press("enter")
			u.sees(c.notice)
			u.press("tab")
		}
		u.sees("enter follow")
	})
}

// Links within a post lead to headings, to elements of HTML that have a name, and to
// the beginning; one that names nothing says so.
func TestLinksWithinAPost(t *testing.T) {
	at(t, 3, 80, 24, func(_ *testing.T, u *user) {
		u.posts["within.md"] = file("---\ntitle: Within\ndate: 2026-05-01\n---\n" +
			"[a](#nope), [b](within.md#nope), [c](#%C3%BCber-uns), [d](#spot), [e](#block), [f](#cell), [g](#).\n\n" +
			strings.Repeat("Filler.\n\n", 30) + "## Über uns\n\nAbout.\n\n" +
			strings.Repeat("Filler.\n\n", 30) + "A <a name=\"spot\"></a>spot in a line.\n\n" +
			strings.Repeat("Filler.\n\n", 30) + "<div id=\"block\">A block with a name.</div>\n\n" +
			strings.Repeat("Filler.\n\n", 30) + "<table>\n<tr><td id=\"cell\">A cell.</td></tr>\n</table>\n\n" +
			strings.Repeat("Filler.\n\n", 30) + "[homewards](#top)\n")
		u.reload()
		u.press("enter tab")
		u.sees("no such heading: #nope")
		u.press("enter")
		u.sees("there is no such heading: #nope")
		u.press("tab")
		u.sees("no such heading: within.md#nope")
		for _, c := range []struct{ footer, top string }{
			{"here: Über uns", "Über uns"},
			{"here: spot", "A spot in a line."},
			{"here: block", "A block with a name."},
			{"here: cell", "A cell."},
		} {
			u.press("tab")
			u.sees(c.footer)
			u.press("enter")
			u.sees(c.top)
			if above, _, _ := strings.Cut(u.screen(), c.top); strings.Count(above, "\n") > 3 {
				u.t.Errorf("%q is not at the top:\n%s", c.top, u.screen())
			}
			u.press("backspace")
			u.sees(c.footer)
		}
		u.press("tab")
		u.sees("here: the beginning")
		u.press("esc G tab")
		u.sees("here: the beginning")
		u.press("enter")
		u.sees("Within")
		u.seesNot("homewards")
	})
}

func TestOutline(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("t")
		u.sees("Outline", "3 sections", "Needles", "The end")
		u.press("G enter")
		u.sees("The last needle")
		u.press("t")
		u.sees("▌ The end") // where the reader is
		u.press("esc")
		u.sees("The last needle")
	})
}

func TestCopy(t *testing.T) {
	atRich(t, func(t *testing.T, u *user) {
		u.press("y")
		u.sees("Copy", "The address of this post", "▌ go code, 1 line")
		u.press("enter")
		u.sees("copied the code")
		if !strings.HasPrefix(u.clipboard, "func main() {") || !strings.HasSuffix(u.clipboard, "cells\") }") {
			t.Errorf("the clipboard has %q, want the whole line of code", u.clipboard)
		}
		u.press("y up enter")
		if !strings.Contains(u.clipboard, "## Needles\n") || !strings.HasPrefix(u.clipboard, "---\ntitle: ") {
			t.Errorf("the clipboard has %q, want the Markdown", u.clipboard)
		}
		u.press("y g enter")
		if want := "ssh rich@blog.example.com"; u.clipboard != want {
			t.Errorf("the clipboard has %q, want %q", u.clipboard, want)
		}
	})
}

// Where nobody is given the Markdown of posts, only the address and code are copied.
func TestCopyWithoutSource(t *testing.T) {
	atRich(t, func(t *testing.T, u *user) {
		u = u.another(New(u.lib, render.NewCache(1<<20, 0), theme.NewSet(), WithoutSource()))
		u.press("enter y")
		u.sees("The address of this post", "▌ go code, 1 line")
		u.seesNot("Markdown")
		u.press("enter")
		if !strings.HasPrefix(u.clipboard, "func main() {") {
			t.Errorf("the clipboard has %q, want the code", u.clipboard)
		}
	})
}

func TestCodeScrollsSideways(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.sees("func main()")
		u.seesNot("eighty cells\") }")
		u.press("l l l l l l l l l")
		u.sees("eighty cells\") }")
		u.press("tab tab enter")
		u.sees("The end of it.")
		u.press("backspace") // to where it was, sideways too
		u.sees("eighty cells\") }")
		u.press("h h h h h h h h h")
		u.sees("func main()")
		u.press("G l")
		u.sees("the code on this screen is shown whole")
	})
}

func TestSeriesAndRelated(t *testing.T) {
	at(t, 5, 80, 24, func(_ *testing.T, u *user) {
		for _, part := range []string{"one", "two", "three"} {
			u.posts["part-"+part+".md"] = file("---\ntitle: Part " + part + "\ndate: 2026-05-0" +
				map[string]string{"one": "1", "two": "2", "three": "3"}[part] + "\nseries: The parts\n---\nText.\n")
		}
		u.reload()
		u.press("down enter")
		u.sees("Part two", "Part 2 of 3 in The parts", "1. Part one", "2. Part two (this one)")
		u.press("tab enter")
		u.sees("Part 1 of 3")
		u.press("esc")
		u.sees("Part 2 of 3")
		u.press("esc esc down down down enter G")
		u.sees("Related")
	})
}

func TestThemes(t *testing.T) {
	atRich(t, func(t *testing.T, u *user) {
		m := u.model.(*Model)
		first := m.theme.Name
		seen := map[string]bool{}
		for range 12 {
			u.press("T")
			u.sees("theme: " + m.theme.Name)
			seen[m.theme.Name] = true
			if m.theme.Name == first {
				break
			}
		}
		if len(seen) < 5 || !seen[first] {
			t.Errorf("T goes through %v, and began at %s", seen, first)
		}
		u.sees("A rich post")
	})
}

// What is open over an article is closed before the article is.
func TestEveryWayBack(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		for _, keys := range []string{"t", "y", "?", "/"} {
			u.press(keys + " esc")
			u.sees("A rich post")
		}
		u.press("t q y q")
		u.sees("A rich post")
	})
}

var _ tea.Model = (*Model)(nil)
