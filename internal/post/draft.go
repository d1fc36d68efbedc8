package post

import (
	"errors"
	"regexp"
	"strings"
)

// errNotDraft says that AsDraft cannot do what its author can.
var errNotDraft = errors.New("its front matter is not of a form that the server changes: write draft: true there, and publish that")

// saysDraft is a line of front matter that says whether a post is a draft.
var saysDraft = regexp.MustCompile(`(?i)^draft[ \t]*[:=]`)

// AsDraft returns the text of a post's file with front matter by which it is a draft. All else stays
// as it is.
func AsDraft(path string, src []byte) ([]byte, error) {
	before, known := Parse(path, src)
	if before == nil {
		return nil, errors.New("it cannot be read: mend it first")
	}
	lines := strings.SplitAfter(string(src), "\n")
	best, least := "", len(known)+1 // problems: no more than there are, and if it can be fewer
	for _, text := range [...]string{drafted(lines, true), drafted(lines, false), "---\ndraft: true\n---\n" + string(src)} {
		if text == "" {
			continue
		}
		after, problems := Parse(path, []byte(text))
		if after != nil && after.Hold() == Draft && after.Body() == before.Body() && after.Title() == before.Title() && len(problems) < least {
			best, least = text, len(problems)
		}
	}
	if best == "" {
		return nil, errNotDraft
	}
	return []byte(best), nil
}

// drafted says in the front matter that lines begin with that the post is a draft, in place of a line
// there that says whether it is one, or in the first; "" if that is neither YAML nor TOML.
func drafted(lines []string, inPlace bool) string {
	says, ok := map[string]string{"---": "draft: true", "+++": "draft = true"}[strings.TrimRight(lines[0], " \t\r\n")]
	if !ok {
		return ""
	}
	says += strings.TrimLeft(lines[0], "-+ \t") // the same end of the line
	for i, line := range lines[1:] {
		if strings.TrimRight(line, " \t\r\n") == strings.TrimRight(lines[0], " \t\r\n") {
			break
		}
		if inPlace && saysDraft.MatchString(line) {
			return strings.Join(lines[:i+1], "") + says + strings.Join(lines[i+2:], "")
		}
	}
	return lines[0] + says + strings.Join(lines[1:], "")
}
