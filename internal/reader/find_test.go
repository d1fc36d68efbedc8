package reader

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// A line with many matches costs what they take, and not twice as much with each.
func TestManyMatchesInALine(t *testing.T) {
	at(t, 1, 80, 24, func(t *testing.T, u *user) {
		u.posts["dashes.md"] = file("---\ntitle: Dashes\ndate: 2026-05-01\n---\n" +
			"```sql\n-- " + strings.Repeat("-", 70) + "\n-- **every** eerie *e* [e](https://example.com/e) " + strings.Repeat("e", 20) + "\n```\n\n" +
			"**every** *eerie* [e](https://example.com/e) ~~e~~ `e` " + strings.Repeat("e", 300) + "\n")
		u.reload()
		u.press("g enter /")
		before := len(u.model.View().Content)
		for _, letter := range []string{"-", "e"} {
			u.types(letter)
			u.sees("/" + letter)
			if now := len(u.model.View().Content); now > before+2000*len("\x1b[m\x1b[7m\x1b[m\x1b[1;38;5;116m") {
				t.Fatalf("finding %q makes a frame of %d bytes of one of %d", letter, now, before)
			}
			u.press("backspace")
		}
	})
}

func TestPainted(t *testing.T) {
	const loud, quiet theme.SGR = "\x1b[7m", "\x1b[4m"
	for _, c := range []struct {
		line  string
		parts []paint
		want  string
	}{
		{"abcdef", nil, "abcdef"},
		{"abcdef", []paint{{render.Place{Column: 2, Cells: 2}, loud}}, "ab\x1b[7mcd\x1b[mef"},
		{"abcdef", []paint{{render.Place{Column: 0, Cells: 2}, loud}, {render.Place{Column: 2, Cells: 4}, quiet}}, "\x1b[7mab\x1b[m\x1b[4mcdef\x1b[m"},
		{"a\x1b[1mbc\x1b[0;3mde\x1b[mf", []paint{{render.Place{Column: 2, Cells: 2}, loud}}, "a\x1b[1mb\x1b[m\x1b[7mcd\x1b[m\x1b[0;3me\x1b[mf"},
		{"\x1b]8;;https://x\x1b\\ab\x1b]8;;\x1b\\c", []paint{{render.Place{Column: 1, Cells: 2}, loud}}, "\x1b]8;;https://x\x1b\\a\x1b[7mb\x1b]8;;\x1b\\c\x1b[m"},
		{"日本語", []paint{{render.Place{Column: 2, Cells: 2}, loud}}, "日\x1b[7m本\x1b[m語"},
		{"abc", []paint{{render.Place{Column: 0, Cells: 3}, loud}, {render.Place{Column: 1, Cells: 1}, quiet}}, "\x1b[7mabc\x1b[m"},
	} {
		got := painted(c.line, c.parts)
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
		if ansi.Strip(got) != ansi.Strip(c.line) {
			t.Errorf("%q: the text is %q", c.line, ansi.Strip(got))
		}
	}
}

// While a page is awaited there is nothing to move in, and what was asked for is
// done when it has come.
func TestFindWhileThePageIsAwaited(t *testing.T) {
	// resize asks for a page and does not wait for it.
	resize := func(u *user, width int) {
		u.width = width
		u.holdStill()
		u.update(tea.WindowSizeMsg{Width: width, Height: u.height})
	}
	key := func(u *user, code rune, text string) { u.update(tea.KeyPressMsg{Code: code, Text: text}) }
	atRich(t, func(_ *testing.T, u *user) {
		u.press("/")
		u.types("needle")
		u.press("enter n")
		resize(u, 70)
		key(u, 'n', "n")
		key(u, 'N', "N")
		u.send(nil)
		u.sees("2/6")
	})
	atRich(t, func(_ *testing.T, u *user) {
		u.press("space")
		before := shown[*article](u.model.(*Model)).anchor()
		u.press("/")
		u.types("needle")
		resize(u, 70)
		key(u, tea.KeyEscape, "")
		u.send(nil)
		if now := shown[*article](u.model.(*Model)).anchor(); now.block != before.block {
			t.Errorf("esc leads to block %d, want %d", now.block, before.block)
		}
	})
	atRich(t, func(_ *testing.T, u *user) {
		u.press("/")
		resize(u, 70)
		for _, r := range "needle" {
			key(u, r, string(r))
		}
		key(u, tea.KeyEnter, "")
		u.send(nil)
		u.sees("/needle", "1/6")
	})
}

