package library

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"

	"github.com/sshblog/sshblog/internal/post"
)

// Page returns the URL from which relative links in a post count, or "" if it is not known.
func (s *Site) Page(p *post.Post) string {
	given := p.Permalink()
	if isURL(given) {
		return given
	}
	if s.engine == jekyll {
		return s.jekyllPage(p)
	}
	if s.URL == "" || !s.placed {
		return ""
	}
	page, language := s.permalink(p), cmp.Or(p.Language, s.Language)
	if strings.Contains(page, "..") {
		return "" // only the engine knows
	}
	if page == "" {
		page = s.pattern(p)
		if page == "" && s.patternOf(p) != "" {
			return ""
		}
		if page == "" {
			file, _ := s.splitLanguage(path.Join(s.below, s.fileWithoutLanguage(p)))
			if page = post.PagePath(file); s.engine == zola {
				page = path.Join(path.Dir(s.filePage(file)), s.slug(p))
			} else if p.HasSlug() {
				page = path.Join(path.Dir(page), s.urlize(p.GivenSlug()))
			}
		}
		page = s.urlize(s.inLanguage(page, language))
	}
	section, _, _ := strings.Cut(path.Join(s.below, s.fileWithoutLanguage(p)), "/")
	switch page = "/" + strings.Trim(page, "/"); {
	case path.Ext(given) != "" || page == "/":
	case given == "" && (s.ugly[""] || s.ugly[strings.ToLower(section)]):
		page += ".html"
	default:
		page += "/"
	}
	return cmp.Or(s.tongues[language].home, s.URL) + (&url.URL{Path: unescaped(page)}).EscapedPath()
}

// inLanguage returns the path that a page has in a language.
func (s *Site) inLanguage(page, language string) string {
	if language == "" || !s.subdir && language == s.home || len(s.hosts) > 0 {
		return page
	}
	return path.Join(cmp.Or(s.tongues[language].word, language), page)
}

// unescaped returns a path without its escapes, or the path if it is not one that has them.
func unescaped(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// jekyllPage returns the URL of a post's page on a site of Jekyll's; see Page.
func (s *Site) jekyllPage(p *post.Post) string {
	page := p.Permalink()
	if strings.Contains(page, ":") {
		page = s.expand(strings.ReplaceAll(page, ":output_ext", ".html"), p)
	}
	if page == "" && p.Permalink() == "" && s.patternOf(p) != "" {
		page = path.Clean("/" + strings.TrimSuffix(s.pattern(p), ".html"))
		if page != "/" {
			page += s.endingOf(p)
		}
	}
	if s.URL == "" || page == "" || page == "/" || strings.Contains(page, ":") {
		return ""
	}
	return s.URL + (&url.URL{Path: "/" + strings.TrimPrefix(unescaped(page), "/")}).EscapedPath()
}

// jekyllSlug returns a text as Jekyll has it in URLs, with case and a few signs or in small letters.
func jekyllSlug(text string, pretty bool) string {
	kept := "._~!$&'()+,;=@"
	if !pretty {
		text, kept = strings.ToLower(text), ""
	}
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(kept, r)
	})
	return strings.Join(words, "-")
}

func isURL(name string) bool {
	return strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://")
}

// permalink returns the path that the front matter of a post gives its page on the site, which may be a
// pattern or a URL there, or "".
func (s *Site) permalink(p *post.Post) string {
	given := p.Permalink()
	if isURL(given) {
		page, ours := s.pathOf(given)
		if !ours {
			return ""
		}
		return page
	}
	if strings.Contains(given, ":") {
		return s.filePage(s.expand(given, p))
	}
	return given
}

// filePage returns the path of the page that the site's engine makes of a file, in slugs.
func (s *Site) filePage(file string) string {
	if len(s.languages) > 0 {
		file, _ = s.splitLanguage(file)
	}
	if s.engine == hugo {
		file = strings.ReplaceAll(unescaped(s.urlize(file)), "%", "")
	}
	if s.latin {
		file = unidecode.Unidecode(file)
	}
	page := post.FilePage(file)
	if s.engine == zola {
		page = strings.ReplaceAll(page, "_", "-")
	}
	return page
}

