package library

import (
	"cmp"
	"path"
	"path/filepath"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// collections returns the patterns for the pages of Jekyll's collections, by name, for those that have
// pages (jekyllrb.com/docs/collections), and of its posts, if that is said here.
func (c config) collections() map[string]string {
	patterns := make(map[string]string)
	said, _ := c["collections"].(map[string]any)
	for name, table := range said {
		table, _ := table.(map[string]any)
		one := folded(table)
		if name == "posts" {
			patterns[name] = one.text("permalink")
		} else if on, _ := one["output"].(bool); on {
			patterns[name] = cmp.Or(one.text("permalink"), defaultCollection)
		}
	}
	return patterns
}

const defaultCollection = "/:collection/:path"

// takeCollections takes what a configuration of Jekyll's says of collections, for a folder of posts.
func (s *Site) takeCollections(c config, folder string) {
	s.collections = c.collections()
	if style := s.collections["posts"]; style != "" {
		s.permalinks[""] = jekyllPattern(style)
	}
	delete(s.collections, "posts")
	if folder, err := filepath.Abs(folder); err == nil {
		s.within, _ = strings.CutPrefix(filepath.Base(folder), "_")
	}
}

// published reports whether a folder, by its name, is one of a collection whose pages are published.
func (s *Site) published(folder string) bool {
	name, ok := strings.CutPrefix(folder, "_")
	return ok && s.collections[name] != ""
}

// collectionOf returns the collection of Jekyll's that a file is in, or "", and its path there.
func (s *Site) collectionOf(file string) (name, rest string) {
	if s.collections[s.within] != "" {
		return s.within, file
	}
	for at := 0; len(s.collections) > 0; {
		folder, after, more := strings.Cut(file[at:], "/")
		if !more {
			break
		}
		if s.published(folder) {
			return folder[1:], after
		}
		at += len(folder) + 1
	}
	return "", ""
}

// collected returns what a word of a pattern stands for in a collection only, and whether it is one.
func (s *Site) collected(word, file string) (string, bool) {
	name, rest := s.collectionOf(file)
	switch {
	case name == "":
	case word == "collection":
		return name, true
	case word == "path":
		return strings.TrimSuffix(rest, path.Ext(rest)), true
	case word == "name":
		return jekyllSlug(strings.TrimSuffix(path.Base(rest), path.Ext(rest)), false), true
	}
	return "", false
}

// endingOf returns what Jekyll has at the end of the paths that a pattern gives.
func (s *Site) endingOf(p *post.Post) string {
	name, _ := s.collectionOf(p.Path)
	switch pattern := s.collections[name]; {
	case pattern == "" || pattern == defaultCollection:
		return s.ending
	case strings.HasSuffix(pattern, "/"):
		return "/"
	case strings.HasSuffix(pattern, ":output_ext"), strings.HasSuffix(pattern, ".html"):
		return ".html"
	}
	return ""
}
