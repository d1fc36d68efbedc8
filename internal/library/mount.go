package library

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// mounted is a folder that is mounted as pages, as far as it says which of its files are
// (gohugo.io/configuration/module/#mounts).
type mounted struct {
	folder       string // in that of the posts, "." for all of it; or of the site, until it is known where that is
	above        string // path of the posts folder in it, or ""
	only, except []*regexp.Regexp
}

// mountTables returns the tables of mounts.
func (c config) mountTables() (tables []config) {
	module, _ := c["module"].(map[string]any)
	said, _ := module["mounts"].([]any)
	inTOML, _ := module["mounts"].([]map[string]any)
	for _, table := range inTOML {
		said = append(said, table)
	}
	for _, one := range said {
		if table, _ := one.(map[string]any); len(tables) < maxViews {
			tables = append(tables, folded(table))
		}
	}
	return tables
}

// mountedFiles returns what mounts of pages say of their files.
func (c config) mountedFiles() (all []mounted) {
	for _, mount := range c.mountTables() {
		if !strings.HasPrefix(path.Clean(mount.text("target"))+"/", "content/") {
			continue
		}
		m := mounted{folder: path.Clean(mount.text("source")), only: mount.globs("includefiles"), except: mount.globs("excludefiles")}
		for _, glob := range mount.texts("files") {
			if rest, not := strings.CutPrefix(glob, "!"); not {
				m.except = append(m.except, globExpression(strings.TrimSpace(rest)))
			} else {
				m.only = append(m.only, globExpression(glob))
			}
		}
		all = append(all, m)
	}
	return all
}

// texts returns a text or those of a list, of which it takes as many as there may be languages.
func (c config) texts(key string) (texts []string) {
	if text := c.text(key); text != "" {
		return []string{text}
	}
	list, _ := c[key].([]any)
	for _, one := range list[:min(len(list), maxViews)] {
		if text, _ := one.(string); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func (c config) globs(key string) (globs []*regexp.Regexp) {
	for _, text := range c.texts(key) {
		globs = append(globs, globExpression(text))
	}
	return globs
}

// filter keeps what mounts say of files in the posts folder, which is at a path beside those of the mounts.
func (s *Site) filter(c config, root, here string) {
	for _, m := range c.mountedFiles() {
		at := path.Join(root, m.folder)
		if above, ok := strings.CutPrefix(here+"/", at+"/"); ok {
			m.folder, m.above = ".", above
		} else if inside, ok := strings.CutPrefix(at, here+"/"); ok {
			m.folder = inside
		} else {
			continue
		}
		s.mounted = append(s.mounted, m)
	}
}

// leftOut reports whether a file is in folders that are mounted, and none of these mounts has it.
func (s *Site) leftOut(file string) bool {
	left := false
	for _, m := range s.mounted {
		name, inside := strings.CutPrefix(file, m.folder+"/")
		if m.folder == "." {
			name, inside = m.above+file, true
		}
		if inside && m.has(name) {
			return false
		}
		left = left || inside
	}
	return left
}

// has reports whether a mount has a file, by its path there.
func (m *mounted) has(name string) bool {
	for above := name; above != "."; above = path.Dir(above) { // one may name a folder
		if matchesAny(m.except, above) {
			return false
		}
	}
	return len(m.only) == 0 || matchesAny(m.only, name)
}

func matchesAny(globs []*regexp.Regexp, name string) bool {
	return slices.ContainsFunc(globs, func(g *regexp.Regexp) bool { return g.MatchString(strings.ToLower(name)) })
}
