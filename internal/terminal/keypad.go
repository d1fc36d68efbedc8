package terminal

import (
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

// typedKeypad returns a key of the keypad as the key that types the same sign.
// Terminals tell them apart in application mode and with kitty's protocol; to
// a reader, + is +.
func typedKeypad(k uv.KeyPressEvent) uv.KeyPressEvent {
	const signs = "=*+,-./0123456789" // in the order of their codes
	if k.Code >= uv.KeyKpEqual && k.Code <= uv.KeyKp9 && k.Mod&^(uv.ModNumLock|uv.ModCapsLock) == 0 {
		k.Code, _ = utf8.DecodeRuneInString(signs[k.Code-uv.KeyKpEqual:])
		k.Text = string(k.Code)
	}
	return k
}
