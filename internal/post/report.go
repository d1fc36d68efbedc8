package post

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// report gathers the problems of one file, and its front matter, which on a
// heap of its own would be nearly half of what parsing allocates beside the text.
type report struct {
	path     string
	format   format
	fields   fields
	unmerged bool // two versions of the text are
	draft    bool // a key that stands in the wrong table makes it one
	problems []Problem
}

func (r *report) warn(line int, format string, args ...any) {
	r.add(Warning, line, format, args...)
}

func (r *report) fail(line int, format string, args ...any) {
	r.add(Error, line, format, args...)
}

func (r *report) note(line int, format string, args ...any) {
	r.add(Notice, line, format, args...)
}

// maxWarnings is how many warnings of one file are worth reading. A hostile
// file could have thousands.
const maxWarnings = 20

// add cleans the message, because messages quote what the author wrote and what
// decoders say about it.
func (r *report) add(s Severity, line int, format string, args ...any) {
	if s != Error && len(r.problems) >= maxWarnings {
		return
	}
	what := plaintext.Clean(fmt.Sprintf(format, args...))
	if len(what) > maxProblem {
		what = plaintext.CutRunes(what, maxProblem) + "…"
	}
	r.problems = append(r.problems, Problem{Path: r.path, Line: line, Severity: s, What: what})
}

// wrong reports a value that is not what its key needs.
func (r *report) wrong(v value, want string) {
	r.warn(v.line, "%s: %s is not %s", quoteKey(v.name), v.describe(), want)
}

// maxProblem is how much a problem says, in bytes: decoders quote whole values.
const maxProblem = 500

// quoted is text for a message: in quotes, escaped, and never long.
func quoted(s string) string {
	const most = 60 // bytes, so that a message stays one line on a wide terminal
	if len(s) > most {
		s = plaintext.CutRunes(s, most) + "…"
	}
	return strconv.Quote(s)
}

// quoteKey shows a key as its author wrote it, if it is a plain word.
func quoteKey(s string) string {
	if len(s) <= 40 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return s
	}
	return quoted(s)
}
