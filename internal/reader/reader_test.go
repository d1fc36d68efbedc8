package reader

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// at runs a test in front of a sample blog.
func at(t *testing.T, posts, width, height int, do func(*testing.T, *user)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		u := sit(t, blog(posts), width, height)
		defer func() {
			u.cancel()
			// The lexers' regular expressions keep a clock for their time limits,
			// which stops a while after the last of them; no time passes here.
			time.Sleep(time.Minute)
		}()
		do(t, u)
	})
}

func TestGoldenScreens(t *testing.T) {
	for _, c := range []struct {
		name          string
		posts         int
		width, height int
		keys          string
	}{
		{"list-80x40", 41, 80, 40, "down down"},
		{"list-120x48", 41, 120, 48, ""},
		{"list-80x16", 41, 80, 16, "right"},
		{"list-30x10", 41, 30, 10, "down down down down down down"},
		{"list-few", 3, 80, 24, ""},
		{"article-40x12", 41, 40, 12, "enter"},
		{"search-40x12", 41, 40, 12, "/ p o s t space 7"},
		{"too-small", 41, 19, 6, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at(t, c.posts, c.width, c.height, func(_ *testing.T, u *user) {
				u.press(c.keys)
				u.golden(c.name)
			})
		})
	}
}

func TestPaging(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.sees("PAGE 1 / 6 · 41 POSTS", "41 posts so far", "Post number 41", "Post number 34")
		u.press("right")
		u.sees("PAGE 2 / 6", "Post number 33")
		u.press("left left left")
		u.sees("PAGE 1 / 6")
		u.press("G")
		u.sees("PAGE 6 / 6", "Post number 1 ")
		u.press("g : 5 enter")
		u.sees("PAGE 5 / 6")
		u.press(": 9 enter")
		u.sees("PAGE 5 / 6", "There are pages 1 to 6")
		u.press(": x enter")
		u.sees("Type the number of a page")
		u.press(": 2 esc")
		u.sees("PAGE 5 / 6")
		u.press("g down down down down down down down down")
		u.sees("PAGE 2 / 6", "▌ Post number 33")
		u.press("up")
		u.sees("PAGE 1 / 6", "▌ Post number 34")
	})
}

func TestCategories(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.press("c")
		u.sees("Categories", "CI/CD · 10 articles", "From a commit to a running process")
		u.press("down enter")
		u.sees("Databases", "11 articles", "Locks, indexes and vacuum", "PAGE 1 / 2 · 11 POSTS")
		u.press("]")
		u.seesNot("11 POSTS")
		u.press("[ enter")
		u.sees("Databases", "#alpha #beta")
		u.press("esc")
		u.sees("Databases", "PAGE 1 / 2")
		u.press("esc")
		u.sees("41 POSTS")
	})
}

func TestArticle(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		u.press("down enter")
		u.sees("Post number 40 has a title", "#alpha #beta", "The first paragraph")
		u.press("G")
		u.sees("100%", "The end of it.", "n next: Post number 39", "p previous: Post number 41")
		u.press("n")
		u.sees("Post number 39 has a title")
		u.press("p p p")
		u.sees("Post number 41 has a title", "This is the newest post.")
		u.press("esc")
		u.sees("▌ Post number 41", "PAGE 1 / 6")
		if u.quit {
			t.Error("esc left the blog")
		}
		u.press("q")
		if !u.quit {
			t.Error("q did not leave")
		}
	})
}

func TestColumn(t *testing.T) {
	at(t, 41, 200, 30, func(t *testing.T, u *user) {
		u.press("enter")
		narrow := u.screen()
		u.press("+ + + +")
		if u.screen() == narrow {
			t.Error("+ did not widen the column")
		}
		u.press("- - - - - -")
		u.sees("Post number 41")
	})
}

