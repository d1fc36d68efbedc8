package library

import (
	"fmt"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// Changes is the difference between two indexes, as slugs of posts in
// alphabetical order.
type Changes struct {
	Added   []string
	Changed []string // in their content
	Removed []string
}

// Empty tells whether no post was added, changed or removed.
func (c Changes) Empty() bool {
	return len(c.Added)+len(c.Changed)+len(c.Removed) == 0
}

// String says it to a reader: "2 new posts, 1 changed". It is "" if c is
// empty.
func (c Changes) String() string {
	var parts []string
	say := func(n int, adjective, verb string) {
		switch noun := plural(n, strings.TrimSpace(adjective+" post")); {
		case n == 0:
		case len(parts) == 0:
			parts = append(parts, strings.TrimSpace(noun+" "+verb))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, verb))
		}
	}
	say(len(c.Added), "new", "")
	say(len(c.Changed), "", "changed")
	say(len(c.Removed), "", "removed")
	return strings.Join(parts, ", ")
}

// Report tells what a reload did.
type Report struct {
	Changes

	// Kept are the slugs of posts whose newest version is broken and that
	// therefore stay as they were.
	Kept []string
	// Emptied are folders that had posts and have none any more, as those of a volume
	// that is not mounted.
	Emptied []Emptied
	// Problems is what is wrong with files now, sorted by path and line.
	Problems []post.Problem
	// KnownProblems tells that the clock caused this, nobody asked for it, and that
	// Problems are those of the report before.
	KnownProblems bool
	// Unchanged tells that there was nothing to replace the Index for.
	Unchanged bool

	Posts int // that may be read now
	Files int // in the folder
	Read  int // files that were read this time
}

// String says it to an operator, in one line.
func (r Report) String() string {
	parts := []string{r.Changes.String()}
	switch {
	case r.Unchanged:
		parts[0] = "nothing changed"
	case r.Empty():
		parts[0] = "no post changed"
	}
	if n := len(r.Kept); n > 0 {
		parts = append(parts, plural(n, "broken post")+" kept as before")
	}
	if n := len(r.Problems); n > 0 {
		parts = append(parts, plural(n, "problem"))
	}
	return strings.Join(parts, "; ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// diff compares two sets of posts, each sorted by slug.
func diff(before, after []*post.Post) Changes {
	var c Changes
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(before) > 0 && len(after) > 0 && before[0] == after[0]: // nearly always
			before, after = before[1:], after[1:]
		case len(before) == 0 || len(after) > 0 && after[0].Slug < before[0].Slug:
			c.Added = append(c.Added, after[0].Slug)
			after = after[1:]
		case len(after) == 0 || before[0].Slug < after[0].Slug:
			c.Removed = append(c.Removed, before[0].Slug)
			before = before[1:]
		default:
			if before[0].Sum != after[0].Sum {
				c.Changed = append(c.Changed, after[0].Slug)
			}
			before, after = before[1:], after[1:]
		}
	}
	return c
}