// slug returns the last word of the path of a post's page, in slugs.
func (s *Site) slug(p *post.Post) string {
	name := ""
	switch {
	case s.engine == zola:
		name = s.filePage(p.Slug)
	case s.engine != hugo:
	case p.HasSlug():
		name = s.filePage(p.GivenSlug())
	default:
		file, _ := s.splitLanguage(p.Path)
		name = post.FileSlug(s.urlize(file))
	}
	return cmp.Or(name, p.Slug)
}

// urlize returns a path as Hugo has it in URLs (gohugo.io/functions/urls/urlize).
func (s *Site) urlize(name string) string {
	plain := func(r rune) bool { return r < 'a' && !strings.ContainsRune("-./_0123456789", r) || r > 'z' }
	if !strings.ContainsFunc(name, plain) {
		return name // as most are
	}
	if s.unaccented {
		name = norm.NFC.String(strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFD.String(name)))
	}
	var b strings.Builder
	space, hyphen := false, false
	name = strings.ToLower(name)
	for i, r := range name {
		switch {
		case strings.ContainsRune(`-./_\#+~@`, r) || r == '%' && i+3 <= len(name) && len(unescaped(name[i:i+3])) == 1 || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if space && r != '-' {
				b.WriteByte('-')
			}
			space, hyphen = false, r == '-'
			b.WriteRune(r)
		case unicode.IsSpace(r):
			space = b.Len() > 0 && !hyphen
		}
	}
	return b.String()
}

// jekyllPattern returns the pattern that a permalink of Jekyll's stands for
// (jekyllrb.com/docs/permalinks).
func jekyllPattern(style string) string {
	switch style {
	case "", "date", "pretty":
		return "/:categories/:year/:month/:day/:title"
	case "ordinal":
		return "/:categories/:year/:y_day/:title"
	case "none":
		return "/:categories/:title"
	}
	return style
}

// page returns the path of a post's page, reduced to slugs, if the site has a pattern for it.
func (s *Site) page(p *post.Post) string { return s.filePage(s.pattern(p)) }

// pattern returns the path that the site's pattern gives a post's page, if it has one whose words are
// known.
func (s *Site) pattern(p *post.Post) string {
	if pattern := s.patternOf(p); pattern != "" {
		return s.expand(pattern, p)
	}
	return ""
}

// patternOf returns the site's pattern for a post, or "".
func (s *Site) patternOf(p *post.Post) string {
	if name, _ := s.collectionOf(p.Path); name != "" {
		return s.collections[name]
	}
	file := path.Join(s.below, s.fileWithoutLanguage(p))
	section, _, inside := strings.Cut(file, "/")
	pattern := ""
	if inside {
		section = strings.ToLower(section)
		pattern = cmp.Or(s.tongues[cmp.Or(p.Language, s.Language)].patterns[section], s.permalinks[section])
	}
	if pattern == "" {
		pattern = s.permalinks[""]
	}
	if pattern == "" || s.engine == jekyll && (p.Date.IsZero() || !s.hexo && !post.HasDate(p.Path)) { // a page of Jekyll's, and no post
		return ""
	}
	return pattern
}

