package terminal

import (
	"strconv"
	"strings"
	"testing"
)

// What is written when one line turns into another.
func TestDifference(t *testing.T) {
	for _, c := range []struct{ name, was, is, want string }{
		{"from nothing", "", "text", "0 text"},
		{"to nothing", "text", "", "0 K"},
		{"shorter", "some text", "some", "0 some K"},
		{"a long start", "a start that both share, one", "a start that both share, two", "25 two"},
		{"a short start", "one", "ones", "0 ones"},
		{"a long end", "1 of the pages there are", "2 of the pages there are", "0 2"},
		{"both", "this is page 1 of the pages", "this is page 2 of the pages", "13 2"},
		{"an end in other columns", "9 of the pages", "10 of the pages", "0 10 of the pages"},
		{"indented", "", "            text", "12 text"},
		{"in a style", "\x1b[1msome words and 12% of them\x1b[m", "\x1b[1msome words and 13% of them\x1b[m", "16 \x1b[1m 3 m"},
		{"a bar", "\x1b[96m======\x1b[m\x1b[90m----\x1b[m", "\x1b[96m=======\x1b[m\x1b[90m---\x1b[m", "6 \x1b[96m = m"},
		{"a rule, which may be twice as long", "some words ━━━━", "some words ━━━─", "11 K ━━━─"},
		{"after what may be twice as wide", "it’s page 1 of many", "it’s page 2 of many", "0 K it’s page 2 of many"},
		{"before it", "page 1: it’s that", "page 2: it’s that", "5 2"},
		{"of a Unicode version", "page 1: ☰ is that", "page 2: ☰ is that", "5 2"},
		{"after one of a Unicode version", "☰ is page 1 of many", "☰ is page 2 of many", "0 K ☰ is page 2 of many"},
		{"in place of it", "☰ is page 1 of many", "that is page 1 of many", "0 K that is page 1 of many"},
		{"what a sign has pushed", "\x1b[7m· word\x1b[m      1%", "· word      1%", "0 7 blank · word"},
		{"what it has pushed, without it", "\x1b[7m· word\x1b[m      1%", "a word      1%", "0 7 blank a word"},
		{"what it may have pushed into the end", "\x1b[7m· word\x1b[m, 1%", "· word, 1%", "0 K · word, 1%"},
		{"after a sign in a reversed row, whose gap is seen", "\x1b[7m• page 1 of many\x1b[m", "\x1b[7m• page 2 of many\x1b[m", "0 K \x1b[7m • page 2 of many\x1b[m"},
		{"after a sign in a coloured row", "\x1b[1;95m• page 1 of many\x1b[m", "\x1b[1;95m• page 2 of many\x1b[m", "7 \x1b[1;95m 2 m"},
		{"nothing that shows", "some text and \x1b[1m\x1b[mmore", "some text and more", "14"},
		{"only styles", "", "\x1b[1m\x1b[m", "0"},
		{"an end in another style", "\x1b[1m1 of the pages\x1b[m", "\x1b[2m2 of the pages\x1b[m", "0 \x1b[2m 2 of the pages\x1b[m"},
		{"before a mark", "some text here e", "some text here e\u0301", "15 e\u0301"},
		{"after a wide character", "世 and the rest of it, 1", "世 and the rest of it, 2", "0 世 and the rest of it, 2"},
		{"wide in between", "some text here 世 and more of it", "some text here 界 and more of it", "14  界 and more of it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := difference(c.was, c.is, 80)
			parts := []string{strconv.Itoa(e.column)}
			if e.clear > 0 {
				parts = append(parts, strconv.Itoa(e.clear)+" blank")
			}
			if e.before {
				parts = append(parts, "K")
			}
			for _, part := range []string{string(e.style.Append(nil)), e.text} {
				if part != "" {
					parts = append(parts, part)
				}
			}
			if e.open {
				parts = append(parts, "m")
			}
			if e.erase {
				parts = append(parts, "K")
			}
			if got := strings.Join(parts, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
