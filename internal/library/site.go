package library

import (
	"cmp"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sshblog/sshblog/internal/post"
)

// Site is what the configuration of the website says for which the posts are written.
type Site struct {
	// File is the configuration, or "".
	File string
	// URL is that of the home page, without a slash at its end, or "".
	URL string
	// Language is that of posts that do not say theirs, as post.Language gives it, or "".
	Language string

	engine      engine                              // whose it is
	base        string                              // path of the home page, without a slash at its end
	languages   []string                            // that it names, of several
	folders     []spokenFolder                      // that it has for languages, in the posts folder
	home        string                              // language whose pages are not in a folder of it
	permalinks  map[string]string                   // patterns of pages by section, which is "" for the others
	tongues     map[string]tongue                   // what it says of languages
	sectioned   map[string]string                   // patterns of the pages of sections themselves
	ending      string                              // of what Jekyll's pattern gives
	unaccented  bool                                // its paths have no accents
	latin       bool                                // its paths are in Latin letters, whatever those of files are
	below       string                              // path of the pages of the posts folder
	placed      bool                                // that is known
	ugly        map[string]bool                     // sections whose pages are files; "" for all
	hosts       []string                            // home pages of languages that have their own, whose pages are in no folder
	sections    *atomic.Pointer[map[string]section] // of Hugo's, by the paths of their folders
	apart       bool                                // each language has a folder of its own, and nothing else is a page
	subdir      bool                                // the pages in Language are in a folder of it, as others are
	cascades    []post.Cascade                      // what it says for pages
	mounted     []mounted                           // what Hugo's mounts of pages have of the files in the posts folder
	collections map[string]string                   // patterns of Jekyll's collections whose pages are published
	within      string                              // the collection that the posts folder may be
	hexo        bool                                // what is taken for Jekyll's is Hexo's, whose posts need no date
}

// engine is a program that makes a website of posts.
type engine int

const (
	unknownEngine engine = iota
	hugo
	jekyll
	zola
)

// engineOf returns the engine that a configuration is for.
func engineOf(file string, said map[string]any) engine {
	base := path.Base(filepath.ToSlash(file))
	switch _, zolas := said["base_url"]; {
	case strings.HasPrefix(base, "_config."):
		return jekyll
	case base == "zola.toml" || zolas && path.Ext(base) == ".toml":
		return zola
	}
	return hugo
}

// maxSite is the size up to which a configuration is read, in bytes.
const maxSite = 256 << 10

// siteFiles are the names of configurations, of Hugo (gohugo.io/configuration/introduction),
// Zola and Jekyll.
func siteFiles() []string {
	return []string{
		"hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default/hugo.toml", "config/_default/hugo.yaml", "config/_default/config.toml", "config/_default/config.yaml",
		"_config.yml", "_config.yaml", "zola.toml", "config.toml", "config.yaml", "config.yml", "config.json",
	}
}

// FindSite reads the configuration of the website in the folder of the posts, or else in the
// nearest of the three above it. It returns a zero Site if there is none.
func FindSite(folder string) (Site, error) {
	above, err := filepath.Abs(folder)
	if err != nil {
		return Site{}, err
	}
	for range 4 {
		for _, name := range siteFiles() {
			file := filepath.Join(above, filepath.FromSlash(name))
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
				return ReadSite(file, folder)
			}
		}
		above = filepath.Dir(above)
	}
	return Site{sections: new(atomic.Pointer[map[string]section])}, nil // references are mostly Hugo's
}

// ReadSite reads a configuration of Hugo, Zola or Jekyll, for a folder of posts.
func ReadSite(file, folder string) (Site, error) {
	said, err := readConfig(file)
	if err != nil {
		return Site{}, err
	}
	if dir, base := filepath.Split(file); strings.HasPrefix(base, "hugo.") || strings.HasPrefix(base, "config.") {
		if err := readParts(dir, said); err != nil {
			return Site{}, err
		}
	}
	s := Site{File: file, engine: engineOf(file, said)}
	if absolute, err := filepath.Abs(file); err == nil { // the folder's path is
		file = absolute
	}
	s.take(said, file, folder)
	return s, nil
}