// expand puts what is known of a post in the place of the words of a pattern. It returns "" if one of
// them is not known.
func (s *Site) expand(pattern string, p *post.Post) string {
	file := path.Join(s.below, s.fileWithoutLanguage(p))
	var name strings.Builder
	for text, rest, more := strings.Cut(pattern, ":"); ; text, rest, more = strings.Cut(rest, ":") {
		name.WriteString(text)
		if !more {
			return strings.ReplaceAll(name.String(), "//", "/") // where a word stands for nothing
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if end < 0 {
			end = len(rest)
		}
		word, cut := rest[:end], ""
		if inside, after, ok := strings.Cut(rest[end:], "]"); ok && strings.HasPrefix(inside, "[") {
			cut, rest, end = inside[1:], after, 0
		}
		as, ok := s.word(word, p, file)
		if cut != "" && strings.HasPrefix(word, "sections") {
			as = path.Join(sliced(strings.Split(as, "/"), cut)...)
		}
		if !ok {
			return ""
		}
		name.WriteString(as)
		rest = rest[end:]
	}
}

// sliced returns the words that a cut such as "1:" or "last" leaves.
func sliced(words []string, cut string) []string {
	at := func(index string, none int) int {
		switch n, err := strconv.Atoi(index); {
		case index == "last":
			return len(words) - 1
		case err != nil:
			return none
		default:
			return min(max(n, 0), len(words))
		}
	}
	from, to, several := strings.Cut(cut, ":")
	first := at(from, 0)
	if !several {
		return words[first:min(first+1, len(words))]
	}
	return words[first:max(first, at(to, len(words)))]
}

// layoutOf returns the layout of a pattern's word that stands for a date, or "": all engines' words,
// and what is one in Go.
func layoutOf(word string) string {
	switch word {
	case "year":
		return "2006"
	case "short_year":
		return "06"
	case "month":
		return "01"
	case "monthname", "long_month":
		return "January"
	case "short_month":
		return "Jan"
	case "i_month":
		return "1"
	case "day":
		return "02"
	case "i_day":
		return "2"
	case "y_day":
		return "002"
	case "weekdayname", "long_day":
		return "Monday"
	case "short_day":
		return "Mon"
	case "hour":
		return "15"
	case "minute":
		return "04"
	case "second":
		return "05"
	}
	if time.Unix(1e9, 1e6).Format(word) != word {
		return word
	}
	return ""
}

// word returns what a word of a pattern stands for in the path of a post's page
// (gohugo.io/configuration/permalinks, jekyllrb.com/docs/permalinks), and whether it is known.
func (s *Site) word(word string, p *post.Post, file string) (string, bool) {
	if text, ok := s.collected(word, p.Path); ok {
		return text, true
	}
	title := s.engine != jekyll && (p.GivenTitle() != "" || s.engine == hugo)
	switch word {
	case "yearday":
		return strconv.Itoa(p.Date.YearDay()), true
	case "weekday":
		return strconv.Itoa(int(p.Date.Weekday())), true
	case "w_year", "week":
		year, week := p.Date.ISOWeek()
		if word == "w_year" {
			return strconv.Itoa(year), true
		}
		return fmt.Sprintf("%02d", week), true
	case "section":
		section, _, _ := strings.Cut(file, "/")
		return section, true
	case "sections":
		return s.section(path.Dir(post.PagePath(file))), true
	case "sectionslug":
		section, _, _ := strings.Cut(file, "/")
		return s.sectionSlugs(section)
	case "sectionslugs":
		return s.sectionSlugs(s.section(path.Dir(post.PagePath(file))))
	case "categories", "slugified_categories":
		return strings.ToLower(strings.Join(p.Categories, "/")), true
	case "title", "slug":
		switch {
		case title && (word == "title" || !p.HasSlug()):
			return s.inPattern(p.GivenTitle()), true
		case s.engine == jekyll:
			name := p.GivenSlug()
			if words := strings.SplitN(path.Base(post.PagePath(file)), "-", 4); !p.HasSlug() && post.HasDate(file) && len(words) == 4 {
				name = words[3]
			}
			return jekyllSlug(name, word == "title"), true
		case word == "title":
			return p.GivenSlug(), true
		}
		return s.inPattern(p.GivenSlug()), true
	case "slugorfilename", "slugorcontentbasename", "filename", "contentbasename":
		if p.HasSlug() && strings.HasPrefix(word, "slug") {
			return s.inPattern(p.GivenSlug()), true
		}
		name, _ := s.splitLanguage(file)
		return s.inPattern(path.Base(post.PagePath(name))), true
	case "output_ext":
		return "", true
	}
	layout := layoutOf(word)
	return p.Date.Format(layout), layout != ""
}

// inPattern returns a text as Hugo has it in the place of a pattern's word, where escapes are resolved and + becomes a space.
func (s *Site) inPattern(text string) string {
	text = strings.ReplaceAll(unescaped(text), "+", " ")
	return s.urlize(strings.ReplaceAll(text, "%", ""))
}
