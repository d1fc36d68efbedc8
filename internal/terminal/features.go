package terminal

import (
	"cmp"
	"strings"
)

// features are what may be written to a terminal beyond what a VT102 has. TERM says little, and only TERM
// crosses SSH, so the terminal is asked where there is doubt; queries that an old terminal may print are not
// sent to those known to be old.
type features struct {
	// queries: unknown queries are ignored silently, known ones answered.
	queries bool
	// osc: operating system commands (title, hyperlinks, clipboard) are understood or at least ignored.
	osc bool
	// dcs: device control strings (XTGETTCAP) are ignored if not understood.
	dcs bool
	// lines: lines can be inserted and deleted (IL, DL), as since the VT102.
	lines bool
	// ascii: the client's locale is not UTF-8.
	ascii bool
}

// ASCIIOnly reports whether an environment's locale for characters has another encoding
// than UTF-8 (POSIX.1-2017, 8.2). One that is not set says nothing.
func ASCIIOnly(environ []string) bool {
	locale := localeOf(environ, "LC_CTYPE")
	if locale == "C" || locale == "POSIX" {
		return true
	}
	_, encoding, named := strings.Cut(locale, ".")
	encoding, _, _ = strings.Cut(encoding, "@")
	return named && !strings.EqualFold(strings.ReplaceAll(encoding, "-", ""), "utf8")
}

// Language returns the language in which an environment wants messages, with its region, as
// "pt_BR", or "".
func Language(environ []string) string {
	locale, _, _ := strings.Cut(localeOf(environ, "LC_MESSAGES"), ".")
	locale, _, _ = strings.Cut(locale, "@")
	return locale
}

// localeOf returns the locale of a category in an environment, or "".
func localeOf(environ []string, category string) string {
	return cmp.Or(lookup(environ, "LC_ALL"), lookup(environ, category), lookup(environ, "LANG"))
}

// featuresOf returns the features of a terminal by its TERM.
func featuresOf(term string) features {
	base := term
	if i := strings.IndexAny(term, "-."); i >= 0 {
		base = term[:i]
	}
	switch base {
	case "", "dumb", "unknown", "vt52", "vt100":
		return features{}
	case "linux", "vt102", "vt220", "vt320", "vt420", "vt510", "vt520", "vt525", "ansi", "cons25", "sun", "wsvt25", "pcansi", "cygwin", "hurd",
		"eterm": // Emacs's term-mode prints what it does not know
		return features{lines: true}
	case "putty": // it answers nothing that is asked here, and up to 0.83 prints strings that it does not know
		return features{osc: true, lines: true}
	case "nsterm": // Apple's Terminal prints the contents of DCS
		return features{queries: true, osc: true, lines: true}
	case "screen": // GNU screen hands what is inside to the terminal outside, as text
		return features{queries: true, osc: true, lines: true}
	}
	return features{queries: true, osc: true, dcs: true, lines: true}
}

// Italics reports whether a terminal with that TERM shows italics as such. GNU screen
// inverts them, as if they were selected.
func Italics(term string) bool {
	return term != "screen" && !strings.HasPrefix(term, "screen-") && !strings.HasPrefix(term, "screen.")
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
