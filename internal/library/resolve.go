package library

import (
	"cmp"
	"hash/maphash"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// Resolver finds the posts that links lead to. It may be used by any number of
// goroutines.
//
// For every name by which a link may mean a post it holds 8 bytes, of which a
// post has four or five: a hash of the name and the post's number. Whether the
// post has the name it looks up in the post.
type Resolver struct {
	posts   []*post.Post
	site    *Site
	base    string   // path of the site's home page, without a slash at its end
	own     string   // language
	folders []string // the last words of the posts folder's path, with a slash after them
	seeds   [kinds]maphash.Seed
	names   []uint64 // hash<<32 | number, sorted: of one name the first post is first
}

// kind is what a name is to a post.
type kind int

const (
	file    kind = iota // its file's path, reduced by post.PagePath
	fileEnd             // the end of that, from a slash on
	address             // that of a translation by itself
	plain               // its slug, or that of its file
	paged               // its page; see pages
	former              // an alias, reduced by post.PagePath
	series              // the slug of its series
	kinds
)

// newResolver returns a Resolver of posts, which must stay as they are. The last words of the
// folder's path may stand before the paths in links: a post of content/blog has the page
// /blog/name/. It takes about half a microsecond a post.
func newResolver(posts []*post.Post, folder, own string, site *Site) *Resolver {
	r := &Resolver{posts: posts, site: site, base: site.base, own: own}
	if home, err := url.Parse(site.URL); err == nil && home.Path != "" {
		r.base = strings.TrimSuffix(home.Path, "/")
	}
	for at := len(folder); at > 0; {
		at = strings.LastIndexByte(folder[:at], '/')
		r.folders = append(r.folders, folder[at+1:]+"/")
	}
	for k := range r.seeds {
		r.seeds[k] = maphash.MakeSeed()
	}
	total := 0
	for _, p := range posts {
		total += 6 + strings.Count(p.Path, "/") + 2*len(p.Aliases())
		if p.Series() != "" {
			total++
		}
	}
	r.names = make([]uint64, 0, total)
	for i, p := range posts {
		add := func(k kind, name string) { r.names = append(r.names, r.first(k, name)|uint64(i)) } //nolint:gosec // an index
		key := post.PagePath(p.Path)
		add(file, key)
		if own := post.AddressOf(p.Path); own != p.Address {
			add(address, own)
		}
		add(plain, p.Slug)
		if name := post.FileSlug(p.Path); name != p.Slug {
			add(plain, name)
		}
		pages := r.pages(p)
		for j, page := range pages {
			if page != "" && !slices.Contains(pages[:j], page) {
				add(paged, page)
			}
		}
		for at := range len(key) {
			if key[at] == '/' {
				add(fileEnd, key[at+1:])
			}
		}
		if name := p.Series(); name != "" {
			add(series, post.Slugify(name))
		}
		for _, alias := range p.Aliases() {
			if add(former, post.PagePath(alias)); r.relative(alias) {
				add(former, r.relativeAlias(p, alias))
			}
		}
	}
	slices.Sort(r.names)
	return r
}

// first returns the smallest value in names for a name.
func (r *Resolver) first(k kind, name string) uint64 {
	return maphash.String(r.seeds[k], name) >> 32 << 32
}

// find returns the first post with the name for which wanted is true.
func (r *Resolver) find(k kind, name string, wanted func(*post.Post) bool) (*post.Post, bool) {
	if name == "" {
		return nil, false
	}
	hash := r.first(k, name)
	for i, _ := slices.BinarySearch(r.names, hash); i < len(r.names) && r.names[i]>>32 == hash>>32; i++ {
		if p := r.posts[uint32(r.names[i])]; r.isNamed(p, k, name) && wanted(p) { //nolint:gosec // the lower half
			return p, true
		}
	}
	return nil, false
}

// anyPost is the condition that every post meets.
func anyPost(*post.Post) bool { return true }

// isNamed reports whether a post has the name, since two names may have one hash.
func (r *Resolver) isNamed(p *post.Post, k kind, name string) bool {
	switch k {
	case file:
		return post.PagePath(p.Path) == name
	case fileEnd:
		key := post.PagePath(p.Path)
		return len(key) > len(name) && strings.HasSuffix(key, name) && key[len(key)-len(name)-1] == '/'
	case address:
		return name != p.Address && name == post.AddressOf(p.Path)
	case paged:
		pages := r.pages(p)
		return slices.Contains(pages[:], name)
	case series:
		return post.Slugify(p.Series()) == name
	case plain:
		return p.Slug == name || post.FileSlug(p.Path) == name
	default:
		return slices.ContainsFunc(p.Aliases(), func(alias string) bool {
			return post.PagePath(alias) == name || r.relative(alias) && r.relativeAlias(p, alias) == name
		})
	}
}

// relative reports whether an alias counts from the folder of its post's page, as in Hugo.
func (r *Resolver) relative(alias string) bool {
	return r.site.engine != zola && r.site.engine != jekyll && !strings.HasPrefix(alias, "/")
}

func (r *Resolver) relativeAlias(p *post.Post, alias string) string {
	return path.Join(path.Dir(r.canonical(p)), post.PagePath(alias))
}

// aliased reports whether an alias of a post leads from the path to it on its site.
func (r *Resolver) aliased(p *post.Post, name string) bool {
	return slices.ContainsFunc(p.Aliases(), func(alias string) bool {
		if r.relative(alias) {
			return r.relativeAlias(p, alias) == name
		}
		return post.PagePath(alias) == name
	})
}

// pages returns the paths that a post's page may have, or "", the likeliest first: that which its front
// matter gives it, or the site's configuration, that of its file, and the same with its slug as the
// last word.
func (r *Resolver) pages(p *post.Post) [4]string {
	page := r.site.pageOf(p)
	slug, last := page, r.site.slug(p)
	if before, ok := strings.CutSuffix(page, last); !ok || before != "" && !strings.HasSuffix(before, "/") {
		slug = path.Join(path.Dir(page), last)
	}
	if r.site.engine == zola || p.HasSlug() {
		page, slug = slug, page
	}
	return [...]string{post.PagePath(unescaped(r.site.permalink(p))), r.site.page(p), page, slug}
}

// canonical returns the path of a post's page, where its engine has it.
func (r *Resolver) canonical(p *post.Post) string {
	pages := r.pages(p)
	return cmp.Or(pages[:]...)
}

// byFile reports whether a post has its page where its file is, below that of the folder.
func (r *Resolver) byFile(p *post.Post) bool {
	return r.site.permalink(p) == "" && r.site.page(p) == ""
}

// fits reports whether a post may be at the path, which is one of its pages. A post of Jekyll's is not at the
// path of its file.
func (r *Resolver) fits(p *post.Post, name string) bool {
	return r.site.engine != jekyll || r.byFile(p) || r.canonical(p) == name
}

// named returns the post that has the name, or the path of a page, that somebody asks for.
func (r *Resolver) named(name string) (*post.Post, bool) {
	for _, own := range [...]string{name, post.AddressOf(name)} {
		if p, ok := r.find(address, own, anyPost); ok {
			return p, true
		}
	}
	if rest, ok := strings.CutPrefix(name, r.base+"/"); ok && r.base != "" {
		name = rest
	}
	name = post.PagePath(name)
	if p, ok := r.at(name, anyPost); ok {
		return p, true
	}
	if p, ok := r.find(plain, name, anyPost); ok {
		return p, true
	}
	if p, ok := r.page(name, asked); ok {
		return p, true
	}
	return r.find(plain, post.FileSlug(path.Base(name)+".md"), anyPost) // whatever stands before it
}

// use is the origin of a path, which decides how exactly it must match.
type use int

const (
	asked    use = iota // typed by somebody
	referred            // written by an author as a reference
	linked              // of a link, which leads to an address of the site or nowhere
)

// page returns the post whose page has the path, which may begin with a language that posts are
// in. See pageIn.
func (r *Resolver) page(name string, by use) (*post.Post, bool) {
	if p, ok := r.pageIn("", name, by); ok {
		return p, true
	}
	folder, rest, _ := strings.Cut(name, "/")
	language := post.Language(folder, r.site.languages...)
	if language == "" {
		return nil, false
	}
	p, ok := r.pageIn(language, rest, by)
	if !ok && (language == r.own || by == asked) {
		p, ok = r.pageIn("", rest, by)
	}
	return p, ok
}

// pageIn returns the post in a language, or in any, whose page has the path: its address, that
// of its file, a former one, or that with the date before its name. Before the date may stand the
// folder's name or the post's category or, where somebody asks, anything.
func (r *Resolver) pageIn(language, name string, by use) (*post.Post, bool) {
	in := func(p *post.Post) bool { return language == "" || p.Language == language }
	names := r.below(name, by == linked)
	above := func(i int) bool { return i == 0 && by == linked && r.site.placed && r.site.below != "" } // where no file's page is
	for i, name := range names {
		if p, ok := r.at(name, func(p *post.Post) bool { return in(p) && (!above(i) || !r.byFile(p)) }); ok {
			return p, true
		}
	}
	for i, name := range names {
		if p, ok := r.find(former, name, func(p *post.Post) bool { return in(p) && (by == asked || r.aliased(p, name)) }); ok {
			return p, true
		}
		if above(i) {
			continue
		}
		if p, ok := r.find(file, name, in); ok {
			return p, true
		}
		for _, name := range [...]string{name, r.site.filePage(name)} { // "Notes/Hello World"
			if p, ok := r.find(paged, name, func(p *post.Post) bool { return in(p) && (by != linked || r.fits(p, name)) }); ok {
				return p, true
			}
		}
		if p, ok := r.dated(name, in, by); ok {
			return p, true
		}
	}
	return nil, false
}

// at returns the post whose page has exactly the path.
func (r *Resolver) at(name string, wanted func(*post.Post) bool) (*post.Post, bool) {
	return r.find(paged, name, func(p *post.Post) bool { return r.canonical(p) == name && wanted(p) })
}

// dated returns the post to which a permalink leads whose last words are a date and a name, as
// /blog/2024/01/02/name/.
func (r *Resolver) dated(name string, in func(*post.Post) bool, by use) (*post.Post, bool) {
	words := strings.Split(name, "/")
	last := len(words) - 1
	for n, layout := range [...]string{1: "2006", 2: "2006/01", 3: "2006/01/02"} {
		if n == 0 || n > last {
			continue
		}
		on := strings.Join(words[last-n:last], "/")
		if _, err := time.Parse(layout, on); err != nil {
			continue
		}
		if p, ok := r.find(plain, post.FileSlug(words[last]+".md"), func(p *post.Post) bool {
			if before := words[:last-n]; by != asked && len(before) > 0 && !slices.ContainsFunc(p.Categories, func(c string) bool { return post.Slugify(c) == post.Slugify(before[0]) }) {
				return false
			}
			return in(p) && (p.Date.Format(layout) == on || p.Date.UTC().Format(layout) == on) && (by != linked || r.mayDate(p, last, layout))
		}); ok {
			return p, true
		}
	}
	return nil, false
}

// mayDate reports whether the page of a post may have a path that ends in a date and its name, with as
// many words before the name: where the site is known, only if its pattern has such a date, which is another
// one where clocks show another time.
func (r *Resolver) mayDate(p *post.Post, last int, layout string) bool {
	if !r.site.placed && r.site.engine != jekyll {
		return true
	}
	words := strings.Split(r.canonical(p), "/")
	if len(words) != last+1 {
		return false
	}
	_, err := time.Parse(layout, strings.Join(words[last-strings.Count(layout, "/")-1:last], "/"))
	return err == nil
}

// Resolve returns the one of the posts that a link in from leads to. The target is what authors
// write who think of files ("queues.md", "../2024/queues.md", Jekyll's
// "_posts/2024-01-02-queues.md") or of pages ("/2024/01/queues/", "../queues/#why"). It leads
// where it would on a site that an engine makes of the posts; nothing is guessed, since a path
// may be that of another part of the site.
//
// A reference, such as Hugo's ref, Jekyll's post_url or a wiki link, names a file before anything
// else, by its path or its name alone. Unless the site is known and Hugo's, it may also be the end of a
// file's path, or a post's plain name. Of posts that are equally good it is the first. An
// absolute URL leads to none.
func (r *Resolver) Resolve(from *post.Post, target string, reference bool) (*post.Post, bool) {
	for _, home := range append([]string{r.site.URL, r.base}, r.site.hosts...) { // some write out the path of the home page
		own, ok := strings.CutPrefix(target, home)
		if !ok || home == "" || reference || !strings.HasPrefix(own, "/") {
			continue
		}
		if p, ok := r.resolve(from, own, false); ok {
			return p, true
		}
	}
	return r.resolve(from, target, reference)
}

func (r *Resolver) resolve(from *post.Post, target string, reference bool) (*post.Post, bool) {
	if here, _, _ := strings.Cut(target, "#"); (here == "." || here == "./") && from != nil && !reference {
		page := r.site.Page(from)
		return from, page == "" || strings.HasSuffix(page, "/") // "." is the folder of another
	}
	w, ok := r.wanted(from, target, reference)
	if !ok {
		return nil, false
	}
	if p, ok := r.fileOf(&w, reference); ok || reference && r.site.engine == hugo && r.site.placed {
		return p, ok
	}
	for _, name := range w.relative {
		if p, ok := r.at(name, anyPost); ok && !w.file {
			return p, true
		}
		if p, ok := r.find(file, name, anyPost); ok {
			return p, true
		}
		if p, ok := r.find(paged, name, func(p *post.Post) bool { return reference || r.fits(p, name) }); ok {
			return p, true
		}
	}
	if w.rooted || reference {
		by := linked
		if reference {
			by = referred
		}
		if p, ok := r.page(w.root, by); ok {
			return p, true
		}
	}
	if !reference {
		return nil, false
	}
	if p, ok := r.find(fileEnd, w.root, anyPost); ok {
		return p, true
	}
	return r.find(plain, post.FileSlug(path.Base(w.root)+".md"), anyPost)
}
