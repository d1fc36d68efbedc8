package library

import (
	"cmp"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// String describes for its author why the post is not published.
func (e Excluded) String() string {
	if e.Detail == "" {
		return e.Reason
	}
	return e.Reason + " (" + e.Detail + ")"
}

// folders are what files say about other files in their folder and below it.
type folders struct {
	site       *Site
	own        string               // language of posts that do not say theirs
	dated      bool                 // files in Jekyll's _posts without a date in their name are no posts
	inPosts    bool                 // all files count as in _posts
	sites      []string             // what may come before a path in the site's
	collection string               // the name of the folder of all
	bundles    map[string]bool      // Hugo's leaf bundles
	loose      map[string]bool      // of an unknown engine's, those without a date: files beside that have one are posts
	cascades   map[string][]cascade // of an _index.md
}

type cascade struct {
	*post.Cascade
	target *regexp.Regexp // nil for all
	spoken *regexp.Regexp // nil for all languages
	from   string         // the _index.md
}

func foldersOf(root, own string, site *Site, entries []entry) *folders {
	f := &folders{site: site, own: cmp.Or(own, "en"), bundles: make(map[string]bool), loose: make(map[string]bool), cascades: make(map[string][]cascade)}
	f.dated = site.engine == jekyll && !site.hexo
	f.sites, f.collection = sitePaths(root), path.Base(root)
	f.inPosts = f.dated && f.collection == postsFolder
	for i := range entries {
		e := &entries[i]
		dir := path.Dir(e.path)
		if about := e.about(); about != nil {
			f.take(about.Cascades, dir, e.path)
		}
		// What lies at the top is a site's home page, and never all of a blog.
		// To Jekyll and Zola such a file is one page, and those beside it are others.
		if e.post != nil && dir != "." && site.engine != jekyll && site.engine != zola && isBundle(path.Base(e.path)) {
			f.loose[dir] = site.engine == unknownEngine && e.post.Date.IsZero() && (f.loose[dir] || !f.bundles[dir])
			f.bundles[dir] = true
		}
	}
	f.take(site.cascades, ".", path.Base(filepath.ToSlash(site.File))) // behind all others
	return f
}

// take adds cascades for the posts in a folder.
func (f *folders) take(cascades []post.Cascade, dir, from string) {
	for i := range cascades {
		c := cascade{Cascade: &cascades[i], from: from}
		if c.Zola && f.site.engine != zola {
			continue
		}
		if c.Target != "" {
			c.target = globExpression(c.Target)
		}
		if c.Language != "" {
			c.spoken = globExpression(c.Language)
		}
		f.cascades[dir] = append(f.cascades[dir], c)
	}
}

// isBundle reports whether a file makes its folder a leaf bundle: index.md, or its
// translation index.fr.md.
func isBundle(base string) bool {
	name, ok := stem(base)
	name, language, _ := strings.Cut(name, ".")
	return ok && name == "index" && len(language) <= len("zh-hant-tw")
}

// withhold returns why a post is never published, or "". Its folder is considered first: a file of a bundle is
// no page, whatever it says.
func (f *folders) withhold(p *post.Post, cascades []cascade) (reason, detail string) {
	if bundle := f.bundleOf(p.Path, !p.Date.IsZero()); bundle != "" {
		return Hidden, "a file of the bundle " + plaintext.Clean(bundle) + ", and no post"
	}
	if f.site.outside(p.Path) {
		return Hidden, "in no folder that the website has for its languages"
	}
	if f.site.leftOut(p.Path) {
		return Hidden, "left out of what the website mounts"
	}
	if inFolder(p.Path, draftsFolder) {
		return Draft, ""
	}
	if (f.inPosts || inFolder(p.Path, postsFolder)) && (p.Date.IsZero() || f.dated && !post.HasDate(p.Path)) {
		return Hidden, "in " + postsFolder + " without a date in its name, as in 2026-01-02-" + plaintext.Clean(path.Base(p.Path))
	}
	hold, from := p.Hold(), ""
	for i := 0; i < len(cascades) && !hold.Withheld(); i++ {
		hold, from = p.Hold(said(cascades[:i+1])...), cascades[i].from
	}
	if !hold.Withheld() {
		return "", ""
	}
	return heldReason(hold, from)
}

// cascading returns the cascades for a post, the nearest first.
func (f *folders) cascading(p *post.Post) (cascades []cascade) {
	for dir := path.Dir(p.Path); len(f.cascades) > 0; dir = path.Dir(dir) {
		for _, c := range f.cascades[dir] {
			if f.targets(&c, p) {
				cascades = append(cascades, c)
			}
		}
		if dir == "." {
			break
		}
	}
	return cascades
}

// said returns the contents of cascades.
func said(cascades []cascade) []*post.Cascade {
	all := make([]*post.Cascade, len(cascades))
	for i, c := range cascades {
		all[i] = c.Cascade
	}
	return all
}

// filled is a post with the values of cascades.
type filled struct {
	by   []*post.Cascade
	post *post.Post
}

// fill returns the post with the values of the cascades; the same object as in the index before, if they are
// the same.
func (l *Library) fill(p *post.Post, cascades []cascade, now map[*post.Post]filled) *post.Post {
	by := slices.DeleteFunc(said(cascades), func(c *post.Cascade) bool { return !c.Fills })
	if len(by) == 0 {
		return p
	}
	f := l.filled[p]
	if f.post == nil || !slices.Equal(f.by, by) {
		f = filled{by, p.Filled(by...)}
	}
	now[p] = f
	return f.post
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
func (f *folders) bundleOf(file string, dated bool) (bundle string) {
	if len(f.bundles) == 0 {
		return ""
	}
	for dir := path.Dir(file); dir != "." && path.Base(dir) != postsFolder && path.Base(dir) != draftsFolder; dir = path.Dir(dir) {
		if f.bundles[dir] && (!dated || !f.loose[dir]) && (path.Dir(file) != dir || !isBundle(path.Base(file))) {
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
	_, ending := f.site.splitLanguage(p.Path)
	_, language, _ := f.site.cutLanguage(p.Path)
	if c.spoken != nil && !c.spoken.MatchString(cmp.Or(p.Language, ending, language, f.own)) {
		return false
	}
	if c.Type != "" && c.Type != f.typeOf(p) {
		return false
	}
	return c.target == nil || slices.ContainsFunc(f.sites, func(site string) bool { return c.target.MatchString(site + page) })
}

// typeOf returns what Jekyll calls the type of a post: its collection, or pages.
func (f *folders) typeOf(p *post.Post) string {
	if f.inPosts || inFolder(p.Path, postsFolder) || post.HasDate(p.Path) {
		return "posts"
	}
	if first, _, _ := strings.Cut(p.Path, "/"); first[0] == '_' {
		return first[1:]
	}
	if collection, ok := strings.CutPrefix(f.collection, "_"); ok {
		return collection
	}
	return "pages"
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
// not, and braces hold alternatives, brackets letters. One that is wrong matches nothing. It needs linear
// time to match.
func globExpression(glob string) *regexp.Regexp {
	expression := strings.NewReplacer(`\*\*`, ".*", `\*`, "[^/]*", `\?`, "[^/]", `\[!`, "[^", `\[`, "[", `\]`, "]", `\{`, "(?:", `\}`, ")", ",", "|").
		Replace(regexp.QuoteMeta(strings.TrimPrefix(strings.ToLower(glob), "/")))
	matcher, err := regexp.Compile("^/?(?:" + expression + ")$")
	if err != nil {
		return regexp.MustCompile(`[^\s\S]`)
	}
	return matcher
}
