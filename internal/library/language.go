package library

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// maxViews is how many languages an edition is read in. Each takes 8 bytes for each post in
// each list, once somebody reads in it.
const maxViews = 64

// In returns the index as it is read in a language, such as "es" or "pt-br": posts that have a
// translation are that. Everything else is the same: which posts there are, their addresses,
// the pages they are on, the categories.
func (x *Index) In(language string) *Index {
	if own := match([]string{x.own}, language); own == language && own != "" {
		return x.base
	}
	language = match(append([]string{x.own}, x.languages...), language)
	if language == "" || language == x.own {
		return x.base
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	view := x.views[language]
	if view == nil {
		view = x.base.translate(language)
		x.views[language] = view
	}
	return view
}

// match returns the one of the languages that is meant by another: itself, or one that differs
// by its region alone; or "".
func match(languages []string, wanted string) string {
	base, _, _ := strings.Cut(wanted, "-")
	best := ""
	for _, l := range languages {
		switch own, _, _ := strings.Cut(l, "-"); {
		case l == wanted:
			return l
		case own == base && (best == "" || l == base):
			best = l
		}
	}
	return best
}

// translate returns the index in a language that some posts have.
func (x *Index) translate(language string) *Index {
	view := &Index{edition: x.edition, language: language}
	list := func(l *List) *List {
		other := *l
		other.index, other.posts = view, make([]*post.Post, len(l.order))
		for i, p := range l.order {
			other.posts[i] = view.translated(p)
		}
		return &other
	}
	group := func(g groups) groups {
		other := groups{bySlug: make(map[string]*List, len(g.lists))}
		for _, l := range g.lists {
			other.lists = append(other.lists, list(l))
			other.bySlug[l.Slug] = other.lists[len(other.lists)-1]
		}
		return other
	}
	view.all, view.categories, view.tags = list(x.all), group(x.categories), group(x.tags)
	return view
}

// translated returns a post of the blog's own language in that of the index, and others as they
// are.
func (x *Index) translated(p *post.Post) *post.Post {
	if p == nil || x.language == "" {
		return p
	}
	others := x.translations[p.Address]
	if slices.Contains(others, p) {
		return p
	}
	languages := make([]string, len(others))
	for i, other := range others {
		languages[i] = other.Language
	}
	if best := match(languages, x.language); best != "" {
		return others[slices.Index(languages, best)]
	}
	return p
}

// Translations returns a post in all its languages, the blog's own first, or nil if it has one.
func (x *Index) Translations(p *post.Post) []*post.Post {
	others := x.translations[p.Address]
	first, ok := x.lookup(p.Address)
	if !ok || len(others) == 0 {
		return nil
	}
	return append([]*post.Post{first}, others...)
}

// Languages returns the languages that posts are translated into, at most 16.
func (x *Index) Languages() []string { return x.languages }

// LanguageOf returns the language of a post, or "" if nothing tells it.
func (x *Index) LanguageOf(p *post.Post) string { return cmp.Or(p.Language, x.own) }

// Again returns what a post of an older index has become: that at its address, in its language
// if that is still there.
func (x *Index) Again(p *post.Post) (*post.Post, bool) {
	now, ok := x.lookup(p.Address)
	if !ok { // it may have another address by now
		return x.links().find(file, post.PagePath(p.Path), func(q *post.Post) bool { return q.Path == p.Path })
	}
	for _, q := range x.translations[p.Address] {
		if q.Language == p.Language {
			return q, true
		}
	}
	if now.Language == p.Language {
		return now, true
	}
	return x.translated(now), true
}

// Everything returns the posts in all languages, the newest first and translations last.
func (x *Index) Everything() []*post.Post {
	posts := slices.Clip(x.base.all.posts)
	for _, address := range slices.Sorted(maps.Keys(x.translations)) {
		posts = append(posts, x.translations[address]...)
	}
	return posts
}

// foreign returns the language of a post that is not in the blog's own, or "".
func (l *Library) foreign(p *post.Post) string {
	if base, _, _ := strings.Cut(l.opts.Language, "-"); p.Language == l.opts.Language || p.Language == base {
		return ""
	}
	return p.Language
}

// languagesOfFolders returns the posts with the languages that their folders say, and
// translations at the address of what they translate.
func (l *Library) languagesOfFolders(posts []*post.Post) ([]*post.Post, *moves) {
	moved := &moves{l.moved, make(map[*post.Post]*post.Post)}
	posts = slices.Clone(posts)
	spoken := l.spokenFolders(posts)
	foreign := false
	for i, p := range posts {
		if folder, _, _ := cutLanguage(p.Path); spoken[folder] {
			posts[i] = moved.to(p, strings.TrimPrefix(p.Address, post.FileAddress(folder)+"/"), post.Language(folder))
		}
		foreign = foreign || l.foreign(posts[i]) != ""
	}
	if foreign {
		l.joinOriginals(posts, spoken, moved)
	}
	return posts, moved
}

// spokenFolders returns the folders that are of a language: those of Jekyll's _i18n, and those of
// which more than half of the pages are also in another such folder, or at the top, with the
// other folder.
func (l *Library) spokenFolders(posts []*post.Post) map[string]bool {
	spoken := make(map[string]bool)
	pages, sizes := make(map[string][]string), make(map[string]int) // the folders of a page; pages of a folder
	for pass := range 2 {                                           // those at the top matter only if there are folders
		for _, p := range posts {
			folder, rest, inside := cutLanguage(p.Path)
			if inside != (pass == 0) {
				continue
			}
			page := post.FileAddress(rest)
			if at := pages[page]; (inside || len(at) > 0) && !slices.Contains(at, folder) {
				pages[page] = append(at, folder)
			}
			sizes[folder]++
			if strings.HasPrefix(p.Path, languagesFolder+"/") {
				spoken[folder] = true
			}
		}
		if len(pages) == 0 {
			return spoken
		}
	}
	common := make(map[[2]string]int) // pages of two folders
	for _, folders := range pages {
		for i, a := range folders {
			for _, b := range folders[i+1:] {
				common[[2]string{a, b}]++
			}
		}
	}
	for pair, n := range common {
		if least := min(sizes[pair[0]], sizes[pair[1]]); 2*n > least {
			spoken[pair[0]], spoken[pair[1]] = true, true
		}
	}
	delete(spoken, "") // the top
	return spoken
}

// cutLanguage splits a path that begins with a folder of a language's name, below Jekyll's _i18n or
// at the top.
func cutLanguage(file string) (folder, rest string, ok bool) {
	folder, rest, ok = strings.Cut(strings.TrimPrefix(file, languagesFolder+"/"), "/")
	if !ok || post.Language(folder) == "" {
		return "", file, false
	}
	return folder, rest, true
}

// joinOriginals gives translations the address of the post that they translate, which has the
// same path but for the language, whatever their own slugs and permalinks are.
func (l *Library) joinOriginals(posts []*post.Post, spoken map[string]bool, moved *moves) {
	page := func(p *post.Post) string {
		if folder, rest, _ := cutLanguage(p.Path); spoken[folder] {
			return post.FileAddress(rest)
		}
		return post.FileAddress(p.Path)
	}
	originals := make(map[string]string) // addresses by page
	for _, p := range posts {
		if l.foreign(p) == "" {
			originals[page(p)] = p.Address
		}
	}
	delete(originals, "") // of names without letters, which say nothing
	for i, p := range posts {
		if address, ok := originals[page(p)]; ok && address != p.Address && l.foreign(p) != "" {
			posts[i] = moved.to(p, address, p.Language)
		}
	}
}
