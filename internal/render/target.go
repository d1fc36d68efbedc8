package render

import (
	"net/url"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// Link is a link in the text.
type Link struct {
	// Kind tells where it leads.
	Kind LinkKind
	// Number that stands after its text and in the list at the end; 0 for
	// links within the page and for addresses that are their own text.
	Number int
	// Text without markup.
	Text string
	// Target, cleaned: a URL for ToWeb, "#id" for ToHeading and ToNote, and
	// else what the author wrote to name a post, a path or a slug, which
	// library.Resolver understands. It may end in "#id".
	Target string
	// Image tells that the target is a picture, and Text its description.
	Image bool
	// At tells which cells the text takes: a place on each of its lines, or
	// several if right-to-left text was reordered.
	At []Place
}

// LinkKind tells where a link leads.
type LinkKind uint8

const (
	// ToWeb leads out of the blog, to an absolute URL.
	ToWeb LinkKind = iota
	// ToPost leads to another post: by a shortcode, by a file's name, or by a
	// path that only posts have.
	ToPost
	// ToPath is another path on the website that the post was written for. It
	// may be a post's former address, too.
	ToPath
	// ToHeading leads to a heading of this page, by its ID.
	ToHeading
	// ToNote leads to a footnote of this page.
	ToNote
)

// postScheme marks the target of a link as another post. Shortcodes are turned
// into it; authors may write [text](post:slug) too.
const postScheme = "post:"

// newLink returns a link to what an author wrote as its target.
func newLink[T string | []byte](text string, target T) Link {
	l := Link{Text: text, Target: shortTarget(target)}
	rest, isPost := strings.CutPrefix(l.Target, postScheme)
	switch {
	case isPost:
		l.Kind, l.Target = ToPost, rest
	case strings.HasPrefix(l.Target, "#"):
		l.Kind = ToHeading
	case strings.HasPrefix(l.Target, "//"):
		l.Target = "https:" + l.Target
	case hasScheme(l.Target):
	case namesPost(l.Target):
		l.Kind = ToPost
	default:
		l.Kind = ToPath
	}
	return l
}

// shortTarget returns a link's target, cleaned and cut to maxTarget: what is
// longer is no address that somebody could follow, but data, and links by
// reference repeat it.
func shortTarget[T string | []byte](target T) string {
	if len(target) > maxTarget {
		return cleanTarget(strings.ToValidUTF8(string(target[:maxTarget]), "") + "…")
	}
	return cleanTarget(encoded(string(target)))
}

// hasScheme tells whether a target is an absolute URL (RFC 3986 §3.1).
func hasScheme(target string) bool {
	for i := range len(target) {
		c := target[i]
		switch {
		case c == ':':
			return i > 0
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}

// namesPost tells whether a path can only be that of a post: a Markdown file,
// a permalink with a date, or a relative path without the extension of
// something else.
func namesPost(target string) bool {
	file := pathOf(target)
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".markdown":
		return true
	case "", ".html", ".htm":
		return file != "" && (!strings.HasPrefix(file, "/") || strings.Contains(file, "/_posts/") || dated(file))
	}
	return false
}

// dated tells whether a path has a year and a month, as /2024/01/02/title/.
func dated(file string) bool {
	parts := strings.Split(file, "/")
	for i := 1; i+1 < len(parts); i++ {
		if year, month := parts[i-1], parts[i]; digits(year, 4) && digits(month, 2) {
			return true
		}
	}
	return false
}

func digits(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }

// pathOf returns a target without query and fragment.
func pathOf(target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	return target
}

// Fragment returns the id of the heading that the link leads to, here or in
// another post, or "".
func (l *Link) Fragment() string {
	_, id, _ := strings.Cut(l.Target, "#")
	if plain, err := url.PathUnescape(id); err == nil {
		return plain
	}
	return id
}

// label is what stands for the target in the list at the end: a post by the
// slug that its file's name gives it, since nobody can use a path here.
func (l *Link) label() string {
	if l.Kind != ToPost {
		return l.Target
	}
	file := strings.TrimRight(pathOf(l.Target), "/")
	if plain, err := url.PathUnescape(file); err == nil {
		file = plain
	}
	for _, ext := range []string{".html", ".htm", ".md", ".markdown"} {
		file = strings.TrimSuffix(file, ext)
	}
	slug := post.FileSlug(file + ".md")
	if slug == "" {
		return l.Target
	}
	if id := l.Fragment(); id != "" {
		slug += "#" + cleanTarget(id)
	}
	return "post: " + slug
}

// numbered tells whether the target stands in the list at the end.
func (l *Link) numbered() bool {
	return l.Target != "" && l.Kind != ToHeading && l.Kind != ToNote && l.Text != l.Target
}

// web returns the target that a terminal may open, or "".
func (l *Link) web() string {
	if l.Kind != ToWeb {
		return ""
	}
	return hyperlink(l.Target)
}