func TestResizingKeepsTheBlockBeingRead(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		u.press("enter space space")
		m := u.model.(*Model)
		before := shown[*article](m).anchor()
		if before.block < 1 {
			t.Fatalf("two pages down the reader is in block %d", before.block)
		}
		for _, size := range [][2]int{{40, 24}, {30, 12}, {120, 30}, {80, 24}} {
			u.resize(size[0], size[1])
			if now := shown[*article](m).anchor(); now.block != before.block {
				t.Errorf("at %d×%d the reader is in block %d, was in %d", size[0], size[1], now.block, before.block)
			}
		}
		// A window that shows the end does not lose the place in the middle.
		screen := u.screen()
		u.press("space")
		u.press("space")
		below := u.screen()
		for _, size := range [][2]int{{200, 60}, {80, 200}, {200, 60}, {80, 24}} {
			u.resize(size[0], size[1])
		}
		if now := u.screen(); now != below || now == screen {
			t.Errorf("after two larger windows:\n%s\nwant:\n%s", now, below)
		}
		// Who scrolls there is somewhere else.
		u.resize(200, 60)
		u.press("g")
		u.resize(80, 24)
		if now := shown[*article](m).anchor(); now.block != -1 || now.line != 0 {
			t.Errorf("at the top a larger window led to %v", now)
		}
	})
}

func TestReloadKeepsThePlace(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.press("right down down")
		u.sees("▌ Post number 31")
		u.posts["new-1.md"] = file(sample(42, "Brand new"))
		u.posts["new-2.md"] = file(sample(43, "Brand new too"))
		u.reload()
		u.sees("▌ Post number 31", "2 new posts", "43 POSTS")
		u.press("down")
		u.seesNot("2 new posts")
	})
}

func TestReloadAtTheTopShowsWhatIsNew(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.posts["new.md"] = file(sample(42, "Brand new"))
		u.reload()
		u.sees("▌ Brand new", "1 new post", "42 POSTS")
	})
}

func TestReloadUnderAnArticle(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		u.press("enter space")
		top := shown[*article](u.model.(*Model)).top
		u.posts["new.md"] = file(sample(42, "Brand new"))
		u.reload()
		u.sees("1 new post")
		if now := shown[*article](u.model.(*Model)).top; now != top {
			t.Errorf("an unrelated post moved the reader from line %d to %d", top, now)
		}
		u.posts["post-41.md"] = file(strings.ReplaceAll(sample(41, "Revised title"), "Words", "Other words"))
		u.reload()
		u.sees("Other words", "just been revised")

		delete(u.posts, "post-41.md")
		u.reload()
		u.sees("Other words", "removed")
		u.resize(60, 20)
		u.sees("Other words")
		u.press("n")
		u.seesNot("Other words")
	})
}

func TestDeletedCategory(t *testing.T) {
	at(t, 2, 80, 24, func(_ *testing.T, u *user) {
		u.press("] enter esc")
		delete(u.posts, "post-01.md")
		delete(u.posts, "post-02.md")
		u.posts["later.md"] = file("---\ntitle: Later\ndraft: true\n---\n") // empty on purpose
		u.reload()
		u.sees("There is nothing to read yet")
		u.press("enter down up G g c enter ] [ right")
		u.sees("PAGE 1 / 1 · 0 POSTS")
	})
}

// Help tells every binding of every screen, its own included, with all of its
// keys, whole at any width, and all of it can be reached in any window.
func TestHelpTellsEveryBinding(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		u.press("enter ?")
		m := u.model.(*Model)
		k := newKeymaps()
		for _, width := range []int{18, 38, 59, 76, 80} {
			lines := m.layHelp(shown[*help](m).below, width)
			for _, line := range lines {
				if cells := max(ansi.StringWidth(line), ansi.StringWidthWc(line)); cells > width {
					t.Errorf("at %d cells a line has %d: %q", width, cells, line)
				}
			}
			if !strings.HasPrefix(ansi.Strip(lines[0]), "An article") {
				t.Errorf("the help does not begin with the screen it was asked on, but with %q", lines[0])
			}
			all := strings.Join(strings.Fields(ansi.Strip(strings.Join(lines, "\n"))), " ")
			for _, keys := range []keymap{k.list, k.article, k.chooser, k.menu, k.search, k.prompt, k.help} {
				for _, b := range keys.bindings {
					if tells := b.all + " " + b.Help().Desc; !strings.Contains(all, tells) {
						t.Errorf("at %d cells the help does not say %q", width, tells)
					}
				}
			}
		}
		lines := m.layHelp(shown[*help](m).below, 76)
		lastLine := strings.Join(strings.Fields(ansi.Strip(lines[len(lines)-1])), " ")
		for range len(lines) {
			u.press("space")
		}
		if screen := strings.Join(strings.Fields(u.screen()), " "); !strings.Contains(screen, lastLine) || !strings.Contains(screen, "0 lines below") {
			t.Errorf("space does not lead to the help's last line, %q:\n%s", lastLine, screen)
		}
		u.press("?")
		u.sees("Post number 41")
	})
}

