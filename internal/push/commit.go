package push

import (
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxCommit is the largest commit that is taken, in bytes.
const maxCommit = 64 << 10

// parseCommit reads a commit whose header is as "git fsck --strict" wants it.
func parseCommit(h plumbing.Hash, text string) (*Commit, error) {
	wrong := func(what string) error { return fmt.Errorf("commit %.7s %s", h, what) }
	c := &Commit{}
	rest, ok := hashLine(text, "tree ", &c.Tree)
	if !ok {
		return nil, wrong("names no tree: make it anew")
	}
	rest, _ = hashLine(rest, "parent ", &c.Parent)
	if strings.HasPrefix(rest, "parent ") {
		return nil, wrong("is a merge, and the history here is one line: git pull --rebase, and push again")
	}
	for _, key := range []string{"author ", "committer "} {
		line, after, ok := strings.Cut(rest, "\n")
		who, has := strings.CutPrefix(line, key)
		if !ok || !has || !wellSigned(who) {
			return nil, wrong("has no well-formed " + strings.TrimSpace(key) + ": set user.name and user.email, and make it anew")
		}
		rest = after
	}
	if strings.Contains(text, "\x00") {
		return nil, wrong("has a zero byte: make it anew")
	}
	if rest != "" && !strings.HasPrefix(rest, "\n") && !strings.Contains(rest, "\n\n") {
		return nil, wrong("has a header without an end: make it anew")
	}
	return c, nil
}

// hashLine reads a line of a hash, and returns what follows.
func hashLine(text, key string, h *plumbing.Hash) (rest string, ok bool) {
	line, after, ended := strings.Cut(text, "\n")
	value, has := strings.CutPrefix(line, key)
	if !ended || !has || value != strings.ToLower(value) || !plumbing.IsHash(value) || plumbing.NewHash(value).IsZero() {
		return text, false
	}
	*h = plumbing.NewHash(value)
	return after, true
}

// wellSigned reports whether it is "NAME <EMAIL> SECONDS ZONE".
func wellSigned(who string) bool {
	name, rest, ok := strings.Cut(who, " <")
	email, when, ended := strings.Cut(rest, "> ")
	seconds, zone, dated := strings.Cut(when, " ")
	const mostDigits = 18
	switch {
	case !ok || !ended || !dated || strings.ContainsAny(name+email, "<>"):
		return false
	case len(seconds) > mostDigits || !digits(seconds) || len(seconds) > 1 && seconds[0] == '0':
		return false
	}
	return len(zone) == 5 && (zone[0] == '+' || zone[0] == '-') && digits(zone[1:])
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
