package library

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/post"
)

// maxNamed is the longest name that Named looks up, in bytes.
const maxNamed = 256

// Named is what a name leads to: a post, a category or a tag.
type Named struct {
	Post          *post.Post
	Category, Tag *List
}

// Named returns what somebody means by a name who does not say what it is of: the post that Find
// finds, or else the category, the tag, or the first part of the series of that name. Anybody may
// have chosen the name. It reports false if nothing has it.
func (x *Index) Named(name string) (Named, bool) {
	if name == "" || len(name) > maxNamed || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return Named{}, false
	}
	if p, ok := x.Find(name); ok {
		return Named{Post: p}, true
	}
	slug := post.Slugify(name)
	if slug == "" {
		return Named{}, false
	}
	if l, ok := x.Category(slug); ok {
		return Named{Category: l}, true
	}
	if l, ok := x.Tag(slug); ok {
		return Named{Tag: l}, true
	}
	if p, ok := x.links().find(series, slug, anyPost); ok {
		if parts, _ := x.Series(p.Address); len(parts) > 0 {
			return Named{Post: parts[0]}, true
		}
	}
	return Named{}, false
}
