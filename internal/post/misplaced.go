package post

// misplaced reports keys in a table that were meant for the post: in TOML, whatever
// comes after a [table] belongs to it. It returns whether one makes the post a draft.
func (r *report) misplaced(entries []value) (draft bool) {
	for _, t := range entries {
		k := lookupKey(t.name)
		if t.kind != table || k == keyCascade || k == keyBuild || r.format != formatTOML && !k.ofSite() {
			continue
		}
		for _, v := range t.list {
			on, isFlag := flag(v.text)
			switch own := lookupKey(v.name); {
			case own == unknown || v.kind != scalar || r.fields[own].kind != absent:
			case own == keyDraft && on, own == keyPublished && isFlag && !on:
				draft = true
				r.note(v.line, "%s belongs to %s here; the post is taken for a draft all the same: move it before the tables", quoteKey(v.name), quoteKey(t.name))
			case own == keyPublish, own == keyExpiry, k == keyTaxonomies && own <= keySlug:
				r.note(v.line, "%s belongs to %s here, and does not count for the post: move it before the tables", quoteKey(v.name), quoteKey(t.name))
			}
		}
	}
	return draft
}

// ofSite reports whether k is a table whose keys are those of a site or its theme.
func (k key) ofSite() bool { return k == keyTaxonomies || k == keyExtra || k == keyParams }
