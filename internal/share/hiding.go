package share

import (
	"io"
	"regexp"
)

// hiding is a writer that hides the names of shares.
type hiding struct {
	w       io.Writer
	secrets *regexp.Regexp
}

// Hiding returns a writer of log lines, each a Write, in which what may be a share's name stands as
// "draft-…": also one that was mistyped, the beginning of one, and its secret alone.
func Hiding(w io.Writer) io.Writer {
	return &hiding{w, regexp.MustCompile(`(?i)` + prefix + `[a-z0-9]{6,}|\b[a-z2-7]{26}\b`)}
}

func (h *hiding) Write(line []byte) (int, error) {
	hidden := line
	if h.secrets.Match(line) {
		hidden = h.secrets.ReplaceAllLiteral(line, []byte(prefix+"…"))
	}
	if _, err := h.w.Write(hidden); err != nil {
		return 0, err
	}
	return len(line), nil
}
