package reader

import (
	"fmt"
	"image/color"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/golden"
)

// everyScreen leads to each screen that the reader has, from the list of a
// blog whose newest post is the rich one. A new screen needs a line here.
var everyScreen = []struct {
	name string
	lead func(*user)
	on   string // that the screen shows, at 80×24
}{
	{"list", func(u *user) { u.press("down") }, "▌ Post number 41"},
	{"last page", func(u *user) { u.press("G") }, "PAGE 6 / 6"},
	{"category", func(u *user) { u.press("] ]") }, "articles"},
	{"page prompt", func(u *user) { u.press(":"); u.types("123") }, ":123"},
	{"page notice", func(u *user) { u.press(": 9 9 enter") }, "There are pages 1 to 6"},
	{"chooser", func(u *user) { u.press("c down") }, "4 categories"},
	{"help", func(u *user) { u.press("?") }, "The list"},
	{"help's end", func(u *user) { u.press("? G") }, "0 lines below"},
	{"article", func(u *user) { u.press("enter") }, "A rich post"},
	{"article, scrolled", func(u *user) { u.press("enter space") }, "Padding"},
	{"article's end", func(u *user) { u.press("enter G") }, "100%"},
	{"code, scrolled", func(u *user) { u.press("enter l l l") }, "‹"},
	{"find prompt", func(u *user) { u.press("enter /"); u.types("needle") }, "/needle"},
	{"found", func(u *user) { u.press("enter /"); u.types("needle"); u.press("enter n") }, "2/6"},
	{"not found", func(u *user) { u.press("enter /"); u.types("漢字 that is nowhere"); u.press("enter") }, "not found"},
	{"outline", func(u *user) { u.press("enter t") }, "3 sections"},
	{"copy menu", func(u *user) { u.press("enter y") }, "into your clipboard"},
	{"recently read", func(u *user) { u.press("enter n esc R down") }, "2 posts"},
	{"copied", func(u *user) { u.press("enter y enter") }, "copied"},
	{"link", func(u *user) { u.press("enter tab tab") }, "link 2"},
	{"link followed", func(u *user) { u.press("enter tab tab enter") }, "Second section"},
	{"search", func(u *user) { u.press("/") }, "Type words."},
	{"search, found", func(u *user) { u.press("/"); u.types("post second category:b"); u.press("down down") }, "RESULT 3 / 10"},
	{"search, corrected", func(u *user) { u.press("/"); u.types("numbre") }, "taken for: number"},
	{"search, nothing", func(u *user) { u.press("/"); u.types("漢字" + strings.Repeat("zebra ", 20)) }, "NOTHING FOUND"},
	{"search, opened", func(u *user) { u.press("/"); u.types("golden needle"); u.press("enter") }, "2/7"},
	{"help on the search", func(u *user) { u.press("/ f1") }, "Searching all posts"},
	{"theme", func(u *user) { u.send(tea.BackgroundColorMsg{Color: color.Black}); u.press("T") }, "theme:"},
	{"help on an article", func(u *user) { u.press("enter ?") }, "An article"},
	{"help on the chooser", func(u *user) { u.press("c ?") }, "Categories"},
	{"article's help at its end", func(u *user) { u.press("enter ? G") }, "0 lines below"},
	{"notice", func(u *user) { u.send(Notice(strings.Repeat("A notice that is long. ", 9))) }, "A notice"},
	{"article's notice", func(u *user) { u.press("enter"); u.send(Notice(strings.Repeat("漢字の通知。", 20))) }, "漢字"},
	{"removed while read", func(u *user) { u.press("enter"); delete(u.posts, "rich.md"); u.reload() }, "removed"},
	{"wide characters", func(u *user) { u.posts["wide.md"] = file(wide); u.reload(); u.press("g enter") }, "漢字"},
	{"wide characters in the list", func(u *user) { u.posts["wide.md"] = file(wide); u.reload(); u.press("g") }, "漢字"},
	{"marked list", func(u *user) { u.remembered(); u.press("G g") }, "✓ read"},
	{"greeting", func(u *user) { u.remembered() }, "C goes on"},
	{"first visit", func(u *user) { u.remembered().first = true; u.send(Remembered()) }, "remembered"},
	{"passage kept", func(u *user) { u.remembered(); u.press("g enter g") }, "▌"},
	{"passage begun", func(u *user) { u.remembered(); u.press("down enter v j j enter j w") }, "enter keeps"},
	{"what is kept", func(u *user) { u.remembered(); u.press("S down") }, "1 bookmark · 1 passage"},
	{"marked results", func(u *user) { u.remembered(); u.press("/"); u.types("post second category:b") }, "42%"},
	{"without a key", func(u *user) { u.press("S") }, "Connect with"},
	{"empty", func(u *user) {
		clear(u.posts)
		u.posts["later.md"] = file("---\ntitle: Later\ndraft: true\n---\n") // empty on purpose
		u.reload()
	}, "nothing to read yet"},
}

// TestEveryScreen compares what a terminal shows of every screen at three
// widths, dark and light, with the files of package golden.
func TestEveryScreen(t *testing.T) {
	onEveryScreen(t, func(t *testing.T, u *user, name, _ string) {
		var sheet golden.Sheet
		for _, width := range []int{40, 80, 120} {
			u.resize(width, 24)
			var on [2][]string
			for i, background := range []color.Color{color.Black, color.White} {
				u.send(tea.BackgroundColorMsg{Color: background})
				on[i] = strings.Split(u.model.View().Content, "\n")
			}
			sheet.Add(t, fmt.Sprintf("%d columns", width), width, on[0], on[1])
		}
		path := filepath.Join("testdata", "screens", strings.NewReplacer(" ", "-", ",", "", "'", "").Replace(name)+".golden")
		golden.Compare(t, path, sheet.String(), *update)
	})
}

// TestEverySize shows every screen in every window up to 120×60: no panic, no
// line that is wider than the window, and as many rows as it has.
func TestEverySize(t *testing.T) {
	onEveryScreen(t, func(t *testing.T, u *user, _, on string) {
		u.sees(on)
		sweep(t, u)
	})
}

// onEveryScreen leads a user to each screen; on is what it shows.
func onEveryScreen(t *testing.T, do func(t *testing.T, u *user, name, on string)) {
	t.Helper()
	for _, screen := range everyScreen {
		t.Run(screen.name, func(t *testing.T) {
			at(t, 41, 80, 24, func(t *testing.T, u *user) {
				u.posts["rich.md"] = file(rich)
				u.reload()
				screen.lead(u)
				do(t, u, screen.name, screen.on)
			})
		})
	}
}

// sweep goes through the sizes. Everything that one size needs is done before
// the next comes, pages that have to be rendered too.
func sweep(t *testing.T, u *user) {
	t.Helper()
	step := 1
	if underRace { // which is slow, and finds no other sizes
		step = 7
	}
	for width := 1; width <= 120; width++ {
		fits := make(map[string]bool) // the lines that do, most of which come again
		for height := 1; height <= 60; height += step {
			u.resize(width, height)
			content := u.model.View().Content
			rows := strings.Count(content, "\n") + 1
			if rows > height || rows < height && !tooSmall(width, height) {
				t.Fatalf("%d×%d: the frame has %d rows", width, height, rows)
			}
			for line := range strings.SplitSeq(content, "\n") {
				if len(line) <= width || fits[line] {
					continue
				}
				if cells := max(ansi.StringWidth(line), ansi.StringWidthWc(line)); cells > width {
					t.Fatalf("%d×%d: a row is %d cells wide: %q", width, height, cells, line)
				}
				fits[line] = true
			}
		}
	}
}
