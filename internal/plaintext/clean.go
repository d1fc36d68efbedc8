package plaintext

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands in for something that must not reach a terminal.
const (
	drop  rune = -1 // nothing
	space rune = ' '
)

// Clean makes one line of text safe to write to a terminal or a log: control
// characters (C0, DEL, C1) and bidirectional overrides are dropped, line and
// page breaks of every kind and tabs become a space, and bytes that are not
// UTF-8 become U+FFFD. What [Visible] drops is dropped. Text that is clean already
// is returned as it is.
//
// Whatever decodes text afterwards (HTML entities, escapes) can bring an ESC
// back: clean what comes out, too.
func Clean(s string) string { return Visible(clean(s, false)) }

// CleanBody makes many lines of text safe in the same way, and keeps newlines,
// tabs and invisible characters, which may be part of code that is copied. CRLF
// and CR become a newline, so lines keep their numbers.
func CleanBody(s string) string { return clean(s, true) }

// CleanTyped makes text that was typed or pasted safe to be shown on the line
// where it is edited. It does what [Clean] does, and also drops what a line of
// input has no use for: bytes that are not UTF-8, and tag characters.
func CleanTyped(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || isTag(r) {
			return drop
		}
		return r
	}, Clean(s))
}

// Visible drops the characters that show nothing and have no width that terminals
// agree on: soft hyphens, zero width spaces and no-break spaces, word joiners,
// fillers and other format characters, and what is no character.
//
// The joiners U+200C and U+200D stay: Persian, Hindi and other languages cannot
// be spelt without them. So do tag characters in the flag of a region (UTS #51,
// ED-14a), and variation selectors.
func Visible(s string) string {
	plain := 0
	for plain < len(s) && s[plain] < utf8.RuneSelf { // nearly all
		plain++
	}
	if !strings.ContainsFunc(s[plain:], invisible) {
		return s
	}
	tags := 0 // how many may follow
	return strings.Map(func(r rune) rune {
		switch {
		case r == blackFlag:
			tags = flagTags
		case tags > 0 && isTag(r):
			tags--
		case invisible(r):
			tags = 0
			return drop
		default:
			tags = 0
		}
		return r
	}, s)
}

// flagTags is how many tag characters a region's flag has at most: a country's two
// letters, three or four of its part (CLDR's subdivision codes), and the end.
const flagTags = 7

// blackFlag is what a region's flag begins with.
const blackFlag = '\U0001f3f4'

func isTag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

// invisible reports whether Visible drops a character, unless it is part of a flag.
func invisible(r rune) bool {
	if r < 0xad || r == 0x200c || r == 0x200d {
		return false
	}
	// Those of Arabic that stand before a number are format characters, and shown.
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || // Hangul fillers, for one
		unicode.Is(unicode.Noncharacter_Code_Point, r)
}

func clean(s string, lines bool) string {
	if lines {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	return strings.Map(func(r rune) rune { return replacement(r, lines) }, s)
}

// IsCleanBody reports whether CleanBody would leave a file as it is. Nearly all
// are clean, so this is what a folder of posts costs: eight plain bytes a step.
func IsCleanBody(src []byte) bool {
	for i := 0; i < len(src); {
		if i+8 <= len(src) {
			odd := oddBytes(binary.LittleEndian.Uint64(src[i:]))
			if odd == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(odd) / 8
		}
		if b := src[i]; b == '\n' || b == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 || replacement(r, true) != r {
			return false
		}
		i += size
	}
	return true
}

// oddBytes returns 0 if eight bytes are printable ASCII, else bits of which the
// lowest is the high bit of the first byte, in memory, that is not.
func oddBytes(x uint64) uint64 {
	const each = 0x0101010101010101
	const high = 0x80 * each
	control := x - 0x20*each        // has the high bit of bytes below 0x20,
	del := (x ^ 0x7f*each) - 1*each // and this that of 0x7f
	// Both borrow from higher bytes, but only above one that they have found: a line end
	// as well, so what comes behind it in the same word is looked at once more.
	odd := (x | control | del) & high
	lineEnd := x ^ '\n'*each
	return odd & (((lineEnd &^ high) + 0x7f*each) | lineEnd)
}

// replacement returns r itself if it is harmless, else what to write for it.
func replacement(r rune, lines bool) rune {
	switch {
	case r >= 0x20 && r < 0x7f:
		return r
	case r == '\n' || r == '\t':
		if lines {
			return r
		}
		return space
	case r == '\r':
		if lines {
			return '\n'
		}
		return space
	case r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
		// Also a space within lines: an editor does not count these as line
		// ends, and Markdown does not break a heading at them.
		return space
	case r < 0xa0: // what is left of C0, DEL and C1
		return drop
	case r == 0x061c, r == 0x200e, r == 0x200f,
		r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return drop
	}
	return r
}

// IsDropped reports whether CleanBody leaves out a character, and shows nothing for it.
func IsDropped(r rune) bool { return replacement(r, true) == drop }

// OneSpace joins the words of clean text by one space each.
func OneSpace(s string) string {
	blank := true // so that a space at the start is one too many
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == ' ':
			if blank {
				return strings.Join(strings.Fields(s), " ")
			}
			blank = true
			continue
		case b < ' ', b == 0xc2, b >= 0xe1 && b <= 0xe3: // other spaces start so
			if r, _ := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) {
				return strings.Join(strings.Fields(s), " ")
			}
		}
		blank = false
	}
	return strings.TrimSuffix(s, " ")
}

// Line returns text as one clean line without blank space around it.
func Line(s string) string {
	s = strings.Trim(s, " ")
	at := 0
	for at < len(s) && s[at] < 0x7f && (s[at] > ' ' || s[at] == ' ' && s[at-1] != ' ') {
		at++
	}
	if at == len(s) {
		return s // as nearly all is
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:at])
	for blank := at == 0 || s[at-1] == ' '; at < len(s); {
		r, size := rune(s[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[at:])
		}
		switch {
		case r == ' ' || r == '\n' || r == '\t':
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
		case isPlain(r):
			b.WriteString(s[at : at+size])
			blank = false
		default:
			return OneSpace(Clean(s))
		}
		at += size
	}
	return strings.TrimSuffix(b.String(), " ")
}

// isPlain reports whether a character stays in a clean line, and is no space. It knows
// what is frequent without looking it up.
func isPlain(r rune) bool {
	if r > ' ' && r < 0x7f || r > 0xad && r < 0x300 || r >= 0x2010 && r <= 0x2027 {
		return true
	}
	return r != utf8.RuneError && replacement(r, false) == r && !invisible(r) && !unicode.IsSpace(r)
}