// take takes what a configuration says.
func (s *Site) take(said map[string]any, file, folder string) {
	c := folded(said)
	base := c.text("baseurl")
	if s.engine == jekyll {
		base = strings.TrimSuffix(c.text("url"), "/") + strings.TrimSuffix(path.Clean("/"+base), "/")
	}
	if u, err := url.Parse(base); err == nil {
		s.base = strings.TrimSuffix(u.Path, "/")
		if u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
			s.URL = strings.TrimSuffix(u.String(), "/")
		}
	}
	s.languages = c.languages()
	for _, key := range [...]string{"defaultcontentlanguage", "defaultlanguage", "defaultlang", "lang", "locale", "languagecode"} {
		if s.Language == "" {
			s.Language = post.Language(c.text(key), s.languages...)
		}
	}
	if len(s.languages) > 0 && s.Language == "" && s.engine != jekyll {
		s.Language = "en" // that of Hugo and Zola
	}
	if s.engine == jekyll {
		style := c.text("permalink")
		s.permalinks = map[string]string{"": jekyllPattern(style)}
		if s.ending = ".html"; style == "pretty" || strings.HasSuffix(style, "/") {
			s.ending = "/"
		} else if s.permalinks[""] == style && !strings.Contains(style, ":output_ext") {
			s.ending = ""
		}
		s.takeCollections(c, folder)
		s.hexo = c["newpostname"] != nil || c["publicdir"] != nil
		defaults := c.defaults()
		s.cascades = post.SiteCascades(defaults)
		for _, said := range defaults {
			if target, _ := said["target"].(map[string]any); target["path"] == nil && s.Language == "" {
				s.Language = post.Language(folded(said).text("lang"))
			}
		}
		return
	}
	if s.engine == hugo && c["cascade"] != nil {
		s.cascades = post.SiteCascades(c["cascade"])
	}
	s.unaccented, _ = c["removepathaccents"].(bool)
	s.permalinks, s.tongues = c.patterns("page"), c.tongues()
	s.sectioned = c.patterns("section")
	for _, language := range s.languages {
		if home := s.tongues[language].home; home != "" {
			s.hosts = append(s.hosts, home)
		}
	}
	if s.engine == hugo {
		s.sections = new(atomic.Pointer[map[string]section])
	}
	s.home = s.Language
	s.URL = cmp.Or(s.URL, s.tongues[s.home].home)
	s.subdir, _ = c["defaultcontentlanguageinsubdir"].(bool)
	s.ugly = c.ugly()
	slugs, _ := c["slugify"].(map[string]any)
	s.latin = s.engine == zola && cmp.Or(config(slugs).text("paths"), "on") == "on"
	s.place(c, file, folder)
}

// place takes where the pages of the posts folder are on the site.
func (s *Site) place(c config, file, folder string) {
	root, _, _ := strings.Cut(filepath.ToSlash(file), "/config/_default/")
	if root == filepath.ToSlash(file) {
		root = path.Dir(root)
	}
	here, err := filepath.Abs(folder)
	if err != nil {
		return
	}
	s.filter(c, root, filepath.ToSlash(here))
	contents, apart := c.contents(s.home)
	s.apart = apart
	for _, content := range contents {
		content.path = path.Join(root, filepath.ToSlash(content.path))
		below, ok := strings.CutPrefix(filepath.ToSlash(here)+"/", content.path+"/")
		if inside, in := strings.CutPrefix(content.path, filepath.ToSlash(here)+"/"); in && content.language != "" {
			s.folders = append(s.folders, spokenFolder{inside, content.language, content.target})
		}
		if !ok || s.placed {
			continue
		}
		if folder, rest, _ := strings.Cut(below, "/"); content.language == "" && slices.Contains(s.languages, languageOf(folder)) {
			content.language, below = languageOf(folder), rest
		}
		s.below, s.placed = path.Join(content.target, strings.TrimSuffix(below, "/")), true
		s.Language = cmp.Or(content.language, s.Language)
	}
	s.placed = s.placed || s.apart && len(s.folders) > 0 // each tells where its pages are
}

// Places returns where in the folder that would be to which a relative link in a post leads, of which there
// is none if that is on another part of the site; whether the folder has all of the site's pages; and whether
// it is known where the post's page is.
func (s *Site) Places(p *post.Post, target string) (files []string, all, ok bool) {
	base, err := url.Parse(s.Page(p))
	if err != nil || base.Host == "" {
		return nil, false, false
	}
	to, err := base.Parse(target)
	if err != nil {
		return nil, false, false
	}
	pageOf := func(u *url.URL) (page, first string) { // without its language
		page, _ = s.pathOf(u.String())
		page = strings.TrimPrefix(path.Clean("/"+page), "/")
		if first, rest, _ := strings.Cut(page, "/"); slices.Contains(s.languages, languageOf(first)) {
			page = rest
		}
		first, _, _ = strings.Cut(page, "/")
		return page, first
	}
	page, top := pageOf(to)
	if _, own := pageOf(base); top == own && s.patternOf(p) != "" {
		return []string{page}, false, true // of posts
	}
	name, inside := strings.CutPrefix(page+"/", strings.TrimPrefix(s.below+"/", "/"))
	if !inside {
		return nil, false, true
	}
	folder, _, _ := s.cutLanguage(p.Path)
	files = []string{path.Clean(name), path.Join(folder, name)}
	for _, of := range s.folders { // one may stand in for another
		files = append(files, path.Join(of.path, name))
	}
	return files, s.below == "", true
}

// Moved reports whether a post's page is known to be elsewhere than its file.
func (s *Site) Moved(p *post.Post) bool { return s.permalink(p) != "" || s.patternOf(p) != "" }

// Beside reports whether files beside a post are published with it, which Jekyll does not do.
func (s *Site) Beside() bool { return s.engine != jekyll }

// pathOf returns the path of the page that a URL is of, and whether it is one of the site's. What is no
// URL is returned as it is.
func (s *Site) pathOf(name string) (string, bool) {
	u, err := url.Parse(name)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return name, true
	}
	known := false
	for _, home := range append([]string{s.URL}, s.hosts...) {
		home, err := url.Parse(home)
		if err != nil || home.Host == "" {
			continue
		}
		if known = true; strings.EqualFold(u.Host, home.Host) {
			if inside, ok := strings.CutPrefix(u.Path, home.Path+"/"); ok {
				return "/" + inside, true
			}
			return u.Path, true
		}
	}
	return u.Path, !known
}
