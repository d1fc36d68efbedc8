package post

import (
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// kind is the shape of a value, whatever language it was written in.
type kind uint8

const (
	absent kind = iota // also null and "key:" with nothing after it
	scalar
	list
	table
)

// value is one value of front matter. Scalars stay text: what a text means is
// decided by the key that it belongs to, since authors quote dates and leave
// titles such as 2023 or true without quotes.
type value struct {
	name string // its key as written, or "" in a list
	line int    // in the file, from 1
	kind kind
	text string  // of a scalar
	list []value // of a list or a table
	lost string  // what YAML takes for an anchor or a tag, and leaves out
}

// find returns the entry of a table, by its key in any case.
func (v value) find(name string) value {
	for _, e := range v.list {
		if strings.EqualFold(e.name, name) {
			return e
		}
	}
	return value{}
}

// describe tells an author which value is meant.
func (v value) describe() string {
	switch v.kind {
	case list:
		return "a list"
	case table:
		return "a table"
	default:
		return quoted(v.text)
	}
}

// text returns a scalar's text on one line, or "" with a warning.
func (r *report) text(v value) string {
	switch v.kind {
	case absent:
		return ""
	case scalar:
		return plaintext.Line(v.text)
	default:
		r.wrong(v, "a text")
		return ""
	}
}

// flag reads yes or no. YAML 1.1, which Jekyll reads, has more words for it.
func flag(s string) (on, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "on", "y", "1":
		return true, true
	case "false", "no", "off", "n", "0":
		return false, true
	}
	return false, false
}

// minutes reads "7", "6.5", "7 min" or "~7 minutes", rounded up.
func minutes(s string) (n int, ok bool) {
	s = strings.TrimLeft(strings.TrimSpace(s), "~≈ ")
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	unit := ""
	if end >= 0 {
		s, unit = s[:end], strings.TrimLeft(s[end:], " -")
	}
	if unit != "" && !strings.HasPrefix(strings.ToLower(unit), "m") {
		return 0, false // "7 hours", "1e9"
	}
	const most = 24 * 60
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f <= 0 || f > most {
		return 0, false
	}
	n = int(f)
	if float64(n) < f {
		n++
	}
	return n, true
}
