package render

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/textwidth"
)

// Between the columns of a table there is so much room that what signs of ambiguous
// width push along on terminals for East Asian fonts can be taken back there: one space
// more than there are signs. Where the page has no room, the text keeps it.
func TestTablesLeaveRoomForWideSigns(t *testing.T) {
	for _, c := range []struct {
		name, table string
		width       int
		want        []string
	}{
		{"one sign", "|a|b|\n|-|-|\n|→|x|", 60, []string{"a  b", "─  ─", "→  x"}},
		{"quoted", "|a|b|\n|-|-|\n|“qq”|x|\n|lon|y|", 60, []string{"a      b", "────   ─", "“qq”   x", "lon    y"}},
		{"beside what is longer", "|a|b|\n|-|-|\n|“q”|x|\n|long|y|", 60, []string{"a     b", "────  ─", "“q”   x", "long  y"}},
		{"stars", "|a|b|\n|-|-|\n|★★★|x|\n|l|y|", 60, []string{"a      b", "───    ─", "★★★    x", "l      y"}},
		{"to the right", "|a|b|\n|-:|-|\n|“q”|x|\n|long|y|", 60, []string{"   a   b", "────   ─", " “q”   x", "long   y"}},
		{"the last", "|a|b|\n|-|-|\n|x|“q” “r”|", 60, []string{"a  b", "─  ───────", "x  “q” “r”"}},
		{"letters", "|a|b|\n|-|-|\n|привет|x|", 60, []string{"a       b", "──────  ─", "привет  x"}},
		{"few letters", "|a|b|\n|-|-|\n|Δλ = ½|x|", 60, []string{"a         b", "──────    ─", "Δλ = ½    x"}},
		{"of HTML", "<table><tr><td>“q”<td>x</table>", 60, []string{"“q”   x"}},
		{"little room", "|a|b|\n|-|-|\n|“ab” “cd” “ef”|xxxxxxxxxx|", 28, []string{"a                 b", "──────────────    ──────────", "“ab” “cd” “ef”    xxxxxxxxxx"}},
		{"no room", "|a|b|\n|-|-|\n|“ab” “cd” “ef”|xxxxxxxxxxxx|", 28, []string{"a               b", "──────────────  ────────────", "“ab” “cd” “ef”  xxxxxxxxxxxx"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := renderBody(t, c.table+"\n", c.width)
			checkPage(t, page)
			if got := strings.Trim(strings.Join(plainLines(page), "\n"), "\n"); got != strings.Join(c.want, "\n") {
				t.Errorf("it is\n%s\nwant\n%s", got, strings.Join(c.want, "\n"))
			}
		})
	}
}

// On a terminal that has said that it draws such signs in two cells, whole texts fit in the
// page there, and there are more spaces before a cell than signs in the one before it, so
// that it begins in its column. A table that does not fit becomes cards.
func TestTablesOfDoubledSigns(t *testing.T) {
	const towns = "|Город|Country|n|\n|-|:-|-:|\n|Москва|Russia|13 μs|\n|Санкт-Петербург|Russia|5|\n|Αθήνα|Ελλάδα|“6”|\n"
	for _, c := range []struct {
		name, body string
		width      int
		want       string
	}{
		{
			"columns", towns, 60, "" +
				"Город                          Country           n\n" +
				"─────────────────────────────  ───────────  ──────\n" +
				"Москва                         Russia       13 μs\n" +
				"Санкт-Петербург                Russia            5\n" +
				"Αθήνα                          Ελλάδα        “6”",
		},
		{"cards", "|Город|Страна|\n|-|-|\n|Петербург|Россия|\n", 24, "Город\n  Петербург\nСтрана\n  Россия"},
		{
			"cards, heads beside", "|Год|Страна|n|\n|-|-|-|\n|" + strings.Repeat(strings.Repeat("x", 24)+"|", 3) + "\n", 60, "" +
				"Год           xxxxxxxxxxxxxxxxxxxxxxxx\n" +
				"Страна        xxxxxxxxxxxxxxxxxxxxxxxx\n" +
				"n             xxxxxxxxxxxxxxxxxxxxxxxx",
		},
		{"text", "Привет, мир: всё на своих местах.\n", 24, "Привет, мир:\nвсё на своих\nместах."},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), c.body, "", c.width, Dark(colorprofile.ANSI).Doubled())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Trim(strings.Join(plainLines(page), "\n"), "\n"); got != c.want {
				t.Errorf("it is\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Code whose signs take two cells is scrolled sideways as soon as it needs more than the page
// then, and all of it comes to be seen.
func TestCodeOfDoubledSigns(t *testing.T) {
	const comment = "комментарий, длинный"
	for _, c := range []struct {
		code    string
		doubled bool
		reaches int
	}{
		{comment, false, 0}, {comment, true, len([]rune(comment)) - 15}, {"int i = 0; /* ascii */ ", true, 0}, {"коротко", true, 0},
	} {
		look := Dark(colorprofile.ANSI)
		if c.doubled {
			look = look.Doubled()
		}
		page, err := NewRenderer().draw(newBudget(func() {}, t.Context().Err), "```\n"+c.code+"\n```\n", "", 32, look)
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
		if got := page.Code[0].Overflow(); got != c.reaches {
			t.Errorf("%q, doubled %v, is scrolled by %d, want %d", c.code, c.doubled, got, c.reaches)
		}
		for offset := range c.reaches + 1 {
			for _, line := range page.Code[0].View(offset).All() {
				if cells := textwidth.Doubled(ansi.Strip(line)); cells > 33 {
					t.Errorf("%q, scrolled by %d, takes %d cells", line, offset, cells)
				}
			}
		}
	}
}
