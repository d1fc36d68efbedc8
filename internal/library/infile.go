package library

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// InFile returns the post of a file, by its path in the posts folder, if it is published.
func (x *Index) InFile(path string) (*post.Post, bool) {
	return x.links().find(file, post.PagePath(path), func(p *post.Post) bool { return p.Path == path })
}

// Withheld returns why the valid post of a file is not published.
func (x *Index) Withheld(path string) (Excluded, bool) {
	i, ok := slices.BinarySearchFunc(x.excluded, path, func(e Excluded, path string) int { return strings.Compare(e.Path, path) })
	if !ok {
		return Excluded{}, false
	}
	return x.excluded[i], true
}

// Broken returns the first problem that makes the post of a file unreadable, or "".
func (x *Index) Broken(path string) string {
	i, _ := slices.BinarySearchFunc(x.problems, path, func(p post.Problem, path string) int { return strings.Compare(p.Path, path) })
	for ; i < len(x.problems) && x.problems[i].Path == path; i++ {
		if x.problems[i].Severity == post.Error {
			return x.problems[i].What
		}
	}
	return ""
}
