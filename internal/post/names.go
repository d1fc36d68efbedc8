package post

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/plaintext"
)

// How a list that was written as one text is cut into names.
type cut uint8

const (
	cutNothing cut = iota // "Site Reliability" is one name
	cutCommas             // "Doe, Jane" are two
	cutSpaces             // "ruby web" are two, unless there is a comma
)

// names returns the names in v: a list, one text, or a table with a name.
// Each is one line, at most MaxName bytes, and no name comes twice in any case.
// Blank ones are left out; what cannot be a name gets a warning.
func (r *report) names(v value, how cut) []string {
	return appendNames(nil, r.texts(v, how))
}

// texts returns the names in v as their author wrote them.
func (r *report) texts(v value, how cut) []string {
	switch v.kind {
	case scalar:
		return splitNames(v.text, how)
	case list:
		texts := make([]string, 0, len(v.list))
		for _, e := range v.list {
			e.name = v.name
			texts = r.appendName(texts, e)
		}
		return texts
	case table:
		return r.appendName(nil, v)
	}
	return nil
}

// appendName adds the text of one entry: its own, or that of its name.
func (r *report) appendName(texts []string, v value) []string {
	switch v.kind {
	case scalar:
		return append(texts, v.text)
	case table:
		if name := v.find("name"); name.kind == scalar {
			return append(texts, name.text)
		}
		r.wrong(v, "a name: write the name, or a table with name")
	case list:
		r.wrong(v, "a name: write one list, without lists in it")
	}
	return texts
}

func splitNames(s string, how cut) []string {
	switch {
	case how == cutNothing:
		return []string{s}
	case strings.Contains(s, ","):
		return strings.Split(s, ",")
	case how == cutSpaces:
		return strings.Fields(s)
	}
	return []string{s}
}

// appendNames adds the texts that are not in to yet, up to maxNames: front
// matter is small, but thousands of names would have to be compared with each
// other.
func appendNames(to, texts []string) []string {
	if to == nil && len(texts) > 0 {
		to = make([]string, 0, min(len(texts), maxNames)) // posts are many: no spare room
	}
	for _, s := range texts {
		s = plaintext.Ellipsis(markdown.Line(s), MaxName)
		if s == "" || contains(to, s) {
			continue
		}
		if len(to) == maxNames {
			break
		}
		to = append(to, s)
	}
	return to
}

// folderCategories returns the folders above Jekyll's _posts, which are categories there;
// not those that hold the site.
func folderCategories(file string) []string {
	above, _, ok := strings.Cut(file, "/_posts/")
	if !ok {
		above, _, ok = strings.Cut(file, "/_drafts/")
	}
	if !ok {
		return nil
	}
	if languages, ok := strings.CutPrefix(above, "_i18n/"); ok {
		_, above, _ = strings.Cut(languages, "/")
	}
	return appendNames(nil, slices.DeleteFunc(strings.Split(above, "/"), func(folder string) bool {
		return folder == "source" || folder == "docs" || folder == "collections"
	}))
}

// contains compares in any case.
func contains(names []string, s string) bool {
	for _, n := range names {
		if strings.EqualFold(n, s) {
			return true
		}
	}
	return false
}

// aliases returns the slugs and paths in v that can be looked up, as they are:
// one that is shortened would find nothing.
func (r *report) aliases(v value) []string {
	var out []string
	for _, s := range r.texts(v, cutNothing) {
		s = plaintext.Line(s)
		// Jekyll's permalinks can be patterns: /:categories/:title/.
		if s != "" && len(s) <= maxAlias && !strings.Contains(s, ":") {
			out = append(out, s)
		}
	}
	return out
}

// maxAlias is the length in bytes up to which an alias is kept.
const maxAlias = 500

// maxNames is how many categories, tags, authors or aliases a post can have.
const maxNames = 100
