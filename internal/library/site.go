package library

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"

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

	engine     engine            // whose it is
	base       string            // path of the home page, without a slash at its end
	languages  []string          // that it names, of several
	folders    []spokenFolder    // that it has for languages, in the posts folder
	home       string            // language whose pages are not in a folder of it
	permalinks map[string]string // patterns of pages by section, which is "" for the others
	below      string            // path of the pages of the posts folder
	placed     bool              // that is known
	ugly       map[string]bool   // sections whose pages are files; "" for all
	apart      bool              // each language has a folder of its own, and nothing else is a page
	subdir     bool              // the pages in Language are in a folder of it, as others are
	cascades   []post.Cascade    // what it says for pages
	hexo       bool              // what is taken for Jekyll's is Hexo's, whose posts need no date
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
	return Site{}, nil
}

// readConfig reads a file of a configuration.
func readConfig(file string) (map[string]any, error) {
	f, err := os.Open(file) //nolint:gosec // the operator's own
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxSite+1))
	if err == nil && len(text) > maxSite {
		err = fmt.Errorf("it is larger than %d bytes", maxSite)
	}
	said := make(map[string]any)
	if err == nil {
		switch path.Ext(file) {
		case ".toml":
			if line := post.DeepTOML(string(text)); line > 0 { // it would take time and memory beyond measure
				return nil, fmt.Errorf("the website's configuration %s: line %d nests too deep", file, line)
			}
			_, err = toml.NewDecoder(bytes.NewReader(text)).Decode(&said)
		case ".json":
			err = json.Unmarshal(text, &said)
		default:
			err = yaml.Unmarshal(text, &said)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the website's configuration %s: %w", file, err)
	}
	return said, nil
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

// readParts reads the parts of a configuration that Hugo finds in files beside it, of the names of the
// parts (gohugo.io/configuration/introduction/#configuration-directory) and of languages.
func readParts(dir string, said map[string]any) error {
	files, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return err
	}
	given := maps.Clone(said) // which go before files
	slices.SortStableFunc(files, func(a, b os.DirEntry) int {
		return cmp.Compare(strings.Count(a.Name(), "."), strings.Count(b.Name(), "."))
	})
	for _, file := range files {
		words := strings.Split(file.Name(), ".")
		part, ext := words[0], words[len(words)-1]
		known := slices.Contains([]string{"languages", "permalinks", "cascade"}, part) && slices.Contains([]string{"toml", "yaml", "yml", "json"}, ext)
		if info, err := os.Stat(filepath.Join(dir, file.Name())); !known || given[part] != nil || err != nil || !info.Mode().IsRegular() {
			continue
		}
		all, _ := said[part].(map[string]any)
		ofLanguage := part == "languages" && len(words) == 3 && len(all) < maxViews
		if !ofLanguage && (len(words) != 2 || all != nil) {
			continue
		}
		read, err := readConfig(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		if ofLanguage {
			all = maps.Clone(all)
			if all == nil {
				all = make(map[string]any)
			}
			all[words[1]] = read
			read = all
		}
		said[part] = read
	}
	return nil
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
	for _, key := range [...]string{"defaultcontentlanguage", "defaultlanguage", "defaultlang", "lang", "locale", "languagecode"} {
		if s.Language == "" {
			s.Language = post.Language(c.text(key))
		}
	}
	if s.languages = c.languages(); len(s.languages) > 0 && s.Language == "" && s.engine != jekyll {
		s.Language = "en" // that of Hugo and Zola
	}
	s.permalinks = make(map[string]string)
	if s.engine == jekyll {
		s.permalinks[""] = jekyllPattern(c.text("permalink"))
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
	patterns, _ := c["permalinks"].(map[string]any)
	if pages, ok := patterns["page"].(map[string]any); ok {
		patterns = pages
	}
	for section, pattern := range patterns {
		s.permalinks[strings.ToLower(section)], _ = pattern.(string)
	}
	root, _, _ := strings.Cut(filepath.ToSlash(file), "/config/_default/")
	if root == filepath.ToSlash(file) {
		root = path.Dir(root)
	}
	here, err := filepath.Abs(folder)
	if err != nil {
		return
	}
	s.home = s.Language
	s.subdir, _ = c["defaultcontentlanguageinsubdir"].(bool)
	s.ugly = c.ugly()
	contents := c.contents()
	languages, _ := c["languages"].(map[string]any)
	s.apart = len(languages) > 0 && len(contents) == len(languages)+1
	for _, content := range contents {
		content.path = path.Join(root, filepath.ToSlash(content.path))
		below, ok := strings.CutPrefix(filepath.ToSlash(here)+"/", content.path+"/")
		if inside, in := strings.CutPrefix(content.path, filepath.ToSlash(here)+"/"); in && content.language != "" {
			s.folders = append(s.folders, spokenFolder{inside, content.language})
		}
		if !ok || s.placed {
			continue
		}
		if folder, rest, _ := strings.Cut(below, "/"); content.language == "" && slices.Contains(s.languages, post.Language(folder)) {
			content.language, below = post.Language(folder), rest
		}
		s.below, s.placed = strings.TrimSuffix(below, "/"), true
		s.Language = cmp.Or(content.language, s.Language)
	}
}

// config is a configuration, by keys in lower case without "_".
type config map[string]any

func folded(said map[string]any) config {
	c := make(config, len(said))
	for key, v := range said {
		c[strings.ToLower(strings.ReplaceAll(key, "_", ""))] = v
	}
	return c
}

// spokenFolder is a folder of posts in a language, which is "" if it has several.
type spokenFolder struct{ path, language string }

// ugly returns the sections whose pages are files (gohugo.io/configuration/ugly-urls), "" for all.
func (c config) ugly() map[string]bool {
	sections := make(map[string]bool)
	switch said := c["uglyurls"].(type) {
	case bool:
		sections[""] = said
	case map[string]any:
		for section, on := range said {
			sections[strings.ToLower(section)], _ = on.(bool)
		}
	}
	return sections
}

// contents returns the folders of the site's pages: those of its languages
// (gohugo.io/content-management/multilingual/#translation-by-content-directory), the deepest
// first, and that of all.
func (c config) contents() []spokenFolder {
	var folders []spokenFolder
	languages, _ := c["languages"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(languages)) {
		said, _ := languages[key].(map[string]any)
		if dir, language := folded(said).text("contentdir"), post.Language(key); dir != "" && language != "" && len(folders) < maxViews {
			folders = append(folders, spokenFolder{dir, language})
		}
	}
	slices.SortStableFunc(folders, func(a, b spokenFolder) int { return strings.Compare(b.path, a.path) })
	return append(folders, spokenFolder{cmp.Or(c.text("contentdir"), "content"), ""})
}

func (c config) text(key string) string {
	text, _ := c[key].(string)
	return text
}

// defaults returns Jekyll's front matter defaults as cascades of Hugo's, those that go before others
// first: of longer paths, of a type, and those that come later.
func (c config) defaults() []map[string]any {
	said, _ := c["defaults"].([]any)
	type scope struct {
		path  string
		typed bool
		all   map[string]any
	}
	var scopes []scope
	for _, said := range slices.Backward(said) {
		one, _ := said.(map[string]any)
		of, _ := one["scope"].(map[string]any)
		values, _ := one["values"].(map[string]any)
		below, _ := of["path"].(string)
		s := scope{post.PagePath(below), of["type"] != nil, make(map[string]any)}
		maps.Copy(s.all, values)
		target := map[string]any{"type": of["type"]}
		if s.path != "" {
			target["path"] = "{" + s.path + "," + s.path + "/**}"
		}
		s.all["target"] = target
		scopes = append(scopes, s)
	}
	slices.SortStableFunc(scopes, func(a, b scope) int {
		if a.typed != b.typed && len(a.path) == len(b.path) {
			return map[bool]int{true: -1, false: 1}[a.typed]
		}
		return cmp.Compare(len(b.path), len(a.path))
	})
	cascades := make([]map[string]any, 0, len(scopes))
	for _, s := range scopes {
		cascades = append(cascades, s.all)
	}
	return cascades
}

// languages returns the languages that a configuration names, at most maxViews: the keys of Hugo's
// and Zola's languages, or the list of Jekyll's plugins.
func (c config) languages() []string {
	var names []string
	add := func(name any) {
		text, _ := name.(string)
		if language := post.Language(text); language != "" && len(names) < maxViews && !slices.Contains(names, language) {
			names = append(names, language)
		}
	}
	switch said := c["languages"].(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(said)) {
			add(name)
		}
	case []any:
		for _, name := range said {
			add(name)
		}
	}
	return names
}

// Beside reports whether files beside a post are published with it, which Jekyll does not do.
func (s *Site) Beside() bool { return s.engine != jekyll }

// pathOf returns the path of the page that a URL is of, and whether it is one of the site's. What is no
// URL is returned as it is.
func (s *Site) pathOf(name string) (string, bool) {
	u, err := url.Parse(name)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return name, true
	}
	home, err := url.Parse(s.URL)
	if err != nil || s.URL == "" {
		return u.Path, true
	}
	if inside, ok := strings.CutPrefix(u.Path, home.Path+"/"); ok {
		return "/" + inside, strings.EqualFold(u.Host, home.Host)
	}
	return u.Path, strings.EqualFold(u.Host, home.Host)
}
