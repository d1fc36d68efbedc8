package render

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"
	"github.com/yuin/goldmark-emoji/definition"
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

// addHeading adds an id of a heading, and what its text may make of it.
func (ids IDs) addHeading(id, text string) {
	ids.add(id)
	ids.add(withEmoji(text))
	for _, form := range headingForms(id) {
		ids.add(form)
	}
}

// Has reports whether a link to "#id" leads to a place: that of the id, or the
// beginning, which is "top" as in HTML.
func (ids IDs) Has(id string) bool {
	return id == "" || id == "top" || ids[strings.ToLower(id)] || ids[bareID(id)] || ids[emojiNamed(id)]
}

// OfTheme reports whether an id is what a website's theme, or who provides its comments, mostly has
// around a post.
func OfTheme(id string) bool {
	return slices.Contains([]string{"comments", "disqus_thread", "respond"}, id)
}

// headingAt returns the first heading that a link to "#id" may mean in another engine.
func headingAt(headings []Heading, id string) (line int, ok bool) {
	bare := bareID(id)
	if bare == "" {
		return 0, false
	}
	i := slices.IndexFunc(headings, func(h Heading) bool { return slices.Contains(headingForms(h.ID), bare) })
	if named := emojiNamed(id); i < 0 && named != "" {
		i = slices.IndexFunc(headings, func(h Heading) bool { return withEmoji(h.Text) == named })
	}
	if i < 0 {
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

// withEmoji returns the Latin letters, digits and emoji of a heading that has emoji, or "".
func withEmoji(text string) string {
	if !strings.ContainsFunc(text, isEmoji) {
		return ""
	}
	var b strings.Builder
	for _, r := range text {
		if isEmoji(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(bareID(unidecode.Unidecode(string(r))))
		}
	}
	return b.String()
}

func isEmoji(r rune) bool { return unicode.Is(unicode.So, r) }

// mostWords is how many words the name of an emoji has in an id.
const mostWords = 5

// emojiNamed returns the letters and digits of an id, with the emoji that are named in it, as Zola does
// (rocket-launch for "🚀 Launch"), or "" if none is.
func emojiNamed(id string) string {
	var b strings.Builder
	found := false
	for words := strings.Split(strings.ToLower(id), "-"); len(words) > 0; {
		n := min(mostWords, len(words))
		for ; n > 0; n-- {
			if e, ok := definition.Github().Get(strings.Join(words[:n], "_")); ok {
				found = true
				b.WriteString(strings.Map(onlyEmoji, string(e.Unicode)))
				break
			}
		}
		if n == 0 {
			b.WriteString(bareID(words[0]))
			n = 1
		}
		words = words[n:]
	}
	if !found {
		return ""
	}
	return b.String()
}

func onlyEmoji(r rune) rune {
	if isEmoji(r) {
		return r
	}
	return -1
}

// bareID returns the letters and digits of an id, in lower case and without accents.
func bareID(id string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(id))
}
