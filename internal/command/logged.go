package command

import (
	"regexp"
	"strings"
)

// Logged returns the part of a command that may be logged. A code for joining two keys is valid until it is
// used, and a mistyped one reveals most of the right one: so everything after "me" and one word, or after
// "join", is replaced by "…", and so is anything that looks like a code.
func Logged(line string) string {
	var kept []string
	left, hides := 0, false
	for i, word := range strings.Fields(line) {
		option := strings.HasPrefix(word, "-")
		switch name := strings.ToLower(strings.NewReplacer(`"`, "", `'`, "", `\`, "").Replace(word)); {
		case hides && left == 0 && !option:
			return strings.Join(append(kept, "…"), " ")
		case hides && !option:
			left--
		case name == "me":
			hides, left = true, 1
		case name == "join" && i == 0:
			hides = true
		}
		kept = append(kept, word)
	}
	return regexp.MustCompile(`(?i)\b[0-9a-z]{4}(-[0-9a-z]{4}){2}\b`).ReplaceAllLiteralString(line, "…")
}
