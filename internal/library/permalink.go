package library

import (
	"cmp"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sshblog/sshblog/internal/post"
)

// Page returns the URL from which relative links in a post count, or "" if it is not known.
func (s *Site) Page(p *post.Post) string {
	given := p.Permalink()
	if isURL(given) {
		return given
	}
	if s.URL == "" || !s.placed || !s.Beside() {
		return ""
	}
	page := s.permalink(p)
	if strings.Contains(page, "..") {
		return "" // only the engine knows
	}
	if page == "" {
		page = s.pattern(p)
		if page == "" {
			file, _ := post.SplitLanguage(path.Join(s.below, s.fileWithoutLanguage(p)))
			if page = post.PagePath(file); s.engine == zola || p.HasSlug() {
				page = path.Join(path.Dir(page), s.urlize(p.GivenSlug()))
			}
		}
		if language := cmp.Or(p.Language, s.Language); language != "" && (s.subdir || language != s.home) {
			page = path.Join(language, page)
		}
		page = s.urlize(page)
	}
	section, _, _ := strings.Cut(path.Join(s.below, s.fileWithoutLanguage(p)), "/")
	switch page = "/" + strings.Trim(page, "/"); {
	case path.Ext(given) != "" || page == "/":
	case given == "" && (s.ugly[""] || s.ugly[strings.ToLower(section)]):
		page += ".html"
	default:
		page += "/"
	}
	return s.URL + (&url.URL{Path: page}).EscapedPath()
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
	if s.engine == hugo {
		file = s.urlize(file)
	}
	return post.FilePage(file)
}

// slug returns the last word of the path of a post's page, in slugs.
func (s *Site) slug(p *post.Post) string {
	name := ""
	switch {
	case s.engine != hugo:
	case p.HasSlug():
		name = s.filePage(p.GivenSlug())
	default:
		name = post.FileSlug(s.urlize(p.Path))
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
	for _, r := range strings.ToLower(name) {
		switch {
		case strings.ContainsRune(`-./_\#+~@`, r) || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
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

// pattern returns the path that the site's pattern gives a post's page, if it has one.
func (s *Site) pattern(p *post.Post) string {
	file := path.Join(s.below, s.fileWithoutLanguage(p))
	section, _, inside := strings.Cut(file, "/")
	pattern := ""
	if inside {
		section = strings.ToLower(section)
		pattern = cmp.Or(s.spoken[cmp.Or(p.Language, s.Language)][section], s.permalinks[section])
	}
	if pattern == "" {
		pattern = s.permalinks[""]
	}
	if pattern == "" || s.engine == jekyll && (p.Date.IsZero() || !s.hexo && !post.HasDate(p.Path)) { // a page of Jekyll's, and no post
		return ""
	}
	return s.expand(pattern, p)
}

// expand puts what is known of a post in the place of the words of a pattern. It returns "" if one of
// them is not known.
func (s *Site) expand(pattern string, p *post.Post) string {
	file := path.Join(s.below, s.fileWithoutLanguage(p))
	var name strings.Builder
	for text, rest, more := strings.Cut(pattern, ":"); ; text, rest, more = strings.Cut(rest, ":") {
		name.WriteString(text)
		if !more {
			return name.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
		if end < 0 {
			end = len(rest)
		}
		word, ok := s.word(rest[:end], p, file)
		if !ok {
			return ""
		}
		name.WriteString(word)
		rest = rest[end:]
	}
}

// word returns what a word of a pattern stands for in the path of a post's page
// (gohugo.io/configuration/permalinks, jekyllrb.com/docs/permalinks), and whether it is known.
func (s *Site) word(word string, p *post.Post, file string) (string, bool) {
	switch word {
	case "year":
		return p.Date.Format("2006"), true
	case "short_year":
		return p.Date.Format("06"), true
	case "month":
		return p.Date.Format("01"), true
	case "monthname":
		return p.Date.Format("January"), true
	case "i_month":
		return p.Date.Format("1"), true
	case "day":
		return p.Date.Format("02"), true
	case "i_day":
		return p.Date.Format("2"), true
	case "yearday":
		return strconv.Itoa(p.Date.YearDay()), true
	case "y_day":
		return p.Date.Format("002"), true
	case "section":
		section, _, _ := strings.Cut(file, "/")
		return section, true
	case "sections":
		return path.Dir(post.PagePath(file)), true
	case "categories":
		return strings.Join(p.Categories, "/"), true
	case "title":
		if title := p.GivenTitle(); title != "" && s.engine != jekyll {
			return s.inPattern(title), true
		}
		return p.GivenSlug(), true
	case "slug":
		if title := p.GivenTitle(); title != "" && s.engine != jekyll && !p.HasSlug() {
			return s.inPattern(title), true
		}
		return s.inPattern(p.GivenSlug()), true
	case "slugorfilename", "slugorcontentbasename", "filename", "contentbasename":
		if p.HasSlug() && strings.HasPrefix(word, "slug") {
			return s.inPattern(p.GivenSlug()), true
		}
		name, _ := post.SplitLanguage(file)
		return s.inPattern(path.Base(post.PagePath(name))), true
	case "output_ext":
		return "", true
	}
	return "", false
}

// inPattern returns a text as Hugo has it in the place of a pattern's word, where + becomes a space.
func (s *Site) inPattern(text string) string { return s.urlize(strings.ReplaceAll(text, "+", " ")) }
