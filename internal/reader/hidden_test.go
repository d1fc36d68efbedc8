package reader

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// hidden are characters that show nothing, and that terminals give no width that
// they agree on. "&shy;" is what Markdown makes the first of.
const hidden = "\u00ad\ufeff\u2060\u200b\u034f\u115f\u3164\uffa0\u180e\u2064\u206a\ufff9\U000e0041\U000e0001\ufffe"

// isShown fails the test if a text has a character that a terminal should not get.
func isShown(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		// Joiners, and the Arabic signs that stand before a number, are shown.
		shown := r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Prepended_Concatenation_Mark, r)
		if unicode.Is(unicode.Cf, r) && !shown || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == '\ufffe' {
			t.Fatalf("%s holds %U: %q", what, r, text)
		}
	}
}

// in puts the hidden characters into every word that has an "x".
func in(text string) string { return strings.ReplaceAll(text, "x", "x"+hidden+"x") }

// hiddenPosts has them in every field that an author can fill.
func hiddenPosts() fstest.MapFS {
	posts := fstest.MapFS{
		"_index.md":              file(in("---\ntitle: Blog x\ntagline: Line x\n---\n")),
		"cat/_index.md":          file(in("---\ntitle: Cat x\ndescription: About x\n---\n")),
		"plain.md":               file(in("# Heading x\n\nNo front matter x, so this is summary x. [link x](other.md)\n")),
		"other.md":               file(in("---\ntitle: Other x\ndate: 2026-01-02\ncategory: cat\ntags: [tag x]\n---\nText.\n")),
		"x" + hidden + "name.md": file("Only text.\n"),
	}
	posts["rich.md"] = file(in("---\ntitle: 'Title x'\ndate: 2026-05-01\ncategories: [cat, 'Other x']\ntags: ['tag x', x]\nauthors: ['Author x']\n" +
		"summary: 'Summary x'\n---\n" +
		"Text so&shy;ft&ZeroWidthSpace;&NoBreak; x `code x` **bold x** <kbd>x</kbd> [link x](https://example.com/x \"title x\") ![image x](https://example.com/x.png)\n\n" +
		"## Section x\n\n> [!NOTE] note x\n> quote x\n\n- item x\n- [ ] task x\n\n| head x | y |\n|---|---|\n| cell x | y |\n\n" +
		"```x\ncode x\n```\n\n    indented x\n\nterm x\n: definition x\n\nnote[^x]\n\n[^x]: foot x\n\n<details><summary>more x</summary>\nhtml x\n</details>\n\n" +
		"<pre>pre x</pre>\n\n{{< youtube x >}}\n\n$$\nmath x\n$$\n\n<https://example.com/x> [post x](other.md) [gone x](gone-x.md)\n"))
	return posts
}

// TestNothingHiddenReachesTheTerminal shows every screen of a blog that has such
// characters in all its fields.
func TestNothingHiddenReachesTheTerminal(t *testing.T) {
	for _, keys := range []string{
		"", "down", "down down", "]", "] ]", "c", "c down", "c down enter", "?", "enter", "enter space", "enter G", "enter t", "enter y", "enter y down down enter",
		"enter tab", "enter tab tab", "enter tab tab tab tab tab tab", "enter tab tab enter", "enter n", "enter G tab enter", "down enter", "down down enter", ": 9 enter", "T",
	} {
		at(t, 0, 80, 40, func(t *testing.T, u *user) {
			maps.Copy(u.posts, hiddenPosts())
			u.reload()
			u.press("g")
			u.press(keys)
			for _, width := range []int{120, 80, 30} {
				u.resize(width, 40)
				view := u.model.View()
				isShown(t, keys+": the window's title", view.WindowTitle)
				isShown(t, keys+": the screen", ansi.Strip(view.Content))
				isShown(t, keys+": the screen, with its links", view.Content)
			}
		})
	}
}

func TestNothingHiddenIsFoundOrTold(t *testing.T) {
	for _, c := range []struct{ keys, types, after string }{{"/", "summary", ""}, {"/", "text", "enter"}, {"/", "tag", ""}, {"enter /", "x", "enter"}} {
		at(t, 0, 80, 40, func(t *testing.T, u *user) {
			maps.Copy(u.posts, hiddenPosts())
			u.reload()
			u.press("g")
			u.press(c.keys)
			u.types(c.types)
			u.press(c.after)
			isShown(t, "the search", u.model.View().Content)
		})
	}
	at(t, 9, 80, 24, func(t *testing.T, u *user) {
		u.send(Notice(in("Notice x \x1b[2J")))
		isShown(t, "the notice", u.model.View().Content)
		u.sees("Notice xx [2J")
	})
}

// Where arrows are drawn twice as wide, a gap behind them is wide enough to take back
// what they push along: the footer ends where it should.
func TestTheFootStandsWhereArrowsAreWide(t *testing.T) {
	screens, err := filepath.Glob("testdata/screens/*.golden")
	if err != nil || len(screens) < 10 {
		t.Fatalf("%d screens: %v", len(screens), err)
	}
	for _, screen := range screens {
		text, err := os.ReadFile(screen)
		if err != nil {
			t.Fatal(err)
		}
		for sheet := range strings.SplitSeq(string(text), "\n=== ") {
			_, footer, _ := strings.Cut(sheet[max(strings.LastIndex(sheet, "\n| "), 0):], "| ")
			footer, _, _ = strings.Cut(footer, "\n")
			checkArrows(t, screen, footer)
		}
	}
}

// checkArrows fails the test if a gap in a footer is too small for the arrows before it.
func checkArrows(t *testing.T, screen, footer string) {
	t.Helper()
	pushed, gap := 0, 0
	for _, r := range strings.TrimSpace(footer) {
		switch {
		case r == ' ':
			gap++
			continue
		case gap > pushed:
			pushed = 0
		case gap > 1 && pushed > 0:
			t.Errorf("%s: a gap of %d cells behind arrows that push by %d: %q", screen, gap, pushed, footer)
		}
		gap = 0
		if strings.ContainsRune("↑↓←→", r) {
			pushed++
		}
	}
}
