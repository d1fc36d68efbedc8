package post

import "strings"

// suggest reports a key that means nothing here, if it is most likely one that does. What
// is most likely a draft is none that goes out, and what most likely says when a post appears or
// disappears is heard.
func (r *report) suggest(v value) {
	var buf [longestKey]byte
	name := string(appendFolded(buf[:0], v.name))
	if len(name) < 4 || isForeign(name) {
		return
	}
	most := 1 // mistakes in a word
	if len(name) > 6 {
		most = 2
	}
	likely := ""
	for known := range strings.FieldsSeq(suggested) {
		folded := strings.ToLower(known)
		n := len(known) - len(name)
		if n == -2 && strings.HasPrefix(name, folded) {
			return // authorId, updatedAt
		}
		if n > most || -n > most {
			continue
		}
		if d := distance(name, folded, most); d <= most {
			likely, most = known, d-1
		}
	}
	on, _ := flag(v.text)
	k := lookupKey(likely)
	switch {
	case k != unknown && r.fields[k].kind != absent:
		r.note(v.line, "%s is not a key here; did you mean %s? That is given, too, and counts", quoteKey(v.name), likely)
	case likely == "draft" && on:
		r.draft = true
		r.note(v.line, "%s is not a key here; did you mean draft? The post is taken for one until this is mended", quoteKey(v.name))
	case (likely == "publishDate" || likely == "expiryDate") && v.kind == scalar:
		r.fields[k] = v
		r.note(v.line, "%s is not a key here; did you mean %s? It is taken for that until this is mended", quoteKey(v.name), likely)
	case likely != "":
		r.note(v.line, "%s is not a key here; did you mean %s?", quoteKey(v.name), likely)
	}
}

// suggested are the keys that authors are told of, as they are written most often.
const suggested = "draft publishDate expiryDate date title slug tags categories summary description aliases published lastmod " +
	"category author authors series status permalink updated excerpt taxonomies cascade headless"

// isForeign reports whether a key that looks like one of ours is another of some engine or theme.
func isForeign(name string) bool {
	switch name {
	case "data", "rate", "late", "tabs", "dates", "titles", "publisher", "updates":
		return true
	}
	return false
}

// distance returns how many letters are to be added, left out, changed or swapped with the
// next to get from a to b, or most+1 if there are more.
func distance(a, b string, most int) int {
	if len(a) > longestKey || len(b) > longestKey {
		return most + 1
	}
	var rows [3][longestKey + 1]int
	two, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		two, last, row = last, row, two
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
	}
	return row[len(b)]
}
