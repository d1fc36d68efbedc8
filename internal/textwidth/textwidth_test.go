package textwidth

import (
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

const (
	family = "👨‍👩‍👧‍👦"
	hindi  = "लि"
)

func TestOf(t *testing.T) {
	for text, want := range map[string]int{
		"":                      0,
		"plain":                 5,
		"\x1b[1mbold\x1b[m é·─": 8,
		"日本語、":                  8,
		"が":                     2,
		"か\u3099":               2,
		"n\u0308":               1, "cafe\u0301": 4,
		family:    8, // two cells where clusters are known
		hindi:     2, // one
		"👍🏽":      4, // two
		"☁\ufe0f": 2, // one where they are not
		"\x1b]8;;https://x\x1b\\a\x1b]8;;\x1b\\b": 2,
		"\u06dd": 1, "\u0601١": 2, // none and one, by their category
		"a\tb": 2,
		"\xff": 1,
	} {
		if got := Of(text); got != want {
			t.Errorf("Of(%q) is %d, want %d", text, got, want)
		}
	}
}

func TestDoubtful(t *testing.T) {
	for cluster, want := range map[string]Doubt{
		"a": None, "漢": None, "か": None, "한": None, "ß": Ambiguous, "ñ": None, "e\u0301": None, "か\u3099": Disputed,
		"ก": None, "กี": None, "ש\u05c1": None, "ے": None, "क": None, "ﾊ": None,
		"“": Ambiguous, "…": Ambiguous, "·": Ambiguous, "─": Ambiguous, "▌": Ambiguous, "ж": Ambiguous, "α": Ambiguous, "\ue0b0": Ambiguous,
		"°": Ambiguous, "o\u0308": None, "ö": None, "é": Ambiguous,
		"☰": Disputed, "䷀": Disputed, "🫨": Disputed, "🚀": Disputed, "⌚": Disputed, // wide since Unicode 16, 16, 15, 9, 9
		"☁\ufe0f": Disputed, "🇩🇪": Disputed, family: Disputed, hindi: Disputed, "a\u1dcb": Disputed, "\u200d": Disputed, "\u31ef": Disputed,
	} {
		if got := Doubtful(cluster); got != want {
			t.Errorf("Doubtful(%q) is %d, want %d", cluster, got, want)
		}
	}
}

// No doubt means that it is as wide in either measure, in whatever context.
func TestWhatIsNotInDoubtIsAgreed(t *testing.T) {
	for r := rune(0xa0); r <= unicode.MaxRune; r++ {
		s := string(r)
		if Certain(r) && (!Narrow(r) || Doubtful(s) != None) {
			t.Errorf("%U is certain and in doubt", r)
		}
		if Doubtful(s) == None && ansi.StringWidth(s) != ansi.StringWidthWc(s) {
			t.Errorf("%U is not in doubt, and %d or %d cells wide", r, ansi.StringWidth(s), ansi.StringWidthWc(s))
		}
	}
}

func TestCutting(t *testing.T) {
	for _, c := range []struct{ what, got, want string }{
		{"fits", Truncate("abc", 3, "…"), "abc"},
		{"does not", Truncate("abcd", 3, "…"), "ab…"},
		{"no room for the tail", Truncate("abcd", 1, "..."), "a"},
		{"nothing", Truncate("abcd", 0, "…"), ""},
		{"less than nothing", Truncate("abcd", -1, ""), ""},
		{"styled", Truncate("\x1b[1mabcd\x1b[m", 3, "…"), "\x1b[1mab…\x1b[m"},
		{"wide", Truncate("日本語", 5, "…"), "日本…"},
		{"a family fits", Truncate(family+"x", 9, "…"), family + "x"},
		{"a family does not", Truncate("ab"+family, 8, "…"), "ab…"},
		{"a mark stays with its letter", Truncate("abn\u0308", 2, "…"), "a…"},
		{"a mark that is left", Cut("an\u0308b", 1, 99), "n\u0308b"},
		{"a start", Cut("\x1b[1mabcd\x1b[m", 2, 99), "\x1b[1mcd\x1b[m"},
		{"half of a sign", Cut("日本", 1, 99), "本"},
		{"cut", Cut("a\x1b[1mbcd\x1b[me", 1, 3), "\x1b[1mbc\x1b[m"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}

// What is measured without looking at Unicode's tables is as wide in them, in
// whatever context.
func TestTheFastWay(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		var want int
		switch {
		case Narrow(r):
			want = 1
		case wide(r):
			want = 2
		default:
			continue
		}
		s := string(r)
		if a, b := ansi.StringWidth(s), ansi.StringWidthWc(s); a != want || b != want {
			t.Errorf("%U is %d or %d cells wide, not %d", r, a, b, want)
		}
		if cluster, _ := ansi.FirstGraphemeCluster("a"+s, ansi.GraphemeWidth); cluster != "a" {
			t.Errorf("%U joins the character before it", r)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("a\x1b[1m日本"+family+"\x1b[m"+hindi, 3)
	f.Fuzz(func(t *testing.T, text string, n int) {
		n %= 50
		if got := Truncate(text, n, "…"); Of(got) > max(n, 0) {
			t.Errorf("Truncate(%q, %d) is %q, of %d cells", text, n, got, Of(got))
		}
		if whole := Of(text); Of(Cut(text, n, 1<<20)) > max(whole-max(n, 0), 0) {
			t.Errorf("Cut(%q, %d, …) leaves %d of %d cells", text, n, Of(Cut(text, n, 1<<20)), whole)
		}
	})
}

func TestDoubled(t *testing.T) {
	for text, want := range map[string]int{"": 0, "ascii": 5, "ñ 漢": 4, "мир": 6, "\x1b[1m“α”\x1b[m": 6, "☰": 2, "e\u0301α\u0301": 3} {
		if got := Doubled(text); got != want {
			t.Errorf("%q takes %d cells, want %d", text, got, want)
		}
	}
}
