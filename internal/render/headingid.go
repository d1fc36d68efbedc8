package render

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"
)

// IDs are what links to a place in a post may name: those that Page.Find finds.
type IDs map[string]bool

// add adds an id, unless it is "".
func (ids IDs) add(id string) {
	if id != "" {
		ids[strings.ToLower(id)] = true
	}
}

// addHeading adds an id of a heading.
func (ids IDs) addHeading(id string) {
	ids.add(id)
	for _, form := range headingForms(id) {
		ids.add(form)
	}
}

// Has reports whether a link to "#id" leads to a place: that of the id, or the
// beginning, which is "top" as in HTML.
func (ids IDs) Has(id string) bool {
	return id == "" || id == "top" || ids[strings.ToLower(id)] || ids[bareID(id)]
}

// OfTheme reports whether an id is what a website's theme, or who provides its comments, mostly has
// around a post.
func OfTheme(id string) bool {
	return slices.Contains([]string{"comments", "disqus_thread", "respond"}, id)
}

// headingAt returns the first heading that a link to "#id" may mean in another engine.
func headingAt(headings []Heading, id string) (line int, ok bool) {
	bare := bareID(id)
	i := slices.IndexFunc(headings, func(h Heading) bool { return slices.Contains(headingForms(h.ID), bare) })
	if i < 0 || bare == "" {
		return 0, false
	}
	return headings[i].Line, true
}

// headingForms returns what engines agree on of the id of a heading. "What's next?" is
// whats-next on GitHub and in Hugo, what-s-next in Zola and Hexo; of "1. Für" kramdown
// keeps fr, from the first letter on and in ASCII; Zola writes all scripts in Latin letters.
func headingForms(id string) []string {
	bare := bareID(id)
	if strings.IndexFunc(id, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return []string{bare, bareID(strings.TrimLeftFunc(id, notLetter))}
	}
	ascii := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return -1
		}
		return r
	}, id)
	return []string{bare, bareID(strings.TrimLeftFunc(ascii, notLetter)), bareID(unidecode.Unidecode(id))}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// bareID returns the letters and digits of an id, in lower case and without accents.
func bareID(id string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(id))
}
