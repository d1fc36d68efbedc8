package textwidth

import (
	"slices"
	"strconv"
	"strings"
)

// SGR returns the length of the SGR sequence that s begins with, or 0 (ECMA-48
// §8.3.117).
func SGR(s string) int {
	if len(s) < 3 || s[0] != '\x1b' || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// State is what SGR sequences have set since the last that resets all: the
// sequences themselves, so that writing them again sets it again. Its zero value is
// the terminal's default.
type State struct {
	count int
	parts [4]string
}

// Add takes in an SGR sequence.
func (s *State) Add(sequence string) {
	params := sequence[2 : len(sequence)-1]
	if params == "" || params == "0" || strings.HasPrefix(params, "0;") {
		s.count = 0
		if len(params) < 2 {
			return
		}
	}
	if s.count < len(s.parts) {
		s.parts[s.count] = sequence
	}
	s.count++
}

// IsDefault reports whether nothing has been set.
func (s *State) IsDefault() bool { return s.count == 0 }

// Known reports whether there was room for all of it.
func (s *State) Known() bool { return s.count <= len(s.parts) }

// known returns the sequences for which there was room.
func (s *State) known() []string { return s.parts[:min(s.count, len(s.parts))] }

// Equal reports whether both have been set by the same sequences, of which all are
// known.
func (s *State) Equal(t *State) bool {
	return s.count == t.count && s.Known() && slices.Equal(s.known(), t.known())
}

// BlanksAreEmpty reports whether a space looks as a cell that nothing was written
// to: the style has neither a background nor a line.
func (s *State) BlanksAreEmpty() bool {
	return s.Known() && !slices.ContainsFunc(s.known(), showsOnBlanks)
}

// Size is the number of bytes that Append appends.
func (s *State) Size() (n int) {
	for _, sequence := range s.known() {
		n += len(sequence)
	}
	return n
}

// Append appends the sequences that set the state again, as far as they are known.
func (s *State) Append(out []byte) []byte {
	for _, sequence := range s.known() {
		out = append(out, sequence...)
	}
	return out
}

// showsOnBlanks reports whether an SGR sequence sets more than the colour and the
// weight of characters.
func showsOnBlanks(sequence string) bool {
	rest, skip := sequence[2:len(sequence)-1], 0
	for more := true; more; {
		var param string
		param, rest, more = strings.Cut(rest, ";")
		if skip > 0 {
			skip--
			continue
		}
		n, err := 0, error(nil)
		if param != "" {
			n, err = strconv.Atoi(param)
		}
		switch {
		case err != nil, n < 0:
			return true
		case n == 38 && (rest == "5" || strings.HasPrefix(rest, "5;")):
			skip = 2
		case n == 38:
			skip = 4
		case n <= 3, n == 22, n == 23, n >= 30 && n <= 39, n >= 90 && n <= 97:
		default:
			return true
		}
	}
	return false
}