func TestMouse(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		u.press("enter")
		if u.model.View().MouseMode != tea.MouseModeNone {
			t.Error("the mouse is on at first: nobody could select text")
		}
		u.press("m")
		if u.model.View().MouseMode == tea.MouseModeNone {
			t.Error("m did not switch the mouse on")
		}
		u.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
		if top := shown[*article](u.model.(*Model)).top; top != 3 {
			t.Errorf("a turn of the wheel scrolled %d lines, want 3", top)
		}
	})
}

func TestWindowTooSmallAndBack(t *testing.T) {
	at(t, 41, 80, 24, func(_ *testing.T, u *user) {
		u.resize(10, 3)
		u.sees("Too small:")
		u.resize(0, 0)
		u.resize(80, 24)
		u.sees("PAGE 1 / 6")
	})
}

// A session that is over leaves nothing behind that waits, as for an index that
// can be searched.
func TestSessionEndsItsCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := sitWithoutRun(t, blog(3), 80, 24)
		u.press("/ a")
		u.sees("searching")
		u.cancel()
		synctest.Wait()
		// synctest fails the test if a goroutine is still blocked at its end.
		if len(u.msgs) == 0 {
			t.Error("the command that waits for the index did not end")
		}
	})
}

// countingPages counts the pages that are asked for and not there.
type countingPages struct {
	*render.Cache
	asked atomic.Int64
}

func (c *countingPages) Page(ctx context.Context, account *ledger.Account, p *post.Post, width int, look *theme.Theme) (*render.Page, error) {
	c.asked.Add(1)
	return c.Cache.Page(ctx, account, p, width, look)
}

// A window that is dragged has a page rendered where it begins and where it
// rests, and none for the sizes between; what is shown is the last.
func TestDraggedWindow(t *testing.T) {
	at(t, 41, 80, 24, func(t *testing.T, u *user) {
		m, ok := u.model.(*Model)
		if !ok {
			t.Fatal("no Model")
		}
		u.press("enter")
		pages := &countingPages{Cache: render.NewCache(1<<20, 0)}
		m.Reader = New(u.lib, pages, theme.NewSet())
		for width := 30; width < 70; width++ {
			u.update(tea.WindowSizeMsg{Width: width, Height: 24})
			time.Sleep(time.Millisecond) // as fast as packets come
		}
		u.width = 70
		u.update(tea.WindowSizeMsg{Width: 70, Height: 24})
		time.Sleep(resizeTime)
		u.send(nil)
		u.sees("The first paragraph of post 41")
		if n := pages.asked.Load(); n > 2 {
			t.Errorf("%d pages were asked for", n)
		}
	})
}

// From a post of a category n and p lead on in the category.
func TestNextInCategory(t *testing.T) {
	at(t, 9, 80, 24, func(_ *testing.T, u *user) {
		u.press("] ] enter")
		u.sees("Post number 7 has a title")
		u.press("G")
		u.sees("n next: Post number 3 has a title")
		u.press("n")
		u.sees("Post number 3 has a title")
		u.press("n")
		u.sees("This is the oldest post of Architecture.")
		u.press("esc")
		u.sees("2 articles", "▌ Post number 3")
	})
}
