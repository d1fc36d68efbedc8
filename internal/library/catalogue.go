package library

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// entry is what is known of one file. There is one for every post, so its size
// counts.
type entry struct {
	path  string
	stamp stamp
	again bool       // read it again even if its stamp is the same
	kept  bool       // the post is of an earlier version, since the newest is broken
	post  *post.Post // the last good version, if it is a post
	notes *notes     // rarely set fields, or nil
}

// notes are the rarely set fields of an entry.
type notes struct {
	about    *post.IndexFile // the last good version, if it is an _index.md
	problems []post.Problem  // of the newest version
}

func (e *entry) about() *post.IndexFile {
	if e.notes == nil {
		return nil
	}
	return e.notes.about
}

func (e *entry) problems() []post.Problem {
	if e.notes == nil {
		return nil
	}
	return e.notes.problems
}

// differs reports whether the file means something else than it did; old is nil
// if there was none.
func (e *entry) differs(old *entry) bool {
	return old == nil || e.post != old.post || e.kept != old.kept ||
		e.about() != old.about() || !slices.Equal(e.problems(), old.problems())
}

// byPath compares an entry's path with another.
func byPath(e entry, path string) int { return strings.Compare(e.path, path) }

// catalogue is what is known of all files in the folder.
type catalogue struct {
	entries []entry        // sorted by path
	folders []post.Problem // with folders and links
	unread  bool           // a file or a folder could not be read
}

// kept returns the addresses of posts whose newest version is broken and that
// therefore stay as they were.
func (c *catalogue) kept() []string {
	var addresses []string
	for i := range c.entries {
		if e := &c.entries[i]; e.kept && e.post != nil {
			addresses = append(addresses, e.post.Address)
		}
	}
	return addresses
}

// find returns the entry of a file, or nil.
func (c *catalogue) find(path string) *entry {
	if i, ok := slices.BinarySearchFunc(c.entries, path, byPath); ok {
		return &c.entries[i]
	}
	return nil
}

// within reports whether all of these files are in another catalogue, too.
func (c *catalogue) within(other *catalogue) bool {
	rest := cursor{other.entries}
	return !slices.ContainsFunc(c.entries, func(e entry) bool { return rest.seek(e.path) == nil })
}

// posts counts the posts, whoever may read them.
func (c *catalogue) posts() int {
	n := 0
	for i := range c.entries {
		if c.entries[i].post != nil {
			n++
		}
	}
	return n
}

// under returns the entries of the files inside the given folder.
func (c *catalogue) under(folder string) []entry {
	prefix := folder + "/"
	start, _ := slices.BinarySearchFunc(c.entries, prefix, byPath)
	rest := c.entries[start:]
	end := slices.IndexFunc(rest, func(e entry) bool { return !strings.HasPrefix(e.path, prefix) })
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}

// cursor looks entries up whose paths are asked for in ascending order.
type cursor struct{ rest []entry }

// seek returns the entry of path, or nil.
func (c *cursor) seek(path string) *entry {
	for len(c.rest) > 0 && c.rest[0].path < path {
		c.rest = c.rest[1:]
	}
	if len(c.rest) > 0 && c.rest[0].path == path {
		return &c.rest[0]
	}
	return nil
}
