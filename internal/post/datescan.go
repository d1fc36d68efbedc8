package post

import "strings"

// Small readers for parseDate and fileDate. Numbers have at most 13 digits, so
// none overflows.

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 13
}

// number returns the value of decimal digits, or -1 if there are too many.
func number(digits string) int {
	if len(digits) > 13 {
		return -1
	}
	n := 0
	for i := 0; i < len(digits); i++ {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// cutNumber returns the number that s starts with, and the rest.
func cutNumber(s string) (n int, rest string) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	return number(s[:end]), s[end:]
}

// cutSep reads sep and a number after it.
func cutSep(s string, sep byte) (n int, rest string, ok bool) {
	if len(s) < 2 || s[0] != sep || s[1] < '0' || s[1] > '9' {
		return 0, s, false
	}
	n, rest = cutNumber(s[1:])
	return n, rest, true
}

// cutFraction reads the digits after a decimal point as nanoseconds.
func cutFraction(s string) (nsec int, rest string) {
	scale := 100_000_000
	for s != "" && s[0] >= '0' && s[0] <= '9' {
		nsec += int(s[0]-'0') * scale
		scale /= 10
		s = s[1:]
	}
	return nsec, s
}

// set sets a part that is not set yet.
func set(part *int, n int) bool {
	if *part != 0 || n <= 0 {
		return false
	}
	*part = n
	return true
}

// isOrdinal tells whether s is what follows the number in 1st, 2nd, 3rd, 4th.
func isOrdinal(s string) bool {
	switch strings.ToLower(s) {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}

// isShort tells whether word is name, or its first three or four letters.
func isShort(word, name string) bool {
	return (len(word) == 3 || len(word) == 4 || len(word) == len(name)) &&
		len(word) <= len(name) && strings.EqualFold(word, name[:len(word)])
}
