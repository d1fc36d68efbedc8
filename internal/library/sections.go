package library

import (
	"cmp"
	"net/url"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// section is a folder whose own page is one of the website's.
type section struct {
	slug string // or "" if it is not known
	url  string // that its _index.md gives it, or ""
}

// Section returns the URL of the section that a reference in a post names, as Hugo finds it
// (gohugo.io/methods/page/ref), or "" if that is not known, and whether there is one. What is outside of the
// posts folder may be one.
func (s *Site) Section(p *post.Post, target string) (page string, ok bool) {
	target, id, _ := strings.Cut(target, "#")
	name, rooted := post.PagePath(unescaped(target)), strings.HasPrefix(target, "/")
	if s.sections == nil || s.sections.Load() == nil || target == "" {
		return "", false
	}
	var folders []string
	if file := path.Join(s.below, s.fileWithoutLanguage(p)); !rooted {
		folders = append(folders, path.Join(path.Dir(post.PagePath(file)), name), path.Join(path.Dir(file), name))
	}
	if rooted || !strings.HasPrefix(target, ".") {
		folders = append(folders, path.Clean(cmp.Or(name, ".")))
	}
	for _, folder := range folders {
		_, ok = s.sectionAt(folder)
		outside := rooted && s.below != "" && (path.Ext(target) == "" || path.Base(target) == "_index.md") && !strings.HasPrefix(folder+"/", s.below+"/")
		if ok || outside {
			return s.sectionURL(folder, cmp.Or(p.Language, s.Language), id), true
		}
	}
	if rooted || strings.ContainsAny(name, "./") {
		return "", false
	}
	found := ""
	for folder := range *s.sections.Load() {
		if path.Base(folder) == name && found != "" {
			return "", false // Hugo asks for its path
		} else if path.Base(folder) == name {
			found = folder
		}
	}
	if found == "" {
		return "", false
	}
	return s.sectionURL(found, cmp.Or(p.Language, s.Language), id), true
}

// sectionAt returns the section that a folder is, and whether it is one; that of the home page is ".".
func (s *Site) sectionAt(folder string) (found section, ok bool) {
	if s.sections == nil || s.sections.Load() == nil {
		return section{}, false
	}
	found, ok = (*s.sections.Load())[folder]
	return found, ok || folder == "."
}

func (s *Site) sectionURL(folder, language, id string) string {
	home := cmp.Or(s.tongues[language].home, s.URL)
	if home == "" {
		return ""
	}
	folder, ok := s.sectionPath(folder, language)
	if !ok {
		return ""
	}
	page := "/"
	if folder != "." {
		page = "/" + strings.Trim(folder, "/") + "/"
	}
	if page = home + (&url.URL{Path: page}).EscapedPath(); id != "" {
		page += "#" + id
	}
	return page
}

// sectionPath returns the path of a section's own page, and whether it is known.
func (s *Site) sectionPath(folder, language string) (page string, ok bool) {
	found, _ := s.sectionAt(folder)
	if strings.HasPrefix(found.url, "/") { // which has the language, too
		return unescaped(found.url), true
	}
	top, _, _ := strings.Cut(folder, "/")
	switch pattern := s.sectioned[strings.ToLower(top)]; {
	case isURL(found.url):
		return "", false
	case found.url != "":
		folder = found.url
	case pattern != "":
		slugs, known := s.sectionSlugs(folder)
		folder = strings.NewReplacer(":sectionslugs", slugs, ":sections", folder, ":section", top, ":slug", found.slug, ":title", found.slug).Replace(pattern)
		if strings.Contains(folder, ":") || !known && strings.Contains(pattern, "slug") || found.slug == "" && strings.Contains(pattern, ":title") {
			return "", false
		}
	}
	return s.urlize(s.inLanguage(folder, language)), true
}

// section returns the section of Hugo's that the pages of a folder are in: the next folder up that has an
// _index.md, or else the first one.
func (s *Site) section(folder string) string {
	if s.sections == nil || s.sections.Load() == nil {
		return folder
	}
	for strings.Contains(folder, "/") && len(folder) > len(s.below) {
		if _, ok := s.sectionAt(folder); ok {
			break
		}
		folder = path.Dir(folder)
	}
	return folder
}

// sectionSlugs returns the path of a section in the slugs that Hugo has for it and those above it, and
// whether they are known: a title that Hugo makes up is not.
func (s *Site) sectionSlugs(section string) (slugs string, ok bool) {
	words := strings.Split(section, "/")
	for i := range words {
		found, _ := s.sectionAt(strings.Join(words[:i+1], "/"))
		if found.slug == "" {
			return "", false
		}
		slugs = path.Join(slugs, found.slug)
	}
	return slugs, true
}

// findSections finds the folders that have an _index.md, and their slugs, and those that are at the top, of
// which Hugo makes sections by itself.
func (s *Site) findSections(entries []entry) {
	if s.sections == nil {
		return
	}
	sections := make(map[string]section)
	for i := range entries {
		_, _, file := s.cutLanguage(entries[i].path)
		file = path.Join(s.below, file)
		if about := entries[i].about(); about != nil {
			sections[path.Dir(file)] = section{s.inPattern(cmp.Or(about.Slug, about.Title)), about.URL}
		}
		if top, _, inside := strings.Cut(post.PagePath(file), "/"); inside && sections[top] == (section{}) {
			sections[top] = section{}
		}
	}
	s.sections.Store(&sections)
}
