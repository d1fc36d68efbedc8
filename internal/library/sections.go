package library

import (
	"cmp"
	"path"
	"strings"
)

// section returns the section of Hugo's that the pages of a folder are in: the next folder up that has an
// _index.md, or else the first one.
func (s *Site) section(folder string) string {
	if s.sections == nil || s.sections.Load() == nil {
		return folder
	}
	sections := *s.sections.Load()
	for strings.Contains(folder, "/") && len(folder) > len(s.below) {
		if _, ok := sections[folder]; ok {
			break
		}
		folder = path.Dir(folder)
	}
	return folder
}

// sectionSlugs returns the path of a section in the slugs that Hugo has for it and those above it, and
// whether they are known: a title that Hugo makes up is not.
func (s *Site) sectionSlugs(section string) (slugs string, ok bool) {
	if s.sections == nil || s.sections.Load() == nil {
		return "", false
	}
	words := strings.Split(section, "/")
	for i := range words {
		slug := (*s.sections.Load())[strings.Join(words[:i+1], "/")]
		if slug == "" {
			return "", false
		}
		slugs = path.Join(slugs, slug)
	}
	return slugs, true
}

// findSections finds the folders that have an _index.md, and their slugs.
func (s *Site) findSections(entries []entry) {
	if s.sections == nil {
		return
	}
	sections := make(map[string]string)
	for i := range entries {
		if about := entries[i].about(); about != nil {
			_, _, file := s.cutLanguage(entries[i].path)
			sections[path.Dir(path.Join(s.below, file))] = s.inPattern(cmp.Or(about.Slug, about.Title))
		}
	}
	s.sections.Store(&sections)
}
