package library

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// String says why the post is not to be read, for its author.
func (e Excluded) String() string {
	if e.Detail == "" {
		return e.Reason
	}
	return e.Reason + " (" + e.Detail + ")"
}

// folders are what the files of a folder say of the others in it and below.
type folders struct {
	sites    []string             // what may come before a path in the site's
	bundles  map[string]bool      // Hugo's leaf bundles
	cascades map[string][]cascade // of an _index.md
}

type cascade struct {
	*post.Cascade
	target *regexp.Regexp // nil for all
	from   string         // the _index.md
}

func foldersOf(root string, site *Site, entries []entry) *folders {
	f := &folders{bundles: make(map[string]bool), cascades: make(map[string][]cascade)}
	for i := range entries {
		e := &entries[i]
		dir := path.Dir(e.path)
		if about := e.about(); about != nil {
			for i := range about.Cascades {
				c := cascade{Cascade: &about.Cascades[i], from: e.path}
				if c.Target != "" {
					c.target = globExpression(c.Target)
					f.sites = sitePaths(root)
				}
				f.cascades[dir] = append(f.cascades[dir], c)
			}
		}
		// What lies at the top is a site's home page, and never all of a blog.
		// To Jekyll and Zola such a file is one page, and those beside it are others.
		if e.post != nil && dir != "." && site.engine != jekyll && site.engine != zola && isBundle(path.Base(e.path)) {
			f.bundles[dir] = true
		}
	}
	return f
}

// isBundle reports whether a file makes its folder a leaf bundle: index.md, or its
// translation index.fr.md.
func isBundle(base string) bool {
	name, ok := stem(base)
	name, language, _ := strings.Cut(name, ".")
	return ok && name == "index" && len(language) <= len("zh-hant-tw")
}

// withhold returns why a post is not published at any time, or "". What is known of its
// folder comes first: a file of a bundle is no page, whatever it says.
func (f *folders) withhold(p *post.Post) (reason, detail string) {
	if bundle := f.bundleOf(p.Path); bundle != "" {
		return Hidden, "a file of the bundle " + plaintext.Clean(bundle) + ", and no post"
	}
	if inFolder(p.Path, draftsFolder) {
		return Draft, ""
	}
	if inFolder(p.Path, postsFolder) && p.Date.IsZero() {
		return Hidden, "in " + postsFolder + " without a date in its name, as in 2026-01-02-" + plaintext.Clean(path.Base(p.Path))
	}
	hold, from := p.Hold(), ""
	var cascades []*post.Cascade
	for dir := path.Dir(p.Path); !hold.Withheld() && len(f.cascades) > 0; dir = path.Dir(dir) {
		for _, c := range f.cascades[dir] {
			if !hold.Withheld() && f.targets(&c, p) {
				cascades = append(cascades, c.Cascade)
				hold, from = p.Hold(cascades...), c.from
			}
		}
		if dir == "." {
			break
		}
	}
	if !hold.Withheld() {
		return "", ""
	}
	return heldReason(hold, from)
}

// heldReason says that front matter withholds a post: its own, or the one from which
// it cascades.
func heldReason(hold post.Hold, from string) (reason, detail string) {
	reason = Draft
	if hold != post.Draft {
		reason, detail = Hidden, hold.String()
	}
	if from != "" {
		detail = strings.TrimPrefix(detail+", by the cascade of "+plaintext.Clean(from), ", ")
	}
	return reason, detail
}

// bundleOf returns the bundle that a file belongs to without being its post, or "".
// Folders of Jekyll's are never part of one.
func (f *folders) bundleOf(file string) (bundle string) {
	if len(f.bundles) == 0 {
		return ""
	}
	for dir := path.Dir(file); dir != "." && path.Base(dir) != postsFolder && path.Base(dir) != draftsFolder; dir = path.Dir(dir) {
		if f.bundles[dir] && (path.Dir(file) != dir || !isBundle(path.Base(file))) {
			bundle = dir
		}
	}
	return bundle
}

// targets reports whether a cascade is for a post.
func (f *folders) targets(c *cascade, p *post.Post) bool {
	page := strings.ToLower(post.PagePath(p.Path))
	if _, inside, ok := strings.Cut("/"+page, "/content/"); ok {
		page = inside
	}
	return c.target == nil || slices.ContainsFunc(f.sites, func(site string) bool { return c.target.MatchString(site + page) })
}

// sitePaths returns what may come before the paths in a posts folder to make them those of
// the site: nothing, or the folders around it, up to Hugo's content.
func sitePaths(root string) []string {
	sites, site := []string{"/"}, "/"
	for dir := strings.ToLower(root); len(sites) < 4; dir = path.Dir(dir) {
		base := path.Base(dir)
		if base == "content" || base == "." || base == "/" || base == ".." {
			break
		}
		site = "/" + base + site
		sites = append(sites, site)
	}
	return sites
}

// globExpression translates a glob of Hugo's, in which * stays within a folder, ** does
// not, and braces hold alternatives. One that is wrong matches nothing. It needs linear
// time to match.
func globExpression(glob string) *regexp.Regexp {
	expression := strings.NewReplacer(`\*\*`, ".*", `\*`, "[^/]*", `\?`, "[^/]", `\{`, "(?:", `\}`, ")", ",", "|").
		Replace(regexp.QuoteMeta(strings.TrimPrefix(strings.ToLower(glob), "/")))
	matcher, err := regexp.Compile("^/?(?:" + expression + ")$")
	if err != nil {
		return regexp.MustCompile(`[^\s\S]`)
	}
	return matcher
}
