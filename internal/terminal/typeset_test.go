package terminal

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// What is written of a row so that its parts stay in their columns: ⟨n⟩ sets the
// column, counted from 1, and K erases what is right of it.
func TestTypeset(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"nothing in doubt", "text ñ 漢字  text", "text ñ 漢字  text"},
		{"newer than some tables", "the ☰ menu", "the ☰⟨7⟩ menu"},
		{"emoji", "🚀🚀 and", "🚀⟨3⟩🚀⟨5⟩ and"},
		{"at the end", "and 🚀", "and 🚀"},
		{"at the end, styled", "\x1b[1mand 🚀\x1b[m", "\x1b[1mand 🚀\x1b[m"},
		{"at the right margin", strings.Repeat("x", 38) + "🚀\x1b[m", strings.Repeat("x", 38) + "🚀\x1b[m"},
		{"ambiguous, in a word", "“some” words", "“some” words"},
		{"before a gap", "“some”   words", "“some”⟨9⟩K words"},
		{"newer than some tables, pushed along", "“a ☰ b”   c", "“a ☰ b”⟨11⟩K c"},
		{"between words", "1 · 2 · 3", "1 · 2 · 3"},
		{"a bullet in a quote", "  ┃ • an item", "  ┃⟨5⟩•⟨7⟩an item"},
		{"a bullet", "• an item", "•⟨3⟩an item"},
		{"a mark in a colour", "\x1b[1;38;5;116m▌ \x1b[mtitle", "\x1b[1;38;5;116m▌⟨3⟩\x1b[mtitle"},
		{"a rule ends where it should", "\x1b[90m───\x1b[m", "\x1b[90m───\x1b[m⟨4⟩K"},
		{"a bar of an empty line", "\x1b[90m│\x1b[m", "\x1b[90m│\x1b[m"},
		{"a bar of an empty line in a quote", "  ┃", "  ┃"},
		{"more pushed than the gap takes", "“a”  b", "“a”  b"},
		{"more than the gap takes, and a date", "“a” “b” “c” “d” “e” “f” “g”…  2026-01-02", "“a” “b” “c” “d” “e” “f” “g”…⟨30⟩K 2026-01-02"},
		{"as much as there is room for", "“a” “b” “c” “d”  2026-01-02", "“a” “b” “c” “d”  2026-01-02"},
		{"two arrows", "↑/↓  b   c", "↑/↓  b⟨9⟩K c"},
		{"rules of a table", "──  ──", "──⟨4⟩K ──⟨7⟩K"},
		{"a gap that is seen", "\x1b[44m“a”  b\x1b[m", "\x1b[44m“a”  b\x1b[m"},
		{"a gap under a link", "\x1b[4m“a”  b\x1b[m", "\x1b[4m“a”  b\x1b[m"},
		{"a gap after what is seen", "\x1b[7m“\x1b[0;2ma”   b\x1b[m", "\x1b[7m“\x1b[0;2ma”⟨6⟩K b\x1b[m"},
		{"a gap at the end", "“a”  ", "“a”  "},
		{"a space with a mark", "“a” \u0301 b", "“a” \u0301 b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := screen{features: featuresOf("xterm")}
			s.resize(40, 1)
			got := string(s.typeset(nil, 0, &edit{text: c.line, first: true}))
			want := c.want
			for _, column := range []string{"3", "4", "5", "6", "7", "9", "11", "30"} {
				want = strings.ReplaceAll(want, "⟨"+column+"⟩", "\x1b["+column+"G")
			}
			if want = strings.ReplaceAll(want, "K", "\x1b[K"); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// The VT102 has no sequence for the column alone.
func TestTypesetOnOldTerminals(t *testing.T) {
	s := screen{features: featuresOf("vt102")}
	s.resize(40, 9)
	if got, want := string(s.typeset(nil, 6, &edit{text: "🚀 a", column: 4})), "🚀\x1b[7;7H a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A row is emptied before cells of it are stepped over.
func TestTypesettingStepsOverEmptyCells(t *testing.T) {
	c := newClient(t, 40, 3, "xterm")
	for _, line := range []string{"xxxxxxxxxxxxxxxxxxxx", "a · b “c”    d", "xxxxxxxxx “y” xxxxxxxxxxx", "xxxxxxxxx • y", "x ☰ x"} {
		c.show(t, line+"\n"+line)
		c.want(t, line+"\n"+line)
	}
	if out := string(c.draw(tea.NewView(""))); strings.Count(out, "\x1b[K") != 2 {
		t.Errorf("emptying two rows is %q", out)
	}
}
