package library

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// maxViews is how many languages an edition is read in.
const maxViews = 64

// listBytes is what a list takes in each of them, once somebody reads in it.
const listBytes = 256

// In returns the index in a language, such as "es" or "pt-br": posts that have a translation are replaced by
// it. Everything else is the same: which posts there are, their addresses, pages and categories.
func (x *Index) In(language string) *Index {
	if x.shared != nil { // it is in the language that it was made in
		return x
	}
	if own := match([]string{x.own}, language); own == language && own != "" {
		return x.base
	}
	own := append([]string{x.own}, x.languages...)
	wanted := language
	if language = match(own, wanted); language == "" { // the site may have another name for it
		for _, word := range own {
			if code := x.site.tongues[word].code; code != "" && language == "" && match([]string{code}, wanted) != "" {
				language = word
			}
		}
	}
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

// match returns the language in a list that matches the wanted one: the same, or one that differs only in its
// region; or "".
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
	list := func(l *List) *List { return l.in(view) }
	group := func(g groups) groups {
		other := groups{lists: make([]*List, len(g.lists)), bySlug: make(map[string]*List, len(g.lists))}
		for i, l := range g.lists {
			other.lists[i] = list(l)
			other.bySlug[l.Slug] = other.lists[i]
		}
		return other
	}
	view.all, view.categories, view.tags = list(x.all), group(x.categories), group(x.tags)
	return view
}

