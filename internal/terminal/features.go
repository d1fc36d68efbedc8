package terminal

import "strings"

// features are what may be written to a terminal beyond the common ground of
// the VT102. Few things can be told from TERM, and only TERM crosses SSH, so
// anything in doubt is asked of the terminal itself, and what may print
// rubbish on an old one is kept from those known to be old.
type features struct {
	// queries: unknown questions are swallowed in silence, known ones answered.
	queries bool
	// osc: operating system commands (title, hyperlinks, clipboard) are
	// understood or at least swallowed.
	osc bool
	// dcs: device control strings (XTGETTCAP) are swallowed if not understood.
	dcs bool
	// lines: lines can be inserted and deleted (IL, DL), as since the VT102.
	lines bool
}

// featuresOf tells the features of a terminal by its TERM.
func featuresOf(term string) features {
	base := term
	if i := strings.IndexAny(term, "-."); i >= 0 {
		base = term[:i]
	}
	switch base {
	case "", "dumb", "unknown", "vt52", "vt100":
		return features{}
	case "linux", "vt102", "vt220", "vt320", "ansi", "cons25", "sun", "wsvt25", "pcansi", "cygwin":
		return features{lines: true}
	case "screen": // GNU screen hands what is inside to the terminal outside, as text
		return features{queries: true, osc: true, lines: true}
	}
	return features{queries: true, osc: true, dcs: true, lines: true}
}

// lookup returns the value of key in an environment of "KEY=value" strings.
func lookup(environ []string, key string) string {
	for _, pair := range environ {
		if k, v, ok := strings.Cut(pair, "="); ok && k == key {
			return v
		}
	}
	return ""
}
