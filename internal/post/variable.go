package post

import (
	"cmp"
	"strings"
)

// Variable returns what page.name says in Liquid, or "" if that is not known.
func (p *Post) Variable(name string) string {
	switch name {
	case "title": // not Title, which may ask for this
		_, file := fileDate(stem(p.Path))
		return cmp.Or(p.title, titleFromName(file))
	case "date":
		if !p.Date.IsZero() {
			return p.Date.Format("2006-01-02 15:04:05 -0700")
		}
	case "author":
		return strings.Join(p.Authors(), ", ")
	case "categories", "category":
		return strings.Join(p.Categories, ", ")
	case "tags":
		return strings.Join(p.Tags, ", ")
	case "description", "summary", "excerpt":
		return p.written
	case "slug":
		return p.Slug
	case "path", "name":
		return p.Path
	}
	return ""
}
