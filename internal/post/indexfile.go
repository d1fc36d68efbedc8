package post

import (
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// IndexFile is what an _index.md says of the blog (in the root of the posts
// folder) or of a category (in any other folder). Its text is plain and clean
// like a Post's.
type IndexFile struct {
	// Title of the blog, or the category's name as its author wrote it; may be "".
	Title string
	// Slug is what addresses have for the folder, as its author wrote it; may be "".
	Slug string
	// URL is the path of the folder's own page, as its author wrote it; may be "".
	URL string
	// Tagline of the blog: tagline, else subtitle, else description; may be "".
	Tagline string
	// Description of the category: its front matter's, else how the body
	// starts; may be "".
	Description string
	// Category names the category described, if it is not the folder's name.
	Category string
	// Cascades are what it says for the posts in its folder and below; the first counts.
	Cascades []Cascade
}

// ParseIndex reads an _index.md at path with content src, with the limits and
// the care of Parse. The result is nil if and only if one of the Problems is an
// Error.
func ParseIndex(path string, src []byte) (*IndexFile, []Problem) {
	r := &report{path: path}
	parts, ok := r.open(src)
	if !ok {
		return nil, r.problems
	}
	f := &r.fields
	x := &IndexFile{
		Title:       r.title(f[keyTitle]),
		Slug:        strings.TrimSpace(f[keySlug].text),
		URL:         plaintext.CutRunes(plaintext.Line(f[keyURL].text), maxAlias),
		Tagline:     r.paragraph(f.first(keyTagline, keySubtitle, keyDescription)),
		Description: r.paragraph(f.first(keyDescription, keySummary, keyExcerpt, keyDeck)),
	}
	if x.Description == "" {
		x.Description = new(Post).summarize(string(parts.body))
	}
	x.Cascades = r.cascades(f[keyCascade])
	if names := r.names(f[keyCategory], cutNothing); len(names) > 0 {
		x.Category = names[0]
	}
	return x, r.problems
}
