package post

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
	keyBuild
	keyCascade
	keyRender
	keySortBy
	keyPageTemplate
	numKeys
)

// foldedKey tells what a key means that lookupKey has folded. Which
// names exist and which come first follows Hugo's front matter
// (gohugo.io/content-management/front-matter), Jekyll's (jekyllrb.com/docs/
// front-matter, and its plugins redirect-from, last-modified-at and seo-tag) and
// Zola's (getzola.org/documentation/content/page).
func foldedKey(name string) key {
	switch name {
	case "title":
		return keyTitle
	case "date":
		return keyDate
	case "lastmod", "modified", "updated", "lastmodified", "lastmodifiedat":
		return keyLastmod
	case "publishdate", "pubdate":
		return keyPublish
	case "published":
		return keyPublished
	case "expirydate", "unpublishdate":
		return keyExpiry
	case "draft":
		return keyDraft
	case "slug":
		return keySlug
	case "alias", "aliases":
		return keyAliases
	case "permalink":
		return keyPermalink
	case "url":
		return keyURL
	case "path":
		return keyPath
	case "lang", "language", "locale":
		return keyLanguage
	case "translationkey":
		return keyTranslation
	case "redirectfrom":
		return keyRedirect
	case "taxonomies":
		return keyTaxonomies
	case "extra":
		return keyExtra
	case "params":
		return keyParams
	case "<<":
		return keyMerge
	}
	if k := publishingKey(name); k != unknown {
		return k
	}
	return namingKey(name)
}

// namingKey is foldedKey for what names and describes a post. These keys also
// count inside [taxonomies], [extra] and params, which belong to a site's
// theme; a theme's own url, date or title need not be the post's.
func namingKey(name string) key {
	switch name {
	case "category":
		return keyCategory
	case "categories":
		return keyCategories
	case "topic", "topics":
		return keyTopics
	case "tag":
		return keyTag
	case "tags":
		return keyTags
	case "author":
		return keyAuthor
	case "authors":
		return keyAuthors
	case "series":
		return keySeries
	case "summary":
		return keySummary
	case "tagline":
		return keyTagline
	case "subtitle":
		return keySubtitle
	case "description":
		return keyDescription
	case "excerpt":
		return keyExcerpt
	case "deck":
		return keyDeck
	case "excerptseparator":
		return keySeparator
	case "readingtime", "minutes":
		return keyMinutes
	}
	return unknown
}

// publishingKey is foldedKey for what says whether a post is published, in Hugo
// (gohugo.io/content-management/build-options), Pelican, Obsidian Publish and Docusaurus.
func publishingKey(name string) key {
	switch name {
	case "publish":
		return keyPublishFlag
	case "status":
		return keyStatus
	case "visibility":
		return keyVisibility
	case "hidden":
		return keyHidden
	case "unlisted":
		return keyUnlisted
	case "private":
		return keyPrivate
	case "headless":
		return keyHeadless
	case "build":
		return keyBuild
	case "cascade":
		return keyCascade
	case "render":
		return keyRender
	case "sortby":
		return keySortBy
	case "pagetemplate":
		return keyPageTemplate
	}
	return unknown
}

// nested reports whether k is a namingKey.
func (k key) nested() bool { return k >= keyCategory && k <= keyMinutes }

// lookupKey folds case, '_' and '-': readingTime, reading_time and Reading-Time
// are one key. It allocates nothing, since every key of every post comes here.
func lookupKey(name string) key {
	var buf [longestKey]byte
	return foldedKey(string(appendFolded(buf[:0], name)))
}

// longestKey is longer than any key.
const longestKey = 24

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
		if k == unknown {
			r.suggest(v)
		}
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
