package plaintext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func folded(text string) string {
	var to []byte
	for len(text) > 0 {
		var size int
		to, size = AppendFolded(to, text)
		text = text[size:]
	}
	return string(to)
}

func TestFolded(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Plain ASCII, 1-2 \"x\" 'y'", "plain ascii, 1-2 \"x\" 'y'"},
		{"Don’t ‘a’ ‚b‛ 1′ ‹c›", "don't 'a' 'b' 1' 'c'"},
		{"“a” „b‟ 2″ «c»", `"a" "b" 2" "c"`},
		{"no\u2011break \u2010\u2012\u2013\u2014\u2015\u2212", "no-break ------"},
		{"10\u00a0000\u202f000\u2003\u3000.", "10 000 000  ."},
		{"café cafe\u0301 CAFÉ CAFE\u0301 naïve", "cafe cafe cafe cafe naive"},
		{"Việt Vie\u0323\u0302t Vie\u0302\u0323t", "viet viet viet"},
		{"ﬁnd a ﬂow, oﬃce, œuvre, Æsir, straße, STRASSE, ẞ", "find a flow, office, oeuvre, aesir, strasse, strasse, ss"},
		{"Istanbul İstanbul ıI", "istanbul istanbul ii"},
		{"ΟΔΟΣ οδός ſ \u212a", "οδοσ οδοσ s k"},
		{"Ёлка Е\u0308лка", "елка елка"},
		{"after all…", "after all..."},
		{"ｶﾞﾝ ガン カ\u3099ン が か\u3099 か", "ガン ガン ガン が が か"},
		{"한글 \u1112\u1161\u11ab\u1100\u1173\u11af", "한글 한글"},
		{"हिन्दी कु क", "हिन्दी कु क"},
		{"ที่ ไทย", "ที่ ไทย"},
		{"مَدرسة", "مدرسة"},
		{"so\u00adft zero\u200bwidth می\u200cخواهم ⚠️", "soft zerowidth میخواهم ⚠"},
		{"\ufdfa \xff", "\ufdfa \ufffd"},
	} {
		if got := folded(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// What a text is searched as is no more than three times as long, and is found by itself.
func FuzzFolded(f *testing.F) {
	f.Add("Don’t e\u0301 \ufdfa ß")
	f.Add("a" + strings.Repeat("\u0301", 100) + "\u1112\u1161\u11ab")
	f.Fuzz(func(t *testing.T, text string) {
		got := folded(text)
		if len(got) > 3*len(text) || !utf8.ValidString(got) {
			t.Errorf("%q: %q", text, got)
		}
		if utf8.ValidString(text) && folded(got) != got {
			t.Errorf("%q: %q, and that %q", text, got, folded(got))
		}
	})
}