// translated returns the translation of a post in the index's language, or the post.
func (x *Index) translated(p *post.Post) *post.Post {
	if p != nil && p.Body() == "" { // of a translation whose text is yet to come there is the original
		if of, ok := x.lookup(p.Address); ok {
			p = of
		}
	}
	if p == nil || x.language == "" {
		return p
	}
	best, others := p, x.translations[p.Address]
	if slices.Contains(others, p) {
		return p
	}
	for _, other := range others {
		switch {
		case other.Language == x.language:
			return other
		case match([]string{other.Language}, x.language) != "" && (best == p || !strings.Contains(other.Language, "-")):
			best = other
		}
	}
	return best
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

// LanguageOf returns the language of a post, or "" if it is unknown.
func (x *Index) LanguageOf(p *post.Post) string { return cmp.Or(p.Language, x.own) }

// Again returns the present version of a post of an older index: the one with its address, in its language if
// that still exists.
func (x *Index) Again(p *post.Post) (*post.Post, bool) {
	now, ok := x.lookup(p.Address)
	if !ok { // it may be a translation by now
		now, ok = x.links().find(file, post.PagePath(p.Path), func(q *post.Post) bool { return q.Path == p.Path })
		return x.translated(now), ok
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
	posts := slices.Clip(x.all.posts)
	for _, address := range slices.Sorted(maps.Keys(x.translations)) {
		posts = append(posts, x.translations[address]...)
	}
	return posts
}

// foreign returns how far a post's language is from the blog's own: 0 if it is the same, 1 if it differs only
// in its region, and otherwise 2.
func (l *Library) foreign(p *post.Post) int {
	switch {
	case p.Language == "" || p.Language == l.opts.Language:
		return 0
	case match([]string{l.opts.Language}, p.Language) != "":
		return 1
	}
	return 2
}

// mostOriginals is how many posts that a translation may be of are looked at.
const mostOriginals = 8

// joinTranslations returns the original posts, and the translations by the address of their original, which
// becomes theirs. A translation has its original's path except for the language, its translationKey, or the
// same permalink or alias. Translations without a text are only targets of links.
func (l *Library) joinTranslations(posts []*post.Post, moved *moves) (originals, textless []*post.Post, translations map[string][]*post.Post) {
	translations = make(map[string][]*post.Post)
	posts = slices.Clone(posts)
	spoken := l.spoken(posts)
	foreign := false
	for i, p := range posts {
		if language := spoken.language(p.Path); language != "" && language != p.Language {
			posts[i] = moved.to(p, p.Address, language)
		}
		foreign = foreign || l.foreign(posts[i]) > 0
	}
	if !foreign {
		return posts, nil, translations
	}
	slices.SortStableFunc(posts, func(a, b *post.Post) int {
		return cmp.Or(cmp.Compare(l.foreign(a), l.foreign(b)), strings.Compare(a.Language, b.Language), strings.Compare(a.Path, b.Path))
	})
	named := make(map[string][]*post.Post) // originals by what their translations have, too
	for _, p := range posts {
		names := spoken.namesOfTranslations(p)
		if of := l.original(p, names, named, translations); of != nil {
			if p.Body() == "" { // its text is yet to come, and the original's is better
				textless = append(textless, moved.to(p, of.Address, p.Language))
				continue
			}
			translations[of.Address] = append(translations[of.Address], moved.to(p, of.Address, p.Language))
			continue
		}
		originals = append(originals, p)
		for _, name := range names {
			if len(named[name]) < mostOriginals {
				named[name] = append(named[name], p)
			}
		}
	}
	return originals, textless, translations
}

// spoken finds the languages of files.
type spoken struct {
	site      *Site
	folders   map[string]bool
	languages map[string]bool
}

// namesOfTranslations returns what a post has in common with its translations.
func (s *spoken) namesOfTranslations(p *post.Post) []string {
	names := []string{"file " + s.withoutLanguage(p.Path)}
	_, ending := s.site.splitLanguage(p.Path) // which is no part of the page
	if page := s.site.pageOf(p); page != "" && (ending == "" || s.languages[ending]) {
		names = append(names, "page "+page)
	}
	if page := s.site.page(p); page != "" && s.site.engine == jekyll { // 2024-1-2-a is at that of 2024-01-02-a
		names = append(names, "page "+page)
	}
	if key := p.TranslationKey(); key != "" {
		names = append(names, "key "+key)
	}
	for _, alias := range p.Aliases() {
		if alias = post.PagePath(alias); alias != "" {
			names = append(names, "alias "+alias)
		}
	}
	return names
}

// original returns the post that another one translates, or nil.
func (l *Library) original(p *post.Post, names []string, named map[string][]*post.Post, translations map[string][]*post.Post) *post.Post {
	if l.foreign(p) == 0 {
		return nil
	}
	speaks := func(q *post.Post) bool { return cmp.Or(q.Language, l.opts.Language) == p.Language }
	for _, name := range names {
		for _, of := range named[name] {
			if !speaks(of) && !slices.ContainsFunc(translations[of.Address], speaks) {
				return of
			}
		}
	}
	return nil
}

// language returns the language that a file's path says, or "".
func (s *spoken) language(file string) string {
	if _, language := s.site.splitLanguage(file); s.languages[language] {
		return language
	}
	if folder, language, _ := s.site.cutLanguage(file); s.folders[folder] {
		return language
	}
	return ""
}

// spoken returns which folders and endings of names are of a language, and not of a topic such as
// it/ or learn.cs.md: those of the languages that the site's configuration names or, if it names
// none, folders that have the pages of others, and endings of the languages that such folders,
// other posts or the same file without the ending show.
func (l *Library) spoken(posts []*post.Post) *spoken {
	site := &l.opts.Site
	s := &spoken{site: site, folders: make(map[string]bool), languages: make(map[string]bool)}
	known := site.languages
	for _, p := range posts {
		if folder, language, _ := site.cutLanguage(p.Path); strings.HasPrefix(folder, languagesFolder+"/") || slices.Contains(known, language) {
			s.folders[folder] = true
		}
	}
	if len(known) > 0 {
		for _, language := range append(slices.Clip(known), l.opts.Language) {
			s.languages[language] = language != ""
		}
		return s
	}
	if site.engine != hugo && site.engine != zola { // to which such folders are sections
		l.findSpokenFolders(posts, s.folders)
	}
	s.languages[l.opts.Language] = l.opts.Language != ""
	for folder := range s.folders {
		s.languages[post.Language(path.Base(folder))] = true
	}
	stems := make(map[string]string) // the languages of files that have an ending, by their names without it
	for _, p := range posts {
		if p.Language != "" {
			s.languages[p.Language] = true
		}
		if rest, language := post.SplitLanguage(p.Path); language != "" {
			rest = withoutExtension(rest)
			if before, again := stems[rest]; again {
				s.languages[before], s.languages[language] = true, true
			}
			stems[rest] = language
		}
	}
	for _, p := range posts {
		if len(stems) == 0 {
			break
		}
		if language := stems[withoutExtension(p.Path)]; language != "" {
			s.languages[language] = true
		}
	}
	return s
}

// findSpokenFolders finds the folders of which more than half of the pages are also in another of
// a language's name, or outside of any, with the other folder. One page that two folders have in
// common may as well be of two topics, unless one of them is of the blog's own language; so may one
// outside that has another date.
func (l *Library) findSpokenFolders(posts []*post.Post, spoken map[string]bool) {
	type place struct {
		folder string
		date   time.Time
	}
	pages, sizes := make(map[string][]place), make(map[string]int) // where a page is; pages of a folder
	for pass := range 2 {                                          // those outside matter only if there are folders
		for _, p := range posts {
			folder, _, rest := l.opts.Site.cutLanguage(p.Path)
			_, ending := post.SplitLanguage(rest)
			if inside := folder != ""; inside != (pass == 0) || ending != "" && ending != l.opts.Language { // that is a translation by itself
				continue
			}
			page := post.FilePage(rest)
			if at := pages[page]; page != "" && (pass == 0 || len(at) > 0) && !slices.ContainsFunc(at, func(in place) bool { return in.folder == folder }) {
				pages[page] = append(at, place{folder, p.Date})
			}
			sizes[folder]++
		}
		if len(pages) == 0 {
			return
		}
	}
	common, alike := make(map[[2]string]int), make(map[[2]string]bool) // pages of two folders; one is of one date
	for _, places := range pages {
		for i, a := range places {
			for _, b := range places[i+1:] {
				pair := [...]string{a.folder, b.folder}
				common[pair]++
				alike[pair] = alike[pair] || !a.date.IsZero() && a.date.Equal(b.date)
			}
		}
	}
	for pair, n := range common {
		topics := n < 2 && !slices.ContainsFunc(pair[:], func(folder string) bool {
			return folder == "" && alike[pair] || folder != "" && post.Language(path.Base(folder)) == l.opts.Language
		})
		if least := min(sizes[pair[0]], sizes[pair[1]]); 2*n > least && !topics {
			spoken[pair[0]], spoken[pair[1]] = true, true
		}
	}
	delete(spoken, "") // what is outside
}

// withoutExtension returns a file's path without its last ending.
func withoutExtension(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

// withoutLanguage returns the path of a file, without its last ending and what says its language.
func (s *spoken) withoutLanguage(file string) string {
	if rest, language := s.site.splitLanguage(file); s.languages[language] {
		file = rest
	}
	if folder, _, rest := s.site.cutLanguage(file); s.folders[folder] {
		file = rest
	}
	return withoutExtension(file)
}
