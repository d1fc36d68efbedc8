package library

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// languageOf returns what a key among Hugo's or Zola's languages stands for, which may be any word.
func languageOf(key string) string { return cmp.Or(post.Language(key), strings.ToLower(key)) }

// tongue is what a configuration says of a language.
type tongue struct {
	word     string // that is it in paths
	code     string // as post.Language gives it, or ""
	home     string // URL of its home page, if it is not that of the site
	patterns map[string]string
}

// tongues returns what is said of Hugo's and Zola's languages.
func (c config) tongues() map[string]tongue {
	all := make(map[string]tongue)
	languages, _ := c["languages"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(languages)) {
		table, _ := languages[key].(map[string]any)
		said := folded(table)
		if len(all) < maxViews {
			code := cmp.Or(post.Language(said.text("locale")), post.Language(said.text("languagecode")))
			all[languageOf(key)] = tongue{strings.ToLower(key), code, strings.TrimSuffix(said.text("baseurl"), "/"), said.patterns("page")}
		}
	}
	return all
}

// languages returns the languages that a configuration names, at most maxViews: the keys of Hugo's
// and Zola's languages, or the list of Jekyll's plugins.
func (c config) languages() []string {
	var names []string
	add := func(language string) {
		if language != "" && len(names) < maxViews && !slices.Contains(names, language) {
			names = append(names, language)
		}
	}
	switch said := c["languages"].(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(said)) {
			add(languageOf(name))
		}
	case []any:
		for _, name := range said {
			text, _ := name.(string)
			add(post.Language(text))
		}
	}
	return names
}

// splitLanguage splits from a file's name what may be its language.
func (s *Site) splitLanguage(file string) (rest, language string) {
	return post.SplitLanguage(file, s.languages...)
}

// cutLanguage cuts the first folder of a language's name, or that which the site has for one, out of a
// path: blog/es/a.md is blog/a.md in blog/es. Without one the folder is "".
func (s *Site) cutLanguage(file string) (folder, language, rest string) {
	for _, of := range s.folders {
		if rest, ok := strings.CutPrefix(file, of.path+"/"); ok {
			return of.path, of.language, path.Join(of.target, rest)
		}
	}
	for at := 0; ; {
		word, after, more := strings.Cut(file[at:], "/")
		if !more {
			return "", "", file
		}
		if language := post.Language(word, s.languages...); language != "" {
			return file[:at+len(word)], language, file[:at] + after
		}
		at += len(word) + 1
	}
}

// outside reports whether a file is in none of the folders that the site has for its languages.
func (s *Site) outside(file string) bool {
	return s.apart && len(s.folders) > 0 && !slices.ContainsFunc(s.folders, func(of spokenFolder) bool { return strings.HasPrefix(file, of.path+"/") })
}

// fileWithoutLanguage returns the path of a post's file without the folder that says its language.
func (s *Site) fileWithoutLanguage(p *post.Post) string {
	folder, language, rest := s.cutLanguage(p.Path)
	if language == p.Language || slices.ContainsFunc(s.folders, func(of spokenFolder) bool { return of.path == folder }) {
		return rest
	}
	return p.Path
}

// pageOf returns the path of a post's page without its language.
func (s *Site) pageOf(p *post.Post) string { return s.filePage(s.fileWithoutLanguage(p)) }
