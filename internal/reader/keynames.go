package reader

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// keyNames returns the names by which a key is looked up: what it types and, should
// that be bound to nothing, what it would type on a keyboard of the usual layout. A
// reader with a Russian, Greek or Hebrew keyboard finds j where everybody does; the
// terminal tells where that is (kitty's protocol, "base layout key"). Letters of the
// Latin script are what they are: on Dvorak, j is the key that types it.
func keyNames(k tea.KeyPressMsg) (name, base string) {
	if k.Code <= unicode.MaxASCII || unicode.Is(unicode.Latin, k.Code) {
		k.BaseCode = 0
	}
	name = Narrow(k.Text)
	if len(name) == 0 || name == " " {
		return k.String(), ""
	}
	if k.BaseCode == 0 || k.BaseCode > unicode.MaxASCII {
		return name, ""
	}
	if base = string(k.BaseCode); k.Mod.Contains(tea.ModShift) {
		base = strings.ToUpper(base)
	}
	return name, base
}

// Narrow returns the ASCII signs that the input methods of Chinese and Japanese have
// in the width of an ideogram (U+FF01 to U+FF5E), and the question mark of Arabic, as
// ASCII.
func Narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '؟':
			return '?'
		default:
			return r
		}
	}, text)
}