// A link to a heading leads there once; who has gone elsewhere stays there.
func TestHeadingOfALinkCountsOnce(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("tab tab enter")
		u.sees("Second section")
		u.press("g")
		top := shown[*article](u.model.(*Model)).post.Title()
		u.resize(70, 24)
		u.sees(top)
		u.press("T")
		u.sees(top)
	})
}

// The outline leads to a section wherever it has come to be.
func TestOutlineAfterAResize(t *testing.T) {
	atRich(t, func(_ *testing.T, u *user) {
		u.press("t")
		u.sees("Outline", "Needles")
		u.resize(40, 12)
		u.press("enter")
		if first := strings.TrimSpace(strings.SplitN(u.screen(), "\n", 2)[0]); first != "Needles" {
			t.Errorf("the outline leads to %q:\n%s", first, u.screen())
		}
	})
}

// What is typed is found however the post has it, and past the marks that are none of
// its author's words.
func TestFindWhatIsRead(t *testing.T) {
	at(t, 1, 40, 24, func(_ *testing.T, u *user) {
		u.posts["marks.md"] = file("---\ntitle: Marks\ndate: 2026-05-01\n---\n" +
			"Read what the [manual](https://example.org/m) of the [parser](https://example.org/p) says, and don’t panic ![in time](i.png) at [![the café](b.svg)](https://example.org/b) of a claim,[^1] and another.[^2]\n\n" +
			"| a | b |\n|---|---|\n| one [two](https://example.org/2) three four five six | [seven](https://example.org/7) eight [nine](https://example.org/9) ten |\n\n" +
			"[^1]: First.\n[^2]: Second.\n")
		u.reload()
		u.press("enter")
		for query, marked := range map[string]string{
			"the manual of the parser says":   "the manual of theparser says",
			"don't panic in time at the cafe": "don’t panicin time atthe café",
			"claim, and another":              "claim, and another",
			"one two three":                   "one two three",
			"seven eight nine ten":            "seven eightnine ten",
		} {
			u.press("/")
			u.types(query)
			u.press("enter")
			u.sees("1/1")
			u.seesMarked(marked)
		}
	})
}

// What a table's cell says goes on below, and is found there, though the screen has
// the next cell's words in between.
func TestFindInATable(t *testing.T) {
	at(t, 3, 80, 24, func(_ *testing.T, u *user) {
		u.posts["table.md"] = file("---\ntitle: A table\ndate: 2026-05-01\n---\n" +
			"| setting | what it does |\n|---|---|\n" +
			"| `a.very.long.setting.name.that.is.torn.apart.by.the.cell` | the number of seconds that a reader may be silent before the server asks for a sign of life, or off |\n" +
			"| short | nothing to see, a sign of life |\n\n" +
			"Cell ends: silent short.\n")
		u.reload()
		u.press("enter /")
		u.types("sign of life")
		u.sees("1/2")
		u.press("enter")
		u.seesMarked("signof life") // over the end of a line
		u.press("n")
		u.sees("2/2")
		u.seesMarked("sign oflife")
		u.press("/")
		u.types("before the server asks for")
		u.press("enter")
		u.sees("1/1")
		u.seesMarked("beforethe server asks for")
		u.press("/")
		u.types("apart.by.the.cell")
		u.press("enter")
		u.sees("1/1")
		u.seesMarked("apart.by.the.cell")
		u.press("/")
		u.types("or off short")
		u.press("enter")
		u.sees("not found") // those are two cells
		u.press("esc /")
		u.types("the")
		u.press("enter")
		for _, row := range []string{"1/3", "2/3", "3/3"} { // down the page, whatever the cell
			u.sees(row)
			u.seesMarked("the")
			u.press("n")
		}
	})
}

// A letter that is on every line of a long page: what each of many sessions does that find.
func BenchmarkLook(b *testing.B) {
	p, _ := post.Parse("long.md", []byte("---\ntitle: Long\ndate: 2026-02-01\n---\n"+strings.Repeat("[here](a.md) we see eleven bees between these trees, ", 1600)))
	page, err := render.NewCache(1<<20, 0).Page(b.Context(), nil, p, 80, theme.NewSet().Linear())
	if err != nil {
		b.Fatal(err)
	}
	text := textOf(page)
	b.ReportAllocs()
	for b.Loop() {
		f := find{query: "e"}
		if f.look(page, text); f.len() != maxHits {
			b.Fatal(f.count())
		}
	}
}
