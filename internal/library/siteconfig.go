package library

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"

	"github.com/sshblog/sshblog/internal/post"
)

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
		known := slices.Contains([]string{"languages", "permalinks", "cascade", "module"}, part) && slices.Contains([]string{"toml", "yaml", "yml", "json"}, ext)
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

// config is a configuration, by keys in lower case without "_".
type config map[string]any

func folded(said map[string]any) config {
	c := make(config, len(said))
	for key, v := range said {
		c[strings.ToLower(strings.ReplaceAll(key, "_", ""))] = v
	}
	return c
}

// spokenFolder is a folder of posts in a language, which is "" if it has several, and the path below which
// their pages are.
type spokenFolder struct{ path, language, target string }

// patterns returns the patterns of a kind of pages, by section (gohugo.io/configuration/permalinks).
func (c config) patterns(kind string) map[string]string {
	said, _ := c["permalinks"].(map[string]any)
	if of, ok := said[kind].(map[string]any); ok || kind != "page" {
		said = of
	}
	patterns := make(map[string]string, len(said))
	for section, pattern := range said {
		patterns[strings.ToLower(section)], _ = pattern.(string)
	}
	return patterns
}

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

// contents returns the folders of the site's pages, the deepest first, and whether nothing else is a page:
// those that are mounted, or those of its languages
// (gohugo.io/content-management/multilingual/#translation-by-content-directory) and that of all, the last.
func (c config) contents(home string) (folders []spokenFolder, apart bool) {
	if folders = c.mounts(home); len(folders) > 0 {
		return folders, true
	}
	languages, _ := c["languages"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(languages)) {
		said, _ := languages[key].(map[string]any)
		if dir := folded(said).text("contentdir"); dir != "" && len(folders) < maxViews {
			folders = append(folders, spokenFolder{path: dir, language: languageOf(key)})
		}
	}
	deepestFirst(folders)
	apart = len(languages) > 0 && len(folders) == len(languages)
	return append(folders, spokenFolder{path: cmp.Or(c.text("contentdir"), "content")}), apart
}

func deepestFirst(folders []spokenFolder) {
	slices.SortStableFunc(folders, func(a, b spokenFolder) int { return strings.Compare(b.path, a.path) })
}

// mounts returns the folders that are mounted as pages (gohugo.io/configuration/module/#mounts), those
// without a language in that of the home page. What lies in another is mounted again to stand in for
// translations, and left out.
func (c config) mounts(home string) (folders []spokenFolder) {
	for _, mount := range c.mountTables() {
		target, ok := strings.CutPrefix(path.Clean(mount.text("target"))+"/", "content/")
		source := path.Clean(mount.text("source"))
		if !ok || len(folders) >= maxViews || slices.ContainsFunc(folders, func(in spokenFolder) bool { return strings.HasPrefix(source+"/", in.path+"/") }) {
			continue
		}
		language := mount.text("lang")
		sites, _ := mount["sites"].(map[string]any)
		matrix, _ := sites["matrix"].(map[string]any)
		if of, _ := matrix["languages"].([]any); len(of) == 1 {
			language, _ = of[0].(string)
		}
		folders = append(folders, spokenFolder{source, cmp.Or(languageOf(language), home), strings.TrimSuffix(target, "/")})
	}
	deepestFirst(folders)
	return folders
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
