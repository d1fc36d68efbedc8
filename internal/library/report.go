package library

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// Changes is the difference between two indexes, as addresses of posts in
// alphabetical order.
type Changes struct {
	Added   []string
	Changed []string // in their content
	Removed []string
}

// Empty reports whether no post was added, changed or removed.
func (c Changes) Empty() bool {
	return len(c.Added)+len(c.Changed)+len(c.Removed) == 0
}

// String describes the changes to a reader: "2 new posts, 1 changed". It is "" if c is empty.
func (c Changes) String() string {
	var parts []string
	say := func(n int, adjective, verb string) {
		switch noun := plaintext.Count(n, strings.TrimSpace(adjective+" post")); {
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

// Report is the result of a reload.
type Report struct {
	Changes

	// Kept are the addresses of posts whose newest version is broken and that
	// therefore stay as they were.
	Kept []string
	// Emptied are folders that had posts and have none any more, as those of a volume
	// that is not mounted.
	Emptied []Emptied
	// Problems is what is wrong with files now, sorted by path and line.
	Problems []post.Problem
	// KnownProblems is true if the clock caused the report, without a request, and Problems are those of the
	// report before.
	KnownProblems bool
	// ByClock is true if the publish or expiry time of a post has come: no file was read.
	ByClock bool
	// Unchanged is true if the Index was not replaced.
	Unchanged bool

	Posts int // that may be read now
	Files int // in the folder
	Read  int // files that were read this time
}

// String describes the reload to an operator, in one line.
func (r Report) String() string {
	parts := []string{r.Changes.String()}
	switch {
	case r.Unchanged:
		parts[0] = "nothing changed"
	case r.Empty():
		parts[0] = "no post changed"
	}
	if n := len(r.Kept); n > 0 {
		parts = append(parts, plaintext.Count(n, "broken post")+" kept as before")
	}
	if n := len(r.Problems); n > 0 {
		parts = append(parts, plaintext.Count(n, "problem"))
	}
	return strings.Join(parts, "; ")
}

// summed returns problems, sorted by path, with one line for notices that say the same of many
// files in a folder.
func summed(problems []post.Problem) []post.Problem {
	const many = 3
	type kind struct{ folder, what string }
	files := make(map[kind][]string)
	for _, p := range problems {
		if k := (kind{path.Dir(p.Path), p.What}); p.Severity == post.Notice {
			files[k] = append(files[k], path.Base(p.Path))
		}
	}
	out := problems[:0]
	for _, p := range problems {
		k := kind{path.Dir(p.Path), p.What}
		switch names := files[k]; {
		case p.Severity != post.Notice || len(names) > 0 && len(names) <= many:
			out = append(out, p)
		case len(names) > many: // the first of them
			const most = 10 // which are a line that can be read
			these := strings.Join(names[:min(len(names), most)], ", ")
			if more := len(names) - most; more > 0 {
				these += fmt.Sprintf(" and %d more", more)
			}
			out = append(out, problem(p.Path, post.Notice, "%d files here (%s): %s", len(names), these, p.What))
			files[k] = nil
		}
	}
	return out
}

// diff compares the posts of two editions.
func diff(old, next *edition) Changes {
	var c Changes
	before, after := old.byAddress, next.byAddress
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(before) == 0 || len(after) > 0 && after[0].Address < before[0].Address:
			c.Added = append(c.Added, after[0].Address)
			after = after[1:]
		case len(after) == 0 || before[0].Address < after[0].Address:
			c.Removed = append(c.Removed, before[0].Address)
			before = before[1:]
		default:
			if before[0] != after[0] && before[0].Sum != after[0].Sum || // nearly always the same
				!slices.EqualFunc(old.translations[before[0].Address], next.translations[after[0].Address], func(a, b *post.Post) bool { return a.Sum == b.Sum }) {
				c.Changed = append(c.Changed, after[0].Address)
			}
			before, after = before[1:], after[1:]
		}
	}
	return c
}
