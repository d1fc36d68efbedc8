package textwidth

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lookAlikes are signs of ASCII for characters that decompose into none.
var lookAlikes = strings.NewReplacer( //nolint:gochecknoglobals // it never changes
	"─", "-", "━", "=", "═", "=", "│", "|", "┃", "|", "▌", ">", "▐", "<", "█", "#",
	"┌", "+", "┐", "+", "└", "+", "┘", "+", "├", "+", "┤", "+", "┬", "+", "┴", "+", "┼", "+", "╭", "+", "╮", "+", "╰", "+", "╯", "+",
	"•", "*", "·", "-", "…", "~", "–", "-", "—", "-", "‐", "-", "−", "-",
	"“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "‚", ",", "‹", "<", "›", ">",
	"→", ">", "←", "<", "↑", "^", "↓", "v", "↩", "<", "✓", "v", "✗", "x", "×", "x", "▲", "^", "▼", "v", "▶", ">", "◀", "<",
	"ß", "s", "æ", "a", "Æ", "A", "ø", "o", "Ø", "O", "œ", "o", "Œ", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "ð", "d", "þ", "t",
	"©", "c", "®", "r", "€", "E", "£", "L", "§", "S", "°", "o", "µ", "u",
)

// ASCII returns text with what is not ASCII replaced by what is, in as many cells: by a
// sign that looks like it, the letter without its marks, or question marks. Control
// sequences stay.
func ASCII(text string) string {
	if isASCII(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for t := range Tokens(text) {
		switch {
		case isASCII(t.Text):
			b.WriteString(t.Text)
		case t.Control: // a control of eight bits
		default:
			sign := lookAlikes.Replace(t.Text)
			if !isASCII(sign) {
				sign = norm.NFKD.String(t.Text)
			}
			if r, _ := utf8.DecodeRuneInString(sign); t.Cells == 1 && r >= ' ' && r < 0x7f {
				b.WriteByte(byte(r))
			} else {
				b.WriteString("??"[:min(t.Cells, 2)])
			}
		}
	}
	return b.String()
}

// IsASCII reports whether text is printable ASCII, of which each byte takes a cell.
func IsASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
