package reader

import (
	"fmt"
	"strings"
	"testing"
)

// long is a post with links far apart.
var long = "---\ntitle: A long one\ndate: 2026-05-01\ntags: [alpha]\n---\n" +
	"[first](post-02.md).\n\n" + strings.Repeat("Filler.\n\n", 40) + "[second](post-03.md), [myself](long.md), [nowhere](post-05.md#no-such).\n"

func atLong(t *testing.T, do func(*testing.T, *user)) {
	t.Helper()
	at(t, 30, 80, 24, func(t *testing.T, u *user) {
		u.posts["long.md"] = file(long)
		u.reload()
		do(t, u)
	})
}

// newer adds a post that is newer than all.
func (u *user) newer(name, more string) {
	u.t.Helper()
	u.posts[name+".md"] = file("---\ntitle: " + name + "\ndate: 2026-05-20\n" + more + "---\nText.\n")
	u.reload()
}

// A reload leaves chosen what was chosen, whatever comes before it now.
func TestReloadMovesNoChoice(t *testing.T) {
	t.Run("link", func(t *testing.T) {
		atLong(t, func(t *testing.T, u *user) {
			u.press("enter G tab tab tab tab tab")
			s, _ := shown[*article](u.model.(*Model)).chosen()
			if s.post == nil || s.target != "" {
				t.Fatalf("no related post is chosen:\n%s", u.screen())
			}
			u.sees("post: " + s.post.Title())
			u.newer("Nova", "")
			u.sees("p previous: Nova")
			u.press("x")
			u.sees("post: " + s.post.Title())
			u.press("enter esc")
			u.sees("post: " + s.post.Title())
		})
	})
	t.Run("post of the list, while it is read", func(t *testing.T) {
		atLong(t, func(_ *testing.T, u *user) {
			u.press("enter")
			u.newer("Nova", "")
			u.press("esc")
			u.sees("▌ A long one")
		})
	})
	t.Run("category", func(t *testing.T) {
		at(t, 9, 80, 40, func(_ *testing.T, u *user) {
			u.press("c j j")
			tabs := u.model.(*Model).tabs()
			u.sees("▌ " + tabs[2].Name)
			u.newer("One", "categories: [Zeta]\n")
			u.newer("Two", "categories: [Zeta]\n")
			u.newer("Three", "categories: [Zeta, Eta]\n")
			u.newer("Four", "categories: [Zeta, Eta]\n")
			u.newer("Five", "categories: [Zeta, Eta]\n")
			u.newer("Six", "categories: [Zeta, Eta]\n")
			u.sees("▌ " + tabs[2].Name)
		})
	})
	t.Run("result", func(t *testing.T) {
		at(t, 41, 80, 16, func(t *testing.T, u *user) {
			u.press("/")
			u.types("post")
			u.press("down down down down down down up up")
			_, before, _ := strings.Cut(u.screen(), "\n") // without how many posts there are
			u.posts["other.md"] = file("---\ntitle: Something else\ndate: 2026-05-20\n---\nText.\n")
			u.reload()
			u.press("left")
			if _, got, _ := strings.Cut(u.screen(), "\n"); got != before {
				t.Errorf("it shows\n%s\nand before\n%s", got, before)
			}
		})
	})
}

// Who is at the end stays there in another column or window, and a window of the
// size that it has moves nothing.
func TestTheEndIsKept(t *testing.T) {
	atLong(t, func(t *testing.T, u *user) {
		u.press("enter G")
		for _, keys := range []string{"-", "- -", "+", "-"} {
			u.press(keys)
			u.sees("100%")
			before := u.screen()
			u.resize(80, 24)
			if got := u.screen(); got != before {
				t.Errorf("after %s and the same size it shows\n%s\nand before\n%s", keys, got, before)
			}
		}
		for _, size := range [][2]int{{60, 24}, {60, 12}, {100, 30}, {30, 9}, {80, 24}} {
			u.resize(size[0], size[1])
			u.sees("100%")
		}
		u.press("k")
		u.resize(70, 24)
		u.seesNot("100%")
	})
	// Also who was there already, since a large window shows it all the same.
	for _, keys := range []string{"G", "k G"} {
		atLong(t, func(_ *testing.T, u *user) {
			u.press("enter G k k")
			u.resize(80, 40)
			u.press(keys)
			u.resize(80, 12)
			u.sees("100%")
		})
	}
}

