package library

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// labels are the categories and tags in use, each as its author wrote it, with its slug: computing slugs again
// would be most of the cost of a new Index. Posts also share the strings of labels through it: otherwise a tag
// on a thousand posts would be stored a thousand times.
type labels map[string]label

type label struct {
	name, slug string
	alone      []string // the list of this name and no other
}

// maxLabels is how many different labels a blog has at most. Each takes some 400 bytes,
// a list of its own included: ten thousand posts with a hundred of their own each
// would take twenty times their size.
const maxLabels = 1 << 16

// of returns the label of a name.
func (ls labels) of(name string) label {
	l, ok := ls[name]
	if !ok {
		// A label outlives the file that it was cut from.
		name = strings.Clone(name)
		l = label{name: name, slug: post.Slugify(name), alone: []string{name}}
		if len(ls) < maxLabels {
			ls[name] = l
		}
	}
	return l
}

// share makes a new post share the strings that are stored already. It returns how many of the post's
// categories and tags were left out because there would be more than maxLabels.
func (ls labels) share(p *post.Post) (omitted int) {
	room := func(names []string) []string {
		return slices.DeleteFunc(names, func(name string) bool {
			_, known := ls[name]
			full := !known && len(ls) >= maxLabels
			if full {
				omitted++
			} else {
				ls.of(name)
			}
			return full
		})
	}
	p.Categories, p.Tags = room(p.Categories), room(p.Tags)
	p.ShareNames(func(names []string) []string {
		if len(names) == 1 {
			return ls.of(names[0]).alone
		}
		shared := slices.Clone(names) // at its size: it may have room for more
		for i, name := range shared {
			shared[i] = ls.of(name).name
		}
		return shared
	})
	for _, name := range [...]*string{&p.Address, &p.Slug} { // mostly parts of the path
		if i := strings.LastIndex(p.Path, *name); i >= 0 {
			*name = p.Path[i : i+len(*name)]
		}
	}
	return omitted
}

// inUse returns the labels of the known posts; it forgets all others.
func (ls labels) inUse(entries []entry) labels {
	used := make(labels, len(ls))
	for i := range entries {
		p := entries[i].post
		if p == nil {
			continue
		}
		for _, names := range [...][]string{p.Categories, p.Tags} {
			for _, name := range names {
				if l, ok := ls[name]; ok {
					used[name] = l
				}
			}
		}
	}
	return used
}
