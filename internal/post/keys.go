package post

import (
	"strings"
	"sync"
)

// key is a piece of front matter that means something here.
type key uint8

const (
	unknown key = iota
	keyTitle
	keyDate
	keyLastmod
	keyPublish
	keyPublished
	keyExpiry
	keyDraft
	keySlug
	keyAliases
	keyPermalink
	keyURL
	keyPath
	keyLanguage
	keyTranslation
	keyRedirect
	keyCategory
	keyCategories
	keyTopics
	keyTag
	keyTags
	keyAuthor
	keyAuthors
	keySeries
	keySummary
	keyTagline
	keySubtitle
	keyDescription
	keyExcerpt
	keyDeck
	keySeparator
	keyMinutes
	keyTaxonomies
	keyExtra
	keyParams
	keyMerge
	keyPublishFlag
	keyStatus
	keyVisibility
	keyHidden
	keyUnlisted
	keyPrivate
	keyHeadless
	keyExcluded
	keyBuild
	keyCascade
	keyRender
	keySortBy
	keyPageTemplate
	numKeys
)

// keyNames are the names of the keys, folded as by lookupKey. Which there are and which
// come first follows Hugo's front matter (gohugo.io/content-management/front-matter, and
// build-options beside it), Jekyll's (jekyllrb.com/docs/front-matter, and its plugins
// redirect-from, last-modified-at and seo-tag), Zola's (getzola.org/documentation/content/page),
// Pelican's, Obsidian Publish's and Docusaurus's.
//
//nolint:gochecknoglobals // it never changes
var keyNames = sync.OnceValue(func() map[string]key {
	names := make(map[string]key)
	for k, all := range [numKeys]string{
		keyTitle:        "title",
		keyDate:         "date",
		keyLastmod:      "lastmod modified updated lastmodified lastmodifiedat",
		keyPublish:      "publishdate pubdate",
		keyPublished:    "published",
		keyExpiry:       "expirydate unpublishdate",
		keyDraft:        "draft",
		keySlug:         "slug",
		keyAliases:      "alias aliases",
		keyPermalink:    "permalink",
		keyURL:          "url",
		keyPath:         "path",
		keyLanguage:     "lang language locale",
		keyTranslation:  "translationkey",
		keyRedirect:     "redirectfrom",
		keyCategory:     "category",
		keyCategories:   "categories",
		keyTopics:       "topic topics",
		keyTag:          "tag",
		keyTags:         "tags",
		keyAuthor:       "author",
		keyAuthors:      "authors",
		keySeries:       "series",
		keySummary:      "summary",
		keyTagline:      "tagline",
		keySubtitle:     "subtitle",
		keyDescription:  "description",
		keyExcerpt:      "excerpt",
		keyDeck:         "deck",
		keySeparator:    "excerptseparator",
		keyMinutes:      "readingtime minutes",
		keyTaxonomies:   "taxonomies",
		keyExtra:        "extra",
		keyParams:       "params",
		keyMerge:        "<<",
		keyPublishFlag:  "publish",
		keyStatus:       "status",
		keyVisibility:   "visibility",
		keyHidden:       "hidden",
		keyUnlisted:     "unlisted",
		keyPrivate:      "private",
		keyHeadless:     "headless",
		keyExcluded:     "eleventyexcludefromcollections",
		keyBuild:        "build",
		keyCascade:      "cascade",
		keyRender:       "render",
		keySortBy:       "sortby",
		keyPageTemplate: "pagetemplate",
	} {
		for name := range strings.FieldsSeq(all) {
			names[name] = key(k)
		}
	}
	return names
})

// nested reports whether k names and describes a post. These keys also count inside
// [taxonomies], [extra] and params, which belong to a site's theme; a theme's own url, date
// or title need not be the post's.
func (k key) nested() bool { return k >= keyCategory && k <= keyMinutes }

// lookupKey folds case, '_' and '-': readingTime, reading_time and Reading-Time
// are one key. It allocates nothing, since every key of every post comes here.
func lookupKey(name string) key {
	var buf [longestKey]byte
	return keyNames()[string(appendFolded(buf[:0], name))]
}

// longestKey is longer than any key.
const longestKey = 32

// appendFolded appends what is compared of a key, and nothing of one that is longer than any.
func appendFolded(to []byte, name string) []byte {
	for i := 0; i < len(name); i++ {
		b := name[i]
		if b == '_' || b == '-' {
			continue
		}
		if len(to) == longestKey {
			return to[:0]
		}
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		to = append(to, b)
	}
	return to
}

// fields is front matter by key.
type fields [numKeys]value

// gather sorts the entries of front matter by key into r.fields. A key that comes twice
// counts as it was last written, as in Jekyll, with a warning. Tables of
// themes and merged YAML mappings fill in what the front matter does not have.
func (r *report) gather(entries []value) {
	f := &r.fields
	for _, v := range entries {
		k := lookupKey(v.name)
		if k == unknown || k == keyMerge {
			continue
		}
		if first := f[k]; first.line > 0 {
			r.warn(v.line, "%s is given twice, first on line %d: this one counts, remove the other", quoteKey(v.name), first.line)
		}
		f[k] = v
	}
	for _, v := range entries {
		if lookupKey(v.name) == keyMerge {
			f.merge(v)
		}
	}
	for _, v := range entries { // once it is known which are given
		if lookupKey(v.name) == unknown {
			r.suggest(v)
		}
	}
	r.draft = r.misplaced(entries) || r.draft
	for _, k := range [...]key{keyTaxonomies, keyExtra, keyParams} {
		if f[k].kind == table {
			f.fill(f[k].list, key.nested)
		}
	}
}

// merge fills in what a YAML merge key (yaml.org/type/merge.html) brings: one
// mapping, or a list of them of which earlier ones win.
func (f *fields) merge(v value) {
	switch v.kind {
	case table:
		f.fill(v.list, func(key) bool { return true })
	case list:
		for _, e := range v.list {
			if e.kind == table {
				f.fill(e.list, func(key) bool { return true })
			}
		}
	}
}

func (f *fields) fill(entries []value, allowed func(key) bool) {
	for _, v := range entries {
		k := lookupKey(v.name)
		if k != unknown && k != keyMerge && allowed(k) && f[k].kind == absent {
			f[k] = v
		}
	}
}

// first returns the first of the keys that has a value.
func (f *fields) first(ks ...key) value {
	for _, k := range ks {
		if f[k].kind != absent {
			return f[k]
		}
	}
	return value{}
}