// Each list is found again where it was left.
func TestListsAreFoundAgain(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.press(": 3 enter down down")
		before := u.screen()
		for _, away := range []string{"esc", "] [", "[ ]", "] esc", "c enter", "c esc", "] down [", "enter esc esc"} {
			u.press(away)
			if got := u.screen(); got != before {
				u.t.Errorf("after %s it shows\n%s\nand before\n%s", away, got, before)
			}
		}
		u.press("] down")
		there := u.screen()
		u.press("] [")
		if got := u.screen(); got != there {
			u.t.Errorf("the category shows\n%s\nand before\n%s", got, there)
		}
	})
}

// A link that is not on the screen any more is not chosen any more.
func TestLinkOffTheScreenIsLetGo(t *testing.T) {
	atLong(t, func(_ *testing.T, u *user) {
		u.press("enter tab")
		u.sees("link 1/")
		u.press("j")
		u.sees("link 1/") // still to be seen
		u.press("space space")
		u.seesNot("link ")
		u.press("G tab")
		u.sees("link 2/")
	})
}

// A link to the post itself leads to its beginning, and one to a heading that
// another post has not says so there.
func TestLinkToItselfAndToNoHeading(t *testing.T) {
	atLong(t, func(_ *testing.T, u *user) {
		u.press("enter G tab tab")
		u.sees("here: the beginning")
		u.press("enter")
		u.sees("A long one", "first")
		u.press("esc tab")
		u.sees("post: ")
		u.press("enter")
		u.sees("there is no heading no-such in this post")
	})
}

// The way back from a link goes on beyond the neighbours that were read.
func TestWayBackOverNeighbours(t *testing.T) {
	atLong(t, func(_ *testing.T, u *user) {
		u.press("enter tab enter")
		u.sees("Post number 2 ")
		u.press("n")
		u.sees("Post number 1 ")
		u.press("esc")
		u.sees("link 1/", "A long one")
	})
}

// Who reads on over the end of a page comes back to the page of the post that was read, however
// far down the list was scrolled before.
func TestListAfterNeighbourOnAnotherPage(t *testing.T) {
	at(t, 9, 29, 8, func(_ *testing.T, u *user) {
		u.press("j j j j j j j enter")
		u.sees("Post number 2 ")
		u.press("n")
		u.sees("Post number 1 ")
		u.press("esc")
		u.sees("PAGE 2 / 2", "Post number 1 ")
		u.press("enter p esc")
		u.sees("PAGE 1 / 2", "Post number 2 ")
	})
}

// In a window in which nothing can be shown no key does anything but leave.
func TestKeysInATooSmallWindow(t *testing.T) {
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		u.press("/")
		u.types("post")
		u.resize(15, 4)
		u.sees("Too small: q")
		u.press("x enter esc")
		u.resize(80, 24)
		u.sees("/ post")
		u.resize(15, 4)
		u.press("q")
		if !u.quit {
			t.Error("q does not leave")
		}
	})
}

// Of a post without a text the summary can be read, which the list may cut.
func TestSummaryForAText(t *testing.T) {
	posts := blog(3)
	posts["short.md"] = file("---\ntitle: Short\ndate: 2026-05-01\nsummary: \"" + strings.Repeat("Words of a summary. ", 11) + "The end of it.\"\n---\n")
	at(t, 8, 80, 24, func(_ *testing.T, u *user) {
		u.posts["short.md"] = posts["short.md"]
		u.reload()
		u.seesNot("The end of it.")
		u.press("enter")
		u.sees("Words of a summary.", "The end of it.", "n next:")
	})
}

// In a long paragraph, another width leaves at the top what was there: the same words, but for the
// rest of a line.
func TestResizingKeepsTheWordsBeingRead(t *testing.T) {
	var words strings.Builder
	for i := range 400 {
		fmt.Fprintf(&words, "w%04d ", i)
	}
	at(t, 3, 80, 16, func(t *testing.T, u *user) {
		u.posts["long.md"] = file("---\ntitle: Long\ndate: 2026-05-20\n---\n" + words.String() + "\n\n" + strings.Repeat("More.\n\n", 20))
		u.reload()
		u.press("enter space")
		u.press(strings.TrimSpace(strings.Repeat("j ", 10)))
		word := func() (number int) {
			t.Helper()
			if _, err := fmt.Sscanf(u.screen()[strings.Index(u.screen(), " w")+1:], "w%d", &number); err != nil {
				t.Fatalf("%v in\n%s", err, u.screen())
			}
			return number
		}
		before := word()
		if before < 150 || before > 250 {
			t.Fatalf("the top is at word %d of 400, which is not about the middle", before)
		}
		for _, width := range []int{40, 30, 60, 80} {
			u.resize(width, 16)
			if now := word(); max(now-before, before-now) > 15 {
				t.Errorf("at width %d the top is at word %d, was at %d", width, now, before)
			}
		}
	})
}
