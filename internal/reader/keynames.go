package reader

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// keyNames returns the names by which a key is looked up: what it types and, if that is not bound, what it
// would type on a US keyboard. A reader with a Russian, Greek or Hebrew keyboard can press j where everybody
// does; terminals with kitty's protocol report the position ("base layout key"). Letters of the Latin script
// always mean themselves: on Dvorak, j is the key that types it.
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

// Narrow converts to ASCII the fullwidth signs that the input methods of Chinese and Japanese type (U+FF01 to
// U+FF5E), and the Arabic question mark.
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
